import { refuseLoops } from '../../authoring/index.ts';
import { RidgelineError } from '../../contracts/errors.ts';
import type { ModuleDescription, ModuleRef } from '../../contracts/executor.ts';
import { resolveParams } from '../plan/params.ts';
import { inputDatasets } from '../plan/runs.ts';
import { getDag, registerModules } from '../state/dag-tables.ts';
import type { DagRecord } from '../state/dag-tables.ts';
import { pinFor } from '../state/pin.ts';
import { viewRun } from '../state/run-views.ts';
import { lockScheduler } from '../state/scheduler-lock.ts';
import type { RunView } from '../views.ts';
import type { Ports } from './ports.ts';
import { follow } from './publisher.ts';
import { interrupted, Scheduler } from './scheduler.ts';

export interface RunReport {
  /** `failed` when any of the runs failed. */
  readonly state: 'success' | 'failed';
  /** Interrupted runs that were finished first, then the runs asked for and what they triggered, in order of creation. */
  readonly runs: readonly RunView[];
  /** Ids of those that had been interrupted. */
  readonly resumed: readonly string[];
}

export interface Runner {
  /**
   * Finishes interrupted runs, starts the unscheduled DAGs of a module or one DAG, and goes on until everything that
   * their datasets trigger has ended.
   *
   * @param name a module's name or a DAG's id; a name that is both means the module
   * @throws {RidgelineError} UNKNOWN_PIPELINE naming what there is; BAD_PARAM; NO_VERSION when a dataset that it reads
   *   was never published; INTERRUPTED when the signal is aborted; of kind `store` when the store stays away.
   */
  run(name: string, options?: { params?: Readonly<Record<string, unknown>> }): Promise<RunReport>;
  /** Gives the scheduler's place up. The executor stays the caller's to close. */
  close(): Promise<void>;
}

/** Becomes the scheduler of a home, follows the log and records what the modules hold. */
export async function startRunner(
  ports: Ports,
  homeDir: string,
  modules: readonly ModuleRef[],
  signal: AbortSignal | undefined,
): Promise<Runner> {
  const { db, executor, clock, emit } = ports;
  const describing = Promise.all(modules.map((module) => executor.describe(module)));
  describing.catch(() => {}); // heard of below, once the lock is held
  const lock = await lockScheduler(homeDir, db, clock, (holder) => emit({ type: 'scheduler.waiting', holder }), signal);
  try {
    await follow(db, ports.homeId, ports.log);
    const descriptions = await describing;
    checkTogether(descriptions);
    db.transaction(() => registerModules(db, descriptions));
    for (const each of descriptions) {
      if (!each.ok) emit({ type: 'module.broken', module: each.module, error: each.error });
    }
    const loaded = new Set(descriptions.flatMap((each) => (each.ok ? each.dags.map(({ id }) => id) : [])));
    const scheduler = new Scheduler(ports, loaded);
    const interrupt = (): void => scheduler.stop(interrupted());
    if (signal?.aborted) interrupt();
    signal?.addEventListener('abort', interrupt, { once: true });
    return {
      run: (name, options = {}) => run(ports, scheduler, descriptions, name, options.params ?? {}),
      async close() {
        signal?.removeEventListener('abort', interrupt);
        scheduler.stop(interrupted());
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Across modules: ids are one namespace, and pipelines must not trigger each other in a loop (R14). */
function checkTogether(descriptions: readonly ModuleDescription[]): void {
  const owners = new Map<string, string>();
  for (const each of descriptions) {
    for (const { id } of each.ok ? each.dags : []) {
      const other = owners.get(id.toLowerCase());
      if (other !== undefined) {
        const message = `dag "${id}": its name, ignoring case, is in module "${other}" and in module "${each.module.name}"`;
        throw new RidgelineError('DUPLICATE_NAME', 'usage', message, { remedy: 'rename one of them' });
      }
      owners.set(id.toLowerCase(), each.module.name);
    }
  }
  refuseLoops(descriptions.flatMap((each) => (each.ok ? each.dags : [])));
}

async function run(
  ports: Ports,
  scheduler: Scheduler,
  descriptions: readonly ModuleDescription[],
  name: string,
  params: Readonly<Record<string, unknown>>,
): Promise<RunReport> {
  const { db } = ports;
  const targets = findTargets(descriptions, name).map((id) => getDag(db, id)!);
  checkParams(targets, params);
  scheduler.resume();
  await scheduler.whenIdle();
  scheduler.create(
    targets.map((dag) => ({
      dag,
      trigger: { type: 'manual' },
      params: resolveParams(dag.definition, pick(dag, targets, params)),
      inputs: pinNewest(ports, dag),
      emit: true,
    })),
  );
  await scheduler.whenIdle();
  const runs = scheduler.touched.map((id) => viewRun(db, id));
  return {
    state: runs.every(({ state }) => state === 'success') ? 'success' : 'failed',
    runs,
    resumed: [...scheduler.interrupted],
  };
}

/** Ids of the DAGs that a name stands for. */
function findTargets(descriptions: readonly ModuleDescription[], name: string): readonly string[] {
  const module = descriptions.find((each) => each.module.name === name);
  if (module && !module.ok) throw RidgelineError.fromInfo(module.error);
  if (module?.ok) {
    const unscheduled = module.dags.filter(({ schedule }) => !schedule.datasets && !schedule.cron);
    if (unscheduled.length > 0) return unscheduled.map(({ id }) => id);
    const ids = module.dags.map(({ id }) => id).join(', ');
    throw new RidgelineError(
      'UNKNOWN_PIPELINE',
      'usage',
      `module "${name}": every pipeline in it waits for its schedule`,
      {
        remedy: `run one of them by name: ${ids}`,
      },
    );
  }
  const loaded = descriptions.flatMap((each) => (each.ok ? each.dags : []));
  if (loaded.some(({ id }) => id === name)) return [name];
  const broken = descriptions.filter((each) => !each.ok).map((each) => `${each.module.name} (cannot be loaded)`);
  const names = [
    ...descriptions.filter((each) => each.ok).map((each) => each.module.name),
    ...loaded.map(({ id }) => id),
    ...broken,
  ];
  throw new RidgelineError('UNKNOWN_PIPELINE', 'usage', `no module or pipeline "${name}"`, {
    remedy: `there are: ${names.join(', ')}`,
  });
}

/** A parameter given to several pipelines goes to those that have it; one that none has is a mistake. */
function checkParams(targets: readonly DagRecord[], params: Readonly<Record<string, unknown>>): void {
  for (const name of Object.keys(params)) {
    if (targets.some(({ definition }) => Object.hasOwn(definition.params, name))) continue;
    resolveParams(targets[0]!.definition, { [name]: params[name] });
  }
}

function pick(
  dag: DagRecord,
  targets: readonly DagRecord[],
  params: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  if (targets.length === 1) return params;
  return Object.fromEntries(Object.entries(params).filter(([name]) => Object.hasOwn(dag.definition.params, name)));
}

/** With no event behind a run, the newest versions at its creation are pinned (R5). */
function pinNewest({ db }: Ports, dag: DagRecord): Readonly<Record<string, number>> {
  const pinned = pinFor(db, dag.definition, []);
  for (const name of inputDatasets(dag.definition)) {
    if (pinned[name] !== undefined) continue;
    throw new RidgelineError('NO_VERSION', 'usage', `${dag.id}: it reads dataset "${name}", which has no version yet`, {
      remedy: 'run the pipeline that publishes it first',
    });
  }
  return pinned;
}
