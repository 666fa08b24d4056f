import { DAG_BRAND, type Dag, type DatasetCheck, type Hooks } from '../contracts/context.ts';
import type { DagDefinition, DatasetDefinition, ParamDefinition, Params } from '../contracts/definition.ts';
import { RidgelineError } from '../contracts/errors.ts';
import type { Dataset } from './dataset.ts';
import { hookNames } from './hooks.ts';
import { checkName } from './names.ts';
import { collectSteps } from './steps.ts';
import { toSchedule, type DatasetCondition, type ScheduleOption } from './schedule.ts';
import type { Builder } from './task.ts';

/** Its hooks are told of the end of every run, and of every task that will be tried again. */
export interface DagOptions<P extends Params> extends Hooks {
  description?: string;
  /** Says when, not what: datasets are read by naming them as inputs. Absent: started by hand. */
  schedule?: ScheduleOption;
  /** When outlets become visible: each as its task succeeds (default), or all when the whole run has. */
  emitOn?: DagDefinition['emitOn'];
  /** How pending events become runs (R7), default `latest`. */
  consume?: DagDefinition['consume'];
  /** Where a pipeline seen for the first time starts (R10), default `now`. */
  from?: DagDefinition['from'];
  /** What becomes of events collected while paused (R10), default `latest`. */
  onResume?: DagDefinition['onResume'];
  /** Runs at once, default 1; the others are queued, never dropped. */
  maxActiveRuns?: number;
  /** Of a whole run. */
  timeoutMs?: number;
  /** Parameters of a run with their defaults, which also give their types. */
  params?: P;
}

/**
 * Describes a pipeline. `build` is called once, now, and runs none of the functions it names.
 *
 * @throws {RidgelineError} of kind `usage`, naming DAG and task: BAD_NAME, DUPLICATE_NAME, BAD_SCHEDULE, BAD_TASK.
 * @example
 * dag('housing_ridge', { schedule: builtFeatures }, ({ task }) => {
 *   const model = task('train', { inputs: { features: builtFeatures } }, ({ features }) => ridge.fit(features));
 *   task('predict', { inputs: { features: builtFeatures, model } }, ({ features, model }) => model.predict(features));
 * });
 */
export function dag(id: string, build: (builder: Builder<Record<never, never>>) => unknown): Dag;
export function dag<P extends Params = Record<never, never>>(
  id: string,
  options: DagOptions<P>,
  build: (builder: Builder<P>) => unknown,
): Dag;
export function dag(
  id: string,
  optionsOrBuild: DagOptions<Params> | ((builder: Builder<Params>) => unknown),
  buildLast?: (builder: Builder<Params>) => unknown,
): Dag {
  checkName('dag', id);
  const options = typeof optionsOrBuild === 'function' ? {} : optionsOrBuild;
  const build = typeof optionsOrBuild === 'function' ? optionsOrBuild : buildLast;
  if (build === undefined) throw new RidgelineError('BAD_DAG', 'usage', `dag "${id}": its function is missing`);
  const maxActiveRuns = options.maxActiveRuns ?? 1;
  if (!Number.isInteger(maxActiveRuns) || maxActiveRuns < 1) {
    const message = `dag "${id}": maxActiveRuns is a whole number from 1, got ${maxActiveRuns}`;
    throw new RidgelineError('BAD_DAG', 'usage', message);
  }

  const schedule = toSchedule(id, options.schedule);
  const steps = collectSteps(id, build as (builder: Builder<never>) => unknown);
  if (steps.tasks.length === 0) {
    throw new RidgelineError('BAD_DAG', 'usage', `dag "${id}": it has no tasks`, { remedy: 'add one with task(…)' });
  }
  const named = new Map<string, Dataset<unknown>>();
  for (const each of [...scheduled(options.schedule), ...steps.datasets])
    named.set(each.name, merge(id, named.get(each.name), each));

  const checks: Record<string, DatasetCheck> = {};
  for (const each of named.values()) if (each.check) checks[each.name] = each.check;
  const names = hookNames(`dag "${id}"`, options);
  const definition: DagDefinition = {
    id,
    ...(options.description !== undefined && { description: options.description }),
    schedule,
    emitOn: options.emitOn ?? 'task',
    consume: options.consume ?? 'latest',
    from: options.from ?? 'now',
    onResume: options.onResume ?? 'latest',
    maxActiveRuns,
    ...(options.timeoutMs !== undefined && { timeoutMs: options.timeoutMs }),
    params: Object.fromEntries(Object.entries(options.params ?? {}).map(([name, value]) => [name, toParam(value)])),
    tasks: steps.tasks,
    datasets: [...named.values()].map(({ name, skipUnchanged, check }): DatasetDefinition => ({
      name,
      skipUnchanged,
      ...(check && { check: true }),
    })),
    ...(names.length > 0 && { hooks: names }),
  };
  const hooks = { ...steps.hooks, ...(names.length > 0 && { '': options }) };
  return { [DAG_BRAND]: true, definition, functions: steps.functions, checks, hooks };
}

function scheduled(option: ScheduleOption | DatasetCondition | undefined): readonly Dataset<unknown>[] {
  if (option === undefined || option.type === 'cron') return [];
  return option.type === 'dataset' ? [option] : option.of.flatMap(scheduled);
}

/** Two values for one dataset may be two calls of `dataset`; they must not say different things. */
function merge(dag: string, before: Dataset<unknown> | undefined, now: Dataset<unknown>): Dataset<unknown> {
  if (before === undefined || before === now) return now;
  if (before.skipUnchanged === now.skipUnchanged && before.check === now.check) return now;
  const message = `dag "${dag}": dataset "${now.name}" is declared twice, differently`;
  throw new RidgelineError('DUPLICATE_NAME', 'usage', message, { remedy: 'declare it once and import it' });
}

function toParam(value: unknown): ParamDefinition {
  const type = typeof value;
  return { type: type === 'string' || type === 'number' || type === 'boolean' ? type : 'json', default: value };
}
