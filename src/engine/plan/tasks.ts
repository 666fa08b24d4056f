import { upstreamOf } from '../../authoring/index.ts';
import type { DagDefinition, TaskDefinition, TriggerRule } from '../../contracts/definition.ts';
import type { ValueRef } from '../../contracts/log.ts';

/** `publishing`: the function has returned, its commit is not there yet. */
export type InstanceState =
  | 'none'
  | 'running'
  | 'publishing'
  | 'up_for_retry'
  | 'success'
  | 'failed'
  | 'skipped'
  | 'upstream_failed';

/** One instance as recorded; a mapped task has one with `mapIndex` -1 until its list is known. */
export interface Instance {
  readonly task: string;
  readonly mapIndex: number;
  readonly state: InstanceState;
  /** When an instance in `up_for_retry` may start again. */
  readonly readyAt?: number | undefined;
  readonly result?: ValueRef | undefined;
}

export type TaskDecision =
  | { readonly do: 'start'; readonly task: string; readonly mapIndex: number }
  | {
      readonly do: 'settle';
      readonly task: string;
      readonly state: 'skipped' | 'upstream_failed' | 'failed';
      readonly note: string;
    }
  | { readonly do: 'expand'; readonly task: string; readonly count: number };

const DONE: readonly InstanceState[] = ['success', 'failed', 'skipped', 'upstream_failed'];

/**
 * What can be done about a run's tasks as they stand. Settling and expanding may make more possible: ask again after.
 *
 * @param instances by task id
 * @param roomIn how many more tasks a named concurrency slot takes
 * @param mayStart whether an instance that is ready may start, beside what works in other runs too
 */
export function planTasks(
  definition: Pick<DagDefinition, 'tasks'>,
  instances: ReadonlyMap<string, readonly Instance[]>,
  now: number,
  roomIn: (slot: string) => number = () => Infinity,
  mayStart: (instance: Instance) => boolean = () => true,
): readonly TaskDecision[] {
  const decisions: TaskDecision[] = [];
  const taken = new Map<string, number>();
  const isFree = (slot: string): boolean => roomIn(slot) > (taken.get(slot) ?? 0);
  const states = new Map(definition.tasks.map(({ id }) => [id, stateOf(instances.get(id)!)]));

  for (const task of definition.tasks) {
    const own = instances.get(task.id)!;
    if (DONE.includes(states.get(task.id)!)) continue;
    if (own.length === 1 && own[0]!.state === 'none' && own[0]!.mapIndex === -1) {
      const verdict = judge(task, states, instances);
      if (verdict === 'wait') continue;
      if (verdict !== 'run') {
        decisions.push({ do: 'settle', task: task.id, ...verdict });
        continue;
      }
      if (task.over) {
        const count = listOf(task, instances)?.length;
        const note = `its list must be plain values, what "${'task' in task.over ? task.over.task : ''}" returned is none`;
        decisions.push(
          count === undefined
            ? { do: 'settle', task: task.id, state: 'failed', note }
            : { do: 'expand', task: task.id, count },
        );
        continue;
      }
    }
    let room = (task.concurrency ?? Infinity) - own.filter(({ state }) => state === 'running').length;
    for (const instance of own) {
      const { state, mapIndex, readyAt } = instance;
      const ready = state === 'none' || (state === 'up_for_retry' && (readyAt ?? 0) <= now);
      if (!ready || room < 1 || !task.slots.every(isFree) || !mayStart(instance)) continue;
      decisions.push({ do: 'start', task: task.id, mapIndex });
      for (const slot of task.slots) taken.set(slot, (taken.get(slot) ?? 0) + 1);
      room--;
    }
  }
  return decisions;
}

/** A task's state from its instances: not done while any is not; failed if any is. */
export function stateOf(instances: readonly Instance[]): InstanceState {
  if (instances.length === 1) return instances[0]!.state;
  const open = instances.find(({ state }) => !DONE.includes(state));
  if (open) return 'running';
  for (const state of ['failed', 'upstream_failed'] as const) {
    if (instances.some((each) => each.state === state)) return state;
  }
  return 'success';
}

/** How a run has ended: failed if any task did, also where a lenient trigger rule went on after it. */
export function outcomeOf(instances: ReadonlyMap<string, readonly Instance[]>): 'success' | 'failed' | undefined {
  const states = [...instances.values()].map(stateOf);
  if (!states.every((state) => DONE.includes(state))) return undefined;
  return states.some((state) => state === 'failed' || state === 'upstream_failed') ? 'failed' : 'success';
}

/** What a task hands on: its result, or the list of its instances' results. */
export function resultOf(instances: readonly Instance[]): ValueRef | undefined {
  if (stateOf(instances) !== 'success') return undefined;
  const [{ mapIndex, result } = {}] = instances;
  return mapIndex === -1 ? result : { kind: 'list', items: instances.map((each) => each.result!) };
}

/** The elements a mapped task runs over; undefined when they are not plain values. */
export function listOf(
  task: TaskDefinition,
  instances: ReadonlyMap<string, readonly Instance[]>,
): readonly unknown[] | undefined {
  if (!task.over) return undefined;
  if ('items' in task.over) return task.over.items;
  const result = resultOf(instances.get(task.over.task)!);
  if (result?.kind === 'json') return Array.isArray(result.value) ? result.value : undefined;
  if (result?.kind !== 'list' || !result.items.every((item) => item.kind === 'json')) return undefined;
  return result.items.map((item) => item.value);
}

type Verdict = 'run' | 'wait' | { readonly state: 'skipped' | 'upstream_failed'; readonly note: string };

/**
 * Airflow's trigger rules. All but `one_failed` wait until every upstream task has ended, so that what becomes of a task
 * does not depend on which of them was quicker.
 */
function judge(
  task: TaskDefinition,
  states: ReadonlyMap<string, InstanceState>,
  instances: ReadonlyMap<string, readonly Instance[]>,
): Verdict {
  const upstream = upstreamOf(task);
  const named = (wanted: readonly InstanceState[]) => upstream.filter((id) => wanted.includes(states.get(id)!));
  const failed = named(['failed', 'upstream_failed']);
  const skipped = named(['skipped']);
  const waiting = named(['none', 'running', 'publishing', 'up_for_retry']);
  const rule: TriggerRule = task.triggerRule;

  if (task.when && states.get(task.when.branch) === 'success') {
    const chosen = instances.get(task.when.branch)![0]!.result;
    if (chosen?.kind !== 'json' || chosen.value !== task.when.choice) {
      return {
        state: 'skipped',
        note: `"${task.when.branch}" chose ${JSON.stringify(chosen?.kind === 'json' ? chosen.value : null)}`,
      };
    }
  }
  if (rule === 'one_failed' && failed.length > 0) return 'run';
  if (waiting.length > 0) return 'wait';
  if (rule === 'all_done') return 'run';
  if (rule === 'one_failed') return { state: 'skipped', note: 'nothing upstream failed' };
  if (failed.length > 0) return { state: 'upstream_failed', note: `"${failed[0]}" failed` };
  if (rule === 'none_failed') return 'run';
  const enough =
    rule === 'all_success' ? skipped.length === 0 : upstream.length === 0 || skipped.length < upstream.length;
  return enough ? 'run' : { state: 'skipped', note: `"${skipped[0]}" was skipped` };
}
