import { RidgelineError } from '../contracts/errors.ts';
import type { Store } from '../contracts/store.ts';
import type { ModelSource, ModelVersion, Tags, Tracking } from '../contracts/tracking.ts';
import {
  alreadyThere,
  encodeRecord,
  nameInKey,
  readRecord,
  RECORD_KEYS,
  type AliasRecord,
  type ModelRecord,
  type ModelVersionRecord,
} from './records.ts';

/** The model registry kept in a store. Versions are created exclusively, so two registrations never share a number. */
export function createRegistry(store: Store): Tracking['models'] {
  async function find(name: string) {
    const record = await readRecord<ModelRecord>(store, RECORD_KEYS.model(name), 'ridgeline.registered-model/1');
    if (record === undefined) return undefined;
    return { ...record, aliases: await aliasesOf(name), latest: await latestOf(name) };
  }

  async function aliasesOf(name: string): Promise<Record<string, number>> {
    const aliases: Record<string, number> = {};
    for await (const { key } of store.list(RECORD_KEYS.aliases(name))) {
      const alias = await readRecord<AliasRecord>(store, key, 'ridgeline.model-alias/1');
      if (alias !== undefined) aliases[nameInKey(key)] = alias.version;
    }
    return aliases;
  }

  async function latestOf(name: string): Promise<number> {
    let latest = 0;
    for await (const { key } of store.list(RECORD_KEYS.versions(name))) latest = Number(nameInKey(key));
    return latest;
  }

  async function readVersion(name: string, version: number): Promise<ModelVersionRecord | undefined> {
    return readRecord<ModelVersionRecord>(store, RECORD_KEYS.version(name, version), 'ridgeline.model-version/1');
  }

  async function createVersion(name: string, source: ModelSource): Promise<ModelVersion> {
    if ((await find(name)) === undefined) throw unknown('registered model', name);
    for (let version = 1; ; version++) {
      const there = await readVersion(name, version);
      if (there?.run === source.run && there.path === source.path) return there;
      if (there !== undefined) continue;
      const format = 'ridgeline.model-version/1';
      const record: ModelVersionRecord = { format, name, version, ...source, createdAt: Date.now() };
      if (await store.create(RECORD_KEYS.version(name, version), encodeRecord(record))) return record;
      version--; // somebody was quicker: look at theirs
    }
  }

  async function findVersion(name: string, version: number | string): Promise<ModelVersion | undefined> {
    if (typeof version === 'number') return readVersion(name, version);
    const alias = await readRecord<AliasRecord>(store, RECORD_KEYS.alias(name, version), 'ridgeline.model-alias/1');
    return alias && readVersion(name, alias.version);
  }

  async function setAlias(name: string, alias: string, version: number, formerTags: Tags = {}): Promise<void> {
    if ((await readVersion(name, version)) === undefined) throw unknown('version', `${name}/${version}`);
    const former = await findVersion(name, alias);
    const record: AliasRecord = { format: 'ridgeline.model-alias/1', version };
    await store.put(RECORD_KEYS.alias(name, alias), encodeRecord(record));
    if (former === undefined || former.version === version) return;
    const tagged = { ...former, tags: { ...former.tags, ...formerTags } };
    await store.put(RECORD_KEYS.version(name, former.version), encodeRecord(tagged));
  }

  return {
    find,
    async create(name, options = {}) {
      const record: ModelRecord = { format: 'ridgeline.registered-model/1', name, ...options };
      if (await store.create(RECORD_KEYS.model(name), encodeRecord(record)))
        return { ...record, aliases: {}, latest: 0 };
      throw alreadyThere('registered model', name);
    },
    createVersion,
    findVersion,
    setAlias,
  };
}

function unknown(what: string, name: string): RidgelineError {
  return new RidgelineError('TRACKING_UNKNOWN', 'usage', `tracking: there is no ${what} "${name}"`, {
    remedy: 'create it first, or look for its name with ridgeline runs list',
  });
}
