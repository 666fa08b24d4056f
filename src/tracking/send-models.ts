import type { Store } from '../contracts/store.ts';
import type { MlflowClient } from './mlflow-client.ts';
import { refusalCode } from './mlflow-errors.ts';
import { readRecord, RECORD_KEYS, type AliasRecord, type ModelRecord, type ModelVersionRecord } from './records.ts';
import { pairs } from './send-run.ts';
import type { SentMarks } from './sent-marks.ts';

/** The tag by which a version of ours is found again on the server. */
const VERSION = 'ridgeline.version';

interface MlflowVersion {
  readonly version: string;
  readonly tags?: readonly { readonly key: string; readonly value: string }[];
}

/**
 * Brings the server's registry to the state of ours: models, then versions whose runs it has, then aliases. What it has
 * already, by the marks, is not touched again, so that what people change there stays changed.
 *
 * @returns how many records were sent
 */
export async function sendModels(client: MlflowClient, store: Store, marks: SentMarks): Promise<number> {
  let sent = 0;
  for await (const { key } of store.list(RECORD_KEYS.models)) {
    const work = key.endsWith('/model.json') ? sendModel : key.includes('/versions/') ? sendVersion : undefined;
    if (work !== undefined && (await work(key))) sent++;
  }
  for await (const { key } of store.list(RECORD_KEYS.models)) {
    if (key.includes('/aliases/') && (await sendAlias(key))) sent++;
  }
  return sent;

  async function sendModel(key: string): Promise<boolean> {
    const record = await readRecord<ModelRecord>(store, key, 'ridgeline.registered-model/1');
    if (record === undefined || marks.isCurrent(await marks.read(key), record)) return false;
    const { name, description, tags = {} } = record;
    try {
      await client.get('registered-models/get', { name });
      for (const tag of pairs(tags)) await client.post('registered-models/set-tag', { name, ...tag });
    } catch (error) {
      if (refusalCode(error) !== 'RESOURCE_DOES_NOT_EXIST') throw error;
      const described = description === undefined ? {} : { description };
      await client.post('registered-models/create', { name, tags: pairs(tags), ...described });
    }
    await marks.write(key, record, {});
    return true;
  }

  async function sendVersion(key: string): Promise<boolean> {
    const record = await readRecord<ModelVersionRecord>(store, key, 'ridgeline.model-version/1');
    const mark = await marks.read(key);
    if (record === undefined || marks.isCurrent(mark, record)) return false;
    const run = (await marks.read(RECORD_KEYS.run(record.run)))?.ids;
    if (run === undefined) return false; // its run comes first
    const version =
      mark?.ids['version'] ?? (await findVersion(record, run['runId']!)) ?? (await createVersion(record, run));
    const { name, tags = {} } = record;
    for (const tag of pairs(tags)) await client.post('model-versions/set-tag', { name, version, ...tag });
    await marks.write(key, record, { version });
    return true;
  }

  async function findVersion({ name, version }: ModelVersionRecord, runId: string): Promise<string | undefined> {
    const filter = `name = ${quote(name)} and run_id = '${runId}'`;
    type Answer = { model_versions?: MlflowVersion[] };
    const { model_versions = [] } = await client.get<Answer>('model-versions/search', { filter });
    const ours = ({ tags = [] }: MlflowVersion): boolean =>
      tags.some(({ key, value }) => key === VERSION && value === String(version));
    return model_versions.find(ours)?.version;
  }

  async function createVersion(record: ModelVersionRecord, run: Readonly<Record<string, string>>): Promise<string> {
    const { name, path, description, tags = {} } = record;
    const answer = await client.post<{ model_version: MlflowVersion }>('model-versions/create', {
      name,
      source: `${run['artifactUri']}/${path}`,
      run_id: run['runId'],
      tags: pairs({ ...tags, [VERSION]: String(record.version) }),
      ...(description !== undefined && { description }),
    });
    return answer.model_version.version;
  }

  async function sendAlias(key: string): Promise<boolean> {
    const record = await readRecord<AliasRecord>(store, key, 'ridgeline.model-alias/1');
    if (record === undefined || marks.isCurrent(await marks.read(key), record)) return false;
    const { name, alias } = ofAlias(key);
    const version = (await marks.read(RECORD_KEYS.version(name, record.version)))?.ids['version'];
    if (version === undefined) return false; // its version comes first
    await client.post('registered-models/alias', { name, alias, version });
    await marks.write(key, record, { version });
    return true;
  }
}

/** Model and alias back from `_tracking/models/<model>/aliases/<alias>.json`. */
function ofAlias(key: string): { name: string; alias: string } {
  const [, , name = '', , alias = ''] = key.split('/').map(decodeURIComponent);
  return { name, alias: alias.replace(/\.json$/, '') };
}

function quote(name: string): string {
  return name.includes("'") ? `"${name}"` : `'${name}'`;
}
