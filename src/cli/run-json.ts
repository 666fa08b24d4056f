import type { RidgeModelArtifact } from '../contracts/model.ts';
import { leavesOf } from '../contracts/log.ts';
import type { Store } from '../contracts/store.ts';
import type { SourceInfo } from '../contracts/table.ts';
import type { Environment } from '../data/store/index.ts';
import { readModel } from '../core/model-read.ts';
import type { TrackingView } from '../tracking/index.ts';
import { RECORD_KEYS } from '../tracking/records.ts';
import type { RunReport, RunView, TaskView } from '../engine/index.ts';

/** What `run --json` prints, without what is undefined: the interface that others script against. */
export interface RunJson {
  readonly state: RunReport['state'];
  /** Of the first table that says where it came from. */
  readonly source: SourceInfo | undefined;
  readonly runs: readonly (Pick<RunView, 'id' | 'dag' | 'state' | 'trigger' | 'inputs' | 'published' | 'error'> & {
    readonly resumed: true | undefined;
    readonly tasks: readonly TaskJson[];
  })[];
  /** The last model that was fitted. */
  readonly model: ModelJson | undefined;
  /** What tasks tracked, if any did. */
  readonly tracking: TrackingView | undefined;
  readonly outputs: readonly { readonly key: string; readonly rows: number | undefined; readonly sizeBytes: number }[];
}

type TaskJson = Pick<TaskView, 'id' | 'state' | 'attempts' | 'durationMs' | 'note' | 'error'> & {
  readonly mapIndex: number | undefined;
};

type ModelField = 'alpha' | 'folds' | 'scoring' | 'bestScore' | 'r2' | 'features' | 'coef' | 'intercept';
type ModelJson = { readonly key: string } & { readonly [K in ModelField]: RidgeModelArtifact[K] };

export async function toRunJson(report: RunReport, store: Store, env: Environment): Promise<RunJson> {
  return {
    state: report.state,
    source: report.runs
      .flatMap(leavesIn)
      .flatMap((leaf) => (leaf.kind === 'table' && leaf.source ? [leaf.source] : []))[0],
    runs: report.runs.map(({ id, dag, state, trigger, inputs, published, error, tasks }) => ({
      id,
      dag,
      state,
      trigger,
      inputs,
      published,
      resumed: report.resumed.includes(id) || undefined,
      error,
      tasks: tasks.map(toTaskJson),
    })),
    model: await lastModel(report, store),
    tracking: await trackingOf(report, store, env),
    outputs: outputsOf(report).map(({ key, rows, sizeBytes = 0 }) => ({ key, rows, sizeBytes })),
  };
}

function toTaskJson({ id, mapIndex, state, attempts, durationMs, note, error }: TaskView): TaskJson {
  return { id, mapIndex: mapIndex < 0 ? undefined : mapIndex, state, attempts, durationMs, note, error };
}

async function trackingOf({ runs }: RunReport, store: Store, env: Environment): Promise<TrackingView | undefined> {
  const ids = runs.map(({ id }) => id);
  const tracked = await Promise.all(ids.map((id) => isAny(store.list(RECORD_KEYS.runsOf(id)))));
  if (!tracked.includes(true)) return undefined;
  return (await import('../tracking/run-records.ts')).viewTracking(store, env, ids);
}

async function isAny(items: AsyncIterable<unknown>): Promise<boolean> {
  for await (const _ of items) return true;
  return false;
}

/** The model that the last task to return one has stored. */
async function lastModel(report: RunReport, store: Store): Promise<ModelJson | undefined> {
  const key = report.runs.flatMap(leavesIn).findLast((leaf) => leaf.kind === 'model')?.key;
  if (key === undefined) return undefined;
  const artifact = readModel(new TextDecoder().decode(await store.get(key)), key);
  const { alpha, folds, scoring, bestScore, r2, features, coef, intercept } = artifact;
  return { key, alpha, folds, scoring, bestScore, r2, features, coef, intercept };
}

/** Files under fixed keys, each once, as the last run left them. */
export function outputsOf(report: RunReport): RunView['exports'] {
  const written = report.runs.flatMap((run) => run.exports).filter(({ state }) => state === 'done');
  return [...new Map(written.map((each) => [each.key, each])).values()];
}

/** What the tasks of a run have returned, in their order. */
export function leavesIn({ tasks }: RunView): ReturnType<typeof leavesOf> {
  return tasks.flatMap(({ result }) => (result === undefined ? [] : leavesOf(result)));
}
