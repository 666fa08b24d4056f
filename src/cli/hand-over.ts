import { datasetNames } from '../authoring/index.ts';
import type { Params } from '../contracts/definition.ts';
import { RidgelineError } from '../contracts/errors.ts';
import type { Engine, RunReport, RunView } from '../engine/index.ts';
import { pause } from './interrupt.ts';

const LOOK_MS = 50;

/**
 * Has the `up` at work on this home run it, and follows: the runs asked for, and those that their versions trigger, to the
 * end.
 *
 * @param name a module (its unscheduled pipelines) or a pipeline
 * @throws {RidgelineError} UNKNOWN_PIPELINE, BAD_PARAM, NO_VERSION; SCHEDULER_GONE when the `up` has ended before them.
 */
export async function handOver(engine: Engine, name: string, params: Params, signal: AbortSignal): Promise<RunReport> {
  const unscheduled = engine
    .listDags()
    .filter(({ module, definition: { schedule } }) => module === name && !schedule.datasets && !schedule.cron)
    .map(({ id }) => id);
  const followed = (unscheduled.length > 0 ? unscheduled : [name]).map((dag) => engine.trigger(dag, params).id);
  for (;;) {
    const runs = followed.map((id) => engine.getRun(id));
    const isOpen = runs.some(({ endedAt }) => endedAt === undefined);
    const next = runs.map((run) => consequences(engine, run));
    followed.push(
      ...next.flatMap(({ runs }) => runs).filter((id, i, all) => !followed.includes(id) && all.indexOf(id) === i),
    );
    if (!isOpen && followed.length === runs.length && !next.some(({ due }) => due)) {
      return { state: runs.every(({ state }) => state === 'success') ? 'success' : 'failed', runs, resumed: [] };
    }
    if (engine.scheduler() === undefined) throw gone(followed);
    await pause(LOOK_MS, signal);
  }
}

/** Runs that consumed what a run published, and whether more are about to be made. */
function consequences(engine: Engine, { published }: RunView): { runs: readonly string[]; due: boolean } {
  const runs: string[] = [];
  let due = false;
  for (const [dataset, version] of Object.entries(published)) {
    for (const dag of engine.listDags()) {
      if (!datasetNames(dag.definition.schedule.datasets).includes(dataset)) continue;
      const made = engine
        .listRuns({ dag: dag.id })
        .find(({ trigger, inputs }) => trigger.type === 'dataset' && inputs[dataset] === version);
      if (made) runs.push(made.id);
      else if (!dag.paused && !dag.error) {
        const { datasets, missing } = engine.why(dag.id);
        due ||=
          missing.length === 0 && datasets.some(({ name, pending }) => name === dataset && pending.includes(version));
      }
    }
  }
  return { runs, due };
}

function gone(followed: readonly string[]): RidgelineError {
  return new RidgelineError('SCHEDULER_GONE', 'run', `run ${followed.join(', ')}: the up that had it has ended`, {
    remedy: 'the next ridgeline up or run goes on with it',
  });
}
