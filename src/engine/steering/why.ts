import { datasetNames } from '../../authoring/index.ts';
import type { DatasetExpression } from '../../contracts/definition.ts';
import type { ErrorInfo } from '../../contracts/errors.ts';
import { fire } from '../plan/fire.ts';
import { allDags, knownDag } from '../state/dag-tables.ts';
import type { Database } from '../state/database.ts';
import { pendingRows } from '../state/inbox-tables.ts';
import { openRuns } from '../state/run-tables.ts';
import { listRunIds, viewRun } from '../state/run-views.ts';
import type { RunState, TaskState } from '../views.ts';

export interface InboxView {
  readonly dataset: string;
  readonly version: number;
  readonly state: 'pending' | 'consumed' | 'superseded' | 'skipped';
  /** What consumed or superseded it. */
  readonly run: string | undefined;
  readonly reason: string | undefined;
}

/** Why a dataset has or has not moved: its producer's last run. */
export interface ProducerView {
  readonly dag: string;
  readonly run: string | undefined;
  readonly state: RunState | undefined;
  readonly task: string;
  readonly taskState: TaskState | undefined;
  readonly note: string | undefined;
  readonly error: ErrorInfo | undefined;
}

/** Everything that decides whether and why a pipeline runs (R16). */
export interface WhyView {
  readonly dag: string;
  readonly paused: boolean;
  /** Why its module cannot be loaded. */
  readonly broken: ErrorInfo | undefined;
  readonly schedule: DatasetExpression | undefined;
  readonly nextCronAt: number | undefined;
  /** Datasets without which the schedule does not fire; empty when it would, or has none. */
  readonly missing: readonly string[];
  readonly datasets: readonly {
    readonly name: string;
    /** Newest version; 0 while there is none. */
    readonly version: number;
    readonly publishedAt: string | undefined;
    readonly lastEvent: InboxView | undefined;
    readonly pending: readonly number[];
    readonly producers: readonly ProducerView[];
  }[];
  readonly openRuns: readonly { readonly id: string; readonly state: RunState }[];
  readonly lastRun: { readonly id: string; readonly state: RunState; readonly inbox: readonly InboxView[] } | undefined;
}

/** @throws {RidgelineError} UNKNOWN_PIPELINE */
export function explain(db: Database, id: string): WhyView {
  const dag = knownDag(db, id);
  const schedule = dag.definition.schedule.datasets;
  const pending = pendingRows(db, id);
  const [last] = listRunIds(db, id, 1);
  return {
    dag: id,
    paused: dag.paused,
    broken: dag.error,
    schedule,
    nextCronAt: dag.cronAt,
    missing: schedule ? missing(schedule, (name) => pending.some((row) => row.dataset === name)) : [],
    datasets: datasetNames(schedule).map((name) => {
      const newest = db.get<{ version: number; at: string }>(
        `SELECT version, at FROM versions JOIN commits ON commits.id = commit_id WHERE dataset = ?
         ORDER BY version DESC LIMIT 1`,
        name,
      );
      return {
        name,
        version: newest?.version ?? 0,
        publishedAt: newest?.at,
        lastEvent: inbox(db, 'dag = ? AND dataset = ? ORDER BY version DESC LIMIT 1', id, name)[0],
        pending: pending.filter((row) => row.dataset === name).map(({ version }) => version),
        producers: producersOf(db, name),
      };
    }),
    openRuns: openRuns(db, id).map((run) => ({
      id: run.id,
      state: run.state === 'publishing' ? 'running' : run.state,
    })),
    lastRun: last && { ...last, inbox: inbox(db, 'run = ? ORDER BY commit_id, id', last.id) },
  };
}

function inbox(db: Database, where: string, ...values: readonly string[]): readonly InboxView[] {
  return db.all(`SELECT dataset, version, state, run, reason FROM inbox WHERE ${where}`, ...values);
}

function producersOf(db: Database, dataset: string): readonly ProducerView[] {
  return allDags(db).flatMap(({ id, definition }) =>
    definition.tasks
      .filter((task) => Object.values(task.outlets).includes(dataset))
      .map((task): ProducerView => {
        const [last] = listRunIds(db, id, 1);
        const run = last && viewRun(db, last.id);
        const of = run?.tasks.find((each) => each.id === task.id);
        return {
          dag: id,
          run: run?.id,
          state: run?.state,
          task: task.id,
          taskState: of?.state,
          note: of?.note,
          error: of?.error ?? run?.error,
        };
      }),
  );
}

/** The smallest thing to say: the absent parts of an `all`, every part of an `any` when none is there. */
function missing(expression: DatasetExpression, pending: (name: string) => boolean): readonly string[] {
  if (fire(expression, pending, 'all')) return [];
  if (expression.type === 'dataset') return [expression.name];
  return [...new Set(expression.of.flatMap((part) => missing(part, pending)))];
}
