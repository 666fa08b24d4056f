import type { HookName } from '../../../src/contracts/definition.ts';
import { isDeadly } from './check.ts';
import type { Records } from './check.ts';
import type { SimHome } from './sim-home.ts';

/** What came of a task or a run, told at least once to each hook that asks for it; the end of a run after its tasks'. */
export function checkHooks(home: SimHome, { runs, tasks }: Records): void {
  const due = home.file.all('SELECT * FROM hooks');
  if (due.length > 0) throw new Error(`${due.length} calls of hooks are still due`);
  for (const run of runs) {
    const dag = home.pipelines.find(({ id }) => id === run.dag)!;
    const calls = home.calls.flatMap((call, at) =>
      call.run === run.id && call.dag === dag.id ? [{ ...call, at }] : [],
    );
    /** How many attempts, or ends, were told of; and when the first was. */
    const told = (of: 'task' | 'dag', hook: HookName, task?: string, mapIndex?: number): [number, number] => {
      const own = calls.filter(
        (call) => call.of === of && call.hook === hook && call.task === task && call.mapIndex === mapIndex,
      );
      return [new Set(own.map(({ attempt }) => attempt)).size, own[0]?.at ?? Infinity];
    };
    let last = -1;
    for (const { task: id, map_index: mapIndex, state, failures, error, note } of tasks.get(run.id) ?? []) {
      const task = dag.tasks.find((each) => each.id === id)!;
      const name = `${run.id}.${id} ${mapIndex}`;
      if (note?.startsWith('kept') || (task.over && mapIndex === -1)) continue;
      const retries = failures - (state === 'failed' && !isDeadly(error) ? 1 : 0);
      for (const whose of ['task', 'dag'] as const) {
        if (!(whose === 'task' ? task : dag).hooks?.length) continue;
        const [count, at] = told(whose, 'onRetry', id, mapIndex);
        // Given up while it waited to be tried again, it was told of that, too.
        if (count < retries)
          throw new Error(`${name} was retried ${retries} times, and the ${whose}'s hook told of ${count}`);
        if (count > 0) last = Math.max(last, at);
      }
      if (!task.hooks?.length || (state !== 'success' && state !== 'failed')) continue;
      const [count, at] = told('task', state === 'success' ? 'onSuccess' : 'onFailure', id, mapIndex);
      if (count === 0) throw new Error(`${name} is ${state}, and its hook was not told`);
      last = Math.max(last, at);
    }
    if (!dag.hooks?.length) continue;
    const [count, at] = told('dag', run.state === 'success' ? 'onSuccess' : 'onFailure');
    if (count === 0) throw new Error(`run ${run.id} is ${run.state}, and the hook of ${dag.id} was not told`);
    if (at < last) throw new Error(`the hook of ${dag.id} was told of the end of ${run.id} before all of its tasks`);
  }
}
