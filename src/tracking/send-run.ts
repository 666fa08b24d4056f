import { RidgelineError } from '../contracts/errors.ts';
import type { Store } from '../contracts/store.ts';
import { sendArtifacts } from './send-artifacts.ts';
import type { MlflowClient } from './mlflow-client.ts';
import { refusalCode } from './mlflow-errors.ts';
import type { Experiment } from '../contracts/tracking.ts';
import type { RunRecord } from './records.ts';

/** Limits of one `log-batch` call. */
const MAX_METRICS = 1000;
const MAX_PARAMS = 100;
const MAX_TAGS = 100;
const MAX_DIGEST = 36;

/** The tag by which a run of ours is found again on the server, so that none is made twice. */
const TRACKED_RUN = 'ridgeline.tracked_run';

interface MlflowRun {
  readonly info: { readonly run_id: string; readonly artifact_uri: string };
}

/** Finds or makes an experiment on the server and answers its id. */
export async function sendExperiment(client: MlflowClient, experiment: Experiment): Promise<string> {
  const { name, artifactLocation, tags } = experiment;
  const find = async (): Promise<string | undefined> => {
    try {
      type Answer = { experiment: { experiment_id: string; lifecycle_stage: string } };
      const answer = await client.get<Answer>('experiments/get-by-name', { experiment_name: name });
      if (answer.experiment.lifecycle_stage !== 'deleted') return answer.experiment.experiment_id;
      throw deleted(name, answer.experiment.experiment_id, client.server);
    } catch (error) {
      if (refusalCode(error) === 'RESOURCE_DOES_NOT_EXIST') return undefined;
      throw error;
    }
  };
  const there = await find();
  if (there !== undefined) return there;
  try {
    const where = artifactLocation === undefined ? {} : { artifact_location: artifactLocation };
    const body = { name, ...where, tags: pairs(tags ?? {}) };
    return (await client.post<{ experiment_id: string }>('experiments/create', body)).experiment_id;
  } catch (error) {
    const made = refusalCode(error) === 'RESOURCE_ALREADY_EXISTS' ? await find() : undefined;
    if (made === undefined) throw error;
    return made;
  }
}

/**
 * Sends a whole tracked run. Each call may have been made before and says the same again: the run is found by its tag, and
 * MLflow keeps equal parameters, tags, inputs and metrics of one time once. The end of the run is sent last.
 *
 * @param parent the server's id of the run it is in
 */
export async function sendRun(
  client: MlflowClient,
  store: Store,
  record: RunRecord,
  at: { readonly experimentId: string; readonly parent: string | undefined },
): Promise<{ readonly runId: string; readonly artifactUri: string }> {
  const run = (await findRun(client, record, at.experimentId)) ?? (await createRun(client, record, at));
  const { run_id, artifact_uri } = run.info;

  const params = pairs(record.params).map(({ key, value }) => ({ key: safeKey(key), value }));
  for (const part of chunks(params, MAX_PARAMS)) await client.post('runs/log-batch', { run_id, params: part });
  const metrics = record.metrics.map((metric) => ({ ...metric, key: safeKey(metric.key) }));
  for (const part of chunks(metrics, MAX_METRICS)) await client.post('runs/log-batch', { run_id, metrics: part });
  await sendDatasets(client, store, record, run_id);
  await sendArtifacts(client, store, record, artifact_uri);
  const tags = pairs({ ...record.tags, ...modelHistory(record, run_id), ...errorTag(record) });
  for (const part of chunks(tags, MAX_TAGS)) await client.post('runs/log-batch', { run_id, tags: part });
  await client.post('runs/update', { run_id, status: record.status, end_time: record.endTime });
  return { runId: run_id, artifactUri: artifact_uri };
}

async function findRun(client: MlflowClient, { id }: RunRecord, experimentId: string): Promise<MlflowRun | undefined> {
  const filter = `tags.\`${TRACKED_RUN}\` = '${id}'`;
  const query = { experiment_ids: [experimentId], filter, max_results: 1 };
  return (await client.post<{ runs?: MlflowRun[] }>('runs/search', query)).runs?.[0];
}

async function createRun(
  client: MlflowClient,
  record: RunRecord,
  { experimentId, parent }: { readonly experimentId: string; readonly parent: string | undefined },
): Promise<MlflowRun> {
  const tags = { [TRACKED_RUN]: record.id, ...(parent !== undefined && { 'mlflow.parentRunId': parent }) };
  const { name, startTime } = record;
  const body = { experiment_id: experimentId, run_name: name, start_time: startTime, tags: pairs(tags) };
  return (await client.post<{ run: MlflowRun }>('runs/create', body)).run;
}

async function sendDatasets(client: MlflowClient, store: Store, record: RunRecord, run_id: string): Promise<void> {
  if (record.datasets.length === 0) return;
  const datasets = record.datasets.map(({ name, version, sha256 }) => ({
    tags: [{ key: 'mlflow.data.context', value: 'training' }],
    dataset: {
      name,
      digest: sha256.slice(0, MAX_DIGEST),
      source_type: 'ridgeline',
      source: JSON.stringify({ store: store.url, dataset: name, version, sha256 }),
    },
  }));
  await client.post('runs/log-inputs', { run_id, datasets });
}

/** What makes MLflow's pages show the models of a run. */
function modelHistory({ models, endTime }: RunRecord, run_id: string): Record<string, string> {
  if (models.length === 0) return {};
  const history = models.map((artifact_path) => ({
    run_id,
    artifact_path,
    utc_time_created: new Date(endTime ?? 0).toISOString().replace('T', ' ').replace('Z', '000'),
    flavors: { onnx: { data: 'model.onnx' }, python_function: { data: 'model.onnx', loader_module: 'mlflow.onnx' } },
  }));
  return { 'mlflow.log-model.history': JSON.stringify(history) };
}

function errorTag({ error }: RunRecord): Record<string, string> {
  return error === null ? {} : { 'ridgeline.error': error.slice(0, 5000) };
}

export function pairs(record: Readonly<Record<string, string>>): { key: string; value: string }[] {
  return Object.entries(record).map(([key, value]) => ({ key, value }));
}

/** MLflow takes letters, digits, `_ - . / : ` and blanks in names of parameters and metrics. */
function safeKey(key: string): string {
  return key.replace(/[^\p{L}\p{N}_\-. :/]/gu, '_').slice(0, 250);
}

function* chunks<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}

function deleted(name: string, id: string, server: string): RidgelineError {
  const message = `tracking: the experiment "${name}" at ${server} was deleted`;
  return new RidgelineError('TRACKING_EXPERIMENT_DELETED', 'store', message, {
    remedy: `restore it there with: mlflow experiments restore --experiment-id ${id}`,
  });
}
