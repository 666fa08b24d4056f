import type { Params } from '../../contracts/definition.ts';
import { RidgelineError } from '../../contracts/errors.ts';
import type { ModuleDescription } from '../../contracts/executor.ts';
import { knownParams, resolveParams } from '../plan/params.ts';
import { getDag, type DagRecord } from '../state/dag-tables.ts';
import { viewRun } from '../state/run-views.ts';
import { manualRun } from '../steering/runs.ts';
import type { RunReport } from '../views.ts';
import { dagsOf } from './modules.ts';
import type { Ports } from './ports.ts';
import type { Scheduler } from './scheduler.ts';

/** What `Runner.run` says. */
export async function runToEnd(
  { db }: Ports,
  scheduler: Scheduler,
  descriptions: readonly ModuleDescription[],
  name: string,
  params: Params,
): Promise<RunReport> {
  const targets = findTargets(descriptions, name).map((id) => getDag(db, id)!);
  checkParams(targets, params);
  scheduler.resume();
  await scheduler.whenIdle();
  const own = (dag: DagRecord): Params => (targets.length === 1 ? params : knownParams(dag.definition, params));
  scheduler.create(targets.map((dag) => manualRun(db, dag, own(dag))));
  await scheduler.whenIdle();
  const runs = scheduler.touched.map((id) => viewRun(db, id));
  return {
    state: runs.every(({ state }) => state === 'success') ? 'success' : 'failed',
    runs,
    resumed: scheduler.interrupted,
  };
}

/** Ids of the DAGs that a name stands for. */
function findTargets(descriptions: readonly ModuleDescription[], name: string): readonly string[] {
  const module = descriptions.find((each) => each.module.name === name);
  if (module && !module.ok) throw RidgelineError.fromInfo(module.error);
  if (module?.ok) {
    const unscheduled = module.dags.filter(({ schedule }) => !schedule.datasets && !schedule.cron);
    if (unscheduled.length > 0) return unscheduled.map(({ id }) => id);
    const message = `module "${name}": every pipeline in it waits for its schedule`;
    const remedy = `run one of them by name: ${module.dags.map(({ id }) => id).join(', ')}`;
    throw new RidgelineError('UNKNOWN_PIPELINE', 'usage', message, { remedy });
  }
  const loaded = descriptions.flatMap(dagsOf);
  if (loaded.some(({ id }) => id === name)) return [name];
  const modules = descriptions.map((each) => (each.ok ? each.module.name : `${each.module.name} (cannot be loaded)`));
  throw new RidgelineError('UNKNOWN_PIPELINE', 'usage', `no module or pipeline "${name}"`, {
    remedy: `there are: ${[...modules, ...loaded.map(({ id }) => id)].join(', ')}`,
  });
}

/** A parameter given to several pipelines goes to those that have it; one that none has is a mistake. */
function checkParams(targets: readonly DagRecord[], params: Params): void {
  for (const name of Object.keys(params)) {
    if (targets.some(({ definition }) => Object.hasOwn(definition.params, name))) continue;
    resolveParams(targets[0]!.definition, { [name]: params[name] });
  }
}
