import { RidgelineError } from '../contracts/errors.ts';
import type { Store } from '../contracts/store.ts';
import type { Environment } from '../data/store/index.ts';
import { createMlflowClient } from './mlflow-client.ts';
import { readRecord, RECORD_KEYS, type ModelVersionRecord, type RunRecord } from './records.ts';
import { openSentMarks } from './sent-marks.ts';

/** What `run --json` says of the tracked runs of some pipeline runs. */
export interface TrackingView {
  /** Of the MLflow server; null when there is none. */
  readonly uri: string | null;
  /** Of the first tracked run, as MLflow knows it; the experiment's name where there is no server or it has not got it. */
  readonly experimentId: string;
  /** In the order they began; MLflow's ids, or those of our records while it has not got them. */
  readonly runIds: readonly string[];
  /** The model version that was registered; null when there was none. */
  readonly modelVersion: number | null;
  /** Whether the server has all of it; absent without one. */
  readonly sent?: boolean;
}

/** Tracked runs in the order they began; all, or those of one run of a pipeline. */
export async function listRunRecords(store: Store, run?: string): Promise<readonly RunRecord[]> {
  const keys: string[] = [];
  const prefix = run === undefined ? RECORD_KEYS.runs : RECORD_KEYS.runsOf(run);
  for await (const { key } of store.list(prefix)) keys.push(key);
  const records: RunRecord[] = [];
  for (const key of keys) {
    const record = await readRecord<RunRecord>(store, key, 'ridgeline.tracked-run/1');
    if (record !== undefined) records.push(record);
  }
  return records.toSorted((a, b) => a.startTime - b.startTime);
}

/**
 * The tracked run of this id, or whose id ends like this: the part after the slash is enough.
 *
 * @throws {RidgelineError} TRACKING_UNKNOWN when there is none, or more than one
 */
export async function findRunRecord(store: Store, word: string): Promise<RunRecord> {
  const found = (await listRunRecords(store)).filter(({ id }) => id === word || id.split('/').at(-1)?.startsWith(word));
  if (found.length === 1) return found[0]!;
  const what = found.length === 0 ? 'there is no tracked run' : `${found.length} tracked runs begin with`;
  throw new RidgelineError('TRACKING_UNKNOWN', 'usage', `tracking: ${what} "${word}"`, {
    remedy: 'find it with ridgeline runs list',
  });
}

/** What was tracked in these runs of pipelines; undefined when nothing was. */
export async function viewTracking(
  store: Store,
  env: Environment,
  runs: readonly string[],
): Promise<TrackingView | undefined> {
  const records = (await Promise.all(runs.map((run) => listRunRecords(store, run)))).flat();
  const [first] = records;
  if (first === undefined) return undefined;
  const server = serverOf(env);
  const marks = server === undefined ? undefined : openSentMarks(store, server);
  const ids = await Promise.all(records.map(async ({ id }) => (await marks?.read(RECORD_KEYS.run(id)))?.ids));
  return {
    uri: server ?? null,
    experimentId: ids[0]?.['experimentId'] ?? first.experiment,
    runIds: records.map(({ id }, i) => ids[i]?.['runId'] ?? id),
    modelVersion: await registeredVersion(store, new Set(records.map(({ id }) => id))),
    ...(server !== undefined && { sent: ids.every((id) => id !== undefined) }),
  };
}

/** An address that is none is said where it is sent to. */
function serverOf(env: Environment): string | undefined {
  try {
    return createMlflowClient(env)?.server;
  } catch {
    return undefined;
  }
}

/** The newest version that came from one of these tracked runs. */
async function registeredVersion(store: Store, runs: ReadonlySet<string>): Promise<number | null> {
  let newest: ModelVersionRecord | undefined;
  for await (const { key } of store.list(RECORD_KEYS.models)) {
    if (!key.includes('/versions/')) continue;
    const record = await readRecord<ModelVersionRecord>(store, key, 'ridgeline.model-version/1');
    if (record && runs.has(record.run) && record.createdAt >= (newest?.createdAt ?? 0)) newest = record;
  }
  return newest?.version ?? null;
}
