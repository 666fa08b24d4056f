import type { RidgeModelArtifact } from '../contracts/model.ts';
import { leavesOf } from '../contracts/log.ts';
import type { Store } from '../contracts/store.ts';
import type { SourceInfo } from '../contracts/table.ts';
import { readModel } from '../core/model-read.ts';
import type { TrackingView } from '../tracking/index.ts';
import { RECORD_KEYS } from '../tracking/records.ts';
import type { RunReport, RunView } from '../engine/index.ts';

/** What `run --json` prints: the interface that others script against. */
export interface RunJson {
  readonly state: RunReport['state'];
  /** Of the first table that says where it came from. */
  readonly source?: SourceInfo;
  readonly runs: readonly {
    readonly id: string;
    readonly dag: string;
    readonly state: RunView['state'];
    readonly trigger: RunView['trigger'];
    readonly inputs: Readonly<Record<string, number>>;
    readonly published: Readonly<Record<string, number>>;
    readonly resumed?: true;
    readonly error?: RunView['error'];
    readonly tasks: readonly TaskJson[];
  }[];
  /** The last model that was fitted. */
  readonly model?: Pick<
    RidgeModelArtifact,
    'alpha' | 'folds' | 'scoring' | 'bestScore' | 'r2' | 'features' | 'coef' | 'intercept'
  > & {
    readonly key: string;
  };
  /** What tasks tracked, if any did. */
  readonly tracking?: TrackingView;
  readonly outputs: readonly { readonly key: string; readonly rows?: number; readonly sizeBytes: number }[];
}

interface TaskJson {
  readonly id: string;
  readonly mapIndex?: number;
  readonly state: string;
  readonly attempts: number;
  readonly durationMs?: number;
  readonly note?: string;
  readonly error?: RunView['error'];
}

export async function toRunJson(
  report: RunReport,
  store: Store,
  env: Readonly<Record<string, string | undefined>>,
): Promise<RunJson> {
  const source = leavesIn(report).flatMap((leaf) => (leaf.kind === 'table' && leaf.source ? [leaf.source] : []))[0];
  const model = await lastModel(report, store);
  const tracking = await trackingOf(report, store, env);
  return {
    state: report.state,
    ...(source !== undefined && { source }),
    runs: report.runs.map((run) => ({
      id: run.id,
      dag: run.dag,
      state: run.state,
      trigger: run.trigger,
      inputs: run.inputs,
      published: run.published,
      ...(report.resumed.includes(run.id) && { resumed: true as const }),
      ...(run.error !== undefined && { error: run.error }),
      tasks: run.tasks.map(({ id, mapIndex, state, attempts, durationMs, note, error }) => ({
        id,
        ...(mapIndex >= 0 && { mapIndex }),
        state,
        attempts,
        ...(durationMs !== undefined && { durationMs }),
        ...(note !== undefined && { note }),
        ...(error !== undefined && { error }),
      })),
    })),
    ...(model !== undefined && {
      model: {
        key: model.key,
        alpha: model.artifact.alpha,
        ...(model.artifact.folds && { folds: model.artifact.folds }),
        ...(model.artifact.scoring && { scoring: model.artifact.scoring }),
        bestScore: model.artifact.bestScore,
        ...(model.artifact.r2 !== undefined && { r2: model.artifact.r2 }),
        features: model.artifact.features,
        coef: model.artifact.coef,
        intercept: model.artifact.intercept,
      },
    }),
    ...(tracking && { tracking }),
    outputs: outputsOf(report).map(({ key, rows, sizeBytes = 0 }) => ({
      key,
      ...(rows !== undefined && { rows }),
      sizeBytes,
    })),
  };
}

async function trackingOf(
  { runs }: RunReport,
  store: Store,
  env: Readonly<Record<string, string | undefined>>,
): Promise<TrackingView | undefined> {
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
export async function lastModel(
  report: RunReport,
  store: Store,
): Promise<{ readonly key: string; readonly artifact: RidgeModelArtifact } | undefined> {
  const key = leavesIn(report).findLast((leaf) => leaf.kind === 'model')?.key;
  if (key === undefined) return undefined;
  return { key, artifact: readModel(new TextDecoder().decode(await store.get(key)), key) };
}

/** Files under fixed keys, each once, as the last run left them. */
export function outputsOf(report: RunReport): RunView['exports'] {
  const written = report.runs.flatMap((run) => run.exports).filter(({ state }) => state === 'done');
  return [...new Map(written.map((each) => [each.key, each])).values()];
}

/** What tasks have returned, in their order. */
function leavesIn({ runs }: RunReport): ReturnType<typeof leavesOf> {
  return runs.flatMap((run) => run.tasks.flatMap(({ result }) => (result === undefined ? [] : leavesOf(result))));
}
