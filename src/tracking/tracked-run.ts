import { userInfo } from 'node:os';
import { RidgelineError, toErrorInfo } from '../contracts/errors.ts';
import type { FittedModel } from '../contracts/model.ts';
import type { Store } from '../contracts/store.ts';
import type { Table } from '../contracts/table.ts';
import type { Tags, TrackedRun } from '../contracts/tracking.ts';
import { encodeRecord, RECORD_KEYS, type Metric, type RunRecord } from './records.ts';
import type { TrackingOrigin } from './tracking-origin.ts';

/** MLflow's limits: a parameter that is longer could never be sent. */
const MAX_PARAM_CHARACTERS = 6000;

interface Frame {
  readonly store: Store;
  readonly origin: TrackingOrigin;
  readonly nextId: () => string;
  readonly experiment: string;
  readonly name: string;
  readonly parent: string | null;
}

/** Runs a piece of work with a record of it that is written at its start and, whole, at its end. */
export async function trackRun<T>(frame: Frame, work: (run: TrackedRun) => Promise<T> | T): Promise<T> {
  const { store, origin } = frame;
  const id = frame.nextId();
  const startTime = Date.now();
  const params: Record<string, string> = {};
  const metrics: Metric[] = [];
  const tags: Record<string, string> = systemTags(frame);
  const artifacts: { path: string; sizeBytes: number }[] = [];
  const models: string[] = [];

  const save = (end: Pick<RunRecord, 'status' | 'endTime' | 'error'>): Promise<void> => {
    const { experiment, name, parent } = frame;
    const datasets = Object.entries(origin.pinned).map(([dataset, pin]) => ({ name: dataset, ...pin }));
    const record: RunRecord = {
      format: 'ridgeline.tracked-run/1',
      id,
      experiment,
      name,
      parent,
      startTime,
      ...end,
      params,
      metrics,
      tags,
      datasets,
      artifacts,
      models,
      owner: origin.owner,
    };
    return store.put(RECORD_KEYS.run(id), encodeRecord(record));
  };

  const run: TrackedRun = {
    id,
    params(values) {
      for (const [key, value] of Object.entries(values)) setParam(params, key, value);
    },
    metrics(values, step = 0) {
      const timestamp = Date.now();
      for (const [key, value] of Object.entries(values)) metrics.push({ key, value: plain(value), step, timestamp });
    },
    tags: (values: Tags) => void Object.assign(tags, values),
    async artifact(path, body) {
      const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
      await store.put(RECORD_KEYS.artifact(id, path), bytes);
      artifacts.push({ path, sizeBytes: bytes.byteLength });
    },
    async model(path: string, model: FittedModel, { example }: { readonly example?: Table } = {}) {
      const { modelFiles } = await import('./model-files.ts'); // only now: it brings the ONNX writer with it
      for (const file of await modelFiles(model.artifact, { run: id, example }))
        await run.artifact(`${path}/${file.name}`, file.body);
      models.push(path);
    },
    track: (name, work) => trackRun({ ...frame, name, parent: id }, work),
  };

  await save({ status: 'RUNNING', endTime: null, error: null });
  try {
    const result = await work(run);
    await save({ status: 'FINISHED', endTime: Date.now(), error: null });
    return result;
  } catch (error) {
    const status = origin.signal.aborted ? 'KILLED' : 'FAILED';
    await save({ status, endTime: Date.now(), error: toErrorInfo(error).message });
    throw error;
  }
}

function setParam(params: Record<string, string>, key: string, value: unknown): void {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  const refuse = (why: string): RidgelineError =>
    new RidgelineError('TRACKING_PARAM', 'usage', `tracking: parameter "${key}" ${why}`, {
      remedy: 'log it as an artifact, or what changes as a metric',
    });
  if (text.length > MAX_PARAM_CHARACTERS) throw refuse(`must have at most ${MAX_PARAM_CHARACTERS} characters`);
  if (params[key] !== undefined && params[key] !== text) throw refuse(`is set already, to ${params[key]}`);
  params[key] = text;
}

function plain(value: number): Metric['value'] {
  return Number.isFinite(value) ? value : (String(value) as Metric['value']);
}

/** What MLflow's own clients set, and where the run comes from here. */
function systemTags({ origin, name }: Frame): Record<string, string> {
  return {
    'mlflow.runName': name,
    'mlflow.user': userName(),
    'mlflow.source.name': `${origin.dag}.${origin.task}`,
    'mlflow.source.type': 'JOB',
    'ridgeline.run': origin.run,
    'ridgeline.dag': origin.dag,
    'ridgeline.task': origin.task,
    'ridgeline.attempt': String(origin.attempt),
  };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown'; // a user id without a name, as in some containers
  }
}
