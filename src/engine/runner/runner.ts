import type { Params } from '../../contracts/definition.ts';
import type { ModuleRef } from '../../contracts/executor.ts';
import { lockScheduler } from '../state/scheduler-lock.ts';
import type { RunReport } from '../views.ts';
import { Modules } from './modules.ts';
import type { Ports } from './ports.ts';
import { takeUp } from './publisher.ts';
import { runToEnd } from './run-to-end.ts';
import { interrupted, Scheduler } from './scheduler.ts';
import { serve, type ServeOptions } from './serve.ts';

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
  run(name: string, options?: { params?: Params }): Promise<RunReport>;
  /**
   * Works until the signal of `start` is aborted, and then lets what works end within a limit: events of this and of other
   * homes, schedules by the clock, and whatever other processes ask for through the database.
   *
   * @throws what the store threw, once it has been away for longer than `patienceMs`.
   */
  serve(options?: ServeOptions): Promise<void>;
  /** Looks at what this process has written through the engine; other processes are noticed by themselves. */
  look(): void;
  /** Gives the scheduler's place up. The executor stays the caller's to close. */
  close(): Promise<void>;
}

/** Becomes the scheduler of a home, follows the log and records what the modules hold. */
export async function startRunner(
  ports: Ports,
  homeDir: string,
  modules: () => readonly ModuleRef[],
  signal: AbortSignal | undefined,
): Promise<Runner> {
  const { db, executor, clock, emit } = ports;
  const describing = Promise.all(modules().map((module) => executor.describe(module)));
  describing.catch(() => {}); // heard of below, once the lock is held
  const lock = await lockScheduler(homeDir, db, clock, (holder) => emit({ type: 'scheduler.waiting', holder }), signal);
  try {
    await takeUp(db, ports.log);
    const pipelines = await Modules.load(ports, modules, describing);
    await pipelines.refresh(); // a stand-by has waited, and files may have changed
    const scheduler = new Scheduler(ports, pipelines);
    const interrupt = (): void => scheduler.stop(interrupted());
    return {
      async run(name, { params = {} } = {}) {
        if (signal?.aborted) throw interrupted();
        signal?.addEventListener('abort', interrupt, { once: true });
        return runToEnd(ports, scheduler, pipelines.descriptions, name, params);
      },
      serve: (options = {}) => serve(ports, scheduler, signal, options),
      look: () => scheduler.look(),
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
