import { refuseLoops } from '../../authoring/index.ts';
import { RidgelineError, toErrorInfo } from '../../contracts/errors.ts';
import type { ModuleDescription, ModuleRef } from '../../contracts/executor.ts';
import { registerModules } from '../state/dag-tables.ts';
import { lockScheduler } from '../state/scheduler-lock.ts';
import type { RunReport } from '../views.ts';
import type { Ports } from './ports.ts';
import { follow } from './publisher.ts';
import { runToEnd } from './run-to-end.ts';
import { interrupted, Scheduler } from './scheduler.ts';
import { serve } from './serve.ts';
import type { ServeOptions } from './serve.ts';

/** The one scheduler of a home, while it lives. One of `run` and `serve` is called, once. */
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
  /**
   * Works until the signal of `start` is aborted, and then lets what works end within a limit: events of this and of other
   * homes, schedules by the clock, and whatever other processes ask for through the database.
   *
   * @throws what the store threw, once it has been away for longer than `patienceMs`.
   */
  serve(options?: ServeOptions): Promise<void>;
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
    const descriptions = await checkCrons(await describing, clock.now());
    checkTogether(descriptions);
    db.transaction(() => registerModules(db, descriptions));
    for (const each of descriptions) {
      if (!each.ok) emit({ type: 'module.broken', module: each.module, error: each.error });
    }
    const loaded = new Set(descriptions.flatMap((each) => (each.ok ? each.dags.map(({ id }) => id) : [])));
    const scheduler = new Scheduler(ports, loaded);
    const interrupt = (): void => scheduler.stop(interrupted());
    return {
      async run(name, { params = {} } = {}) {
        if (signal?.aborted) throw interrupted();
        signal?.addEventListener('abort', interrupt, { once: true });
        return runToEnd(ports, scheduler, descriptions, name, params);
      },
      serve: (options = {}) => serve(ports, scheduler, signal, options),
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

/** A module with a cron that is none counts as broken. The cron library is loaded only for those that need it. */
async function checkCrons(
  descriptions: readonly ModuleDescription[],
  now: number,
): Promise<readonly ModuleDescription[]> {
  if (!descriptions.some((each) => each.ok && each.dags.some(({ schedule }) => schedule.cron))) return descriptions;
  const { nextCron } = await import('../plan/cron.ts');
  return descriptions.map((each) => {
    try {
      for (const { schedule } of each.ok ? each.dags : []) if (schedule.cron) nextCron(schedule.cron, now);
      return each;
    } catch (error) {
      return { ok: false, module: each.module, error: toErrorInfo(error) };
    }
  });
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
