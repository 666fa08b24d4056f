import { announceServing } from '../state/scheduler-lock.ts';
import type { Ports } from './ports.ts';
import { interrupted, type Scheduler } from './scheduler.ts';

export interface ServeOptions {
  /** Between two looks at the log for what other homes have committed (R17), default 1,000. */
  readonly pollMs?: number;
  /** Between two looks for what other processes have written to the database, default 500, should nobody tell of it. */
  readonly watchMs?: number;
  /** Between two looks at the files of the pipelines, default 500: an edited one is read again for the next run. */
  readonly reloadMs?: number;
  /** What works when the signal comes may go on for so long, default 10,000; then it is stopped and resumes later. */
  readonly drainMs?: number;
}

/** A backstop only (R8): everything that changes is looked at when it changes. */
const SWEEP_MS = 30_000;

/** What `Runner.serve` says. */
export async function serve(
  { db, clock }: Ports,
  scheduler: Scheduler,
  signal: AbortSignal | undefined,
  { pollMs = 1000, watchMs = 500, reloadMs = 500, drainMs = 10_000 }: ServeOptions,
): Promise<void> {
  announceServing(db);
  let seen = db.dataVersion();
  scheduler.resume();
  const { nextCron } = await import('../plan/cron.ts');
  scheduler.followClock(nextCron);

  const loops = new AbortController();
  const every = async (ms: number, body: () => void | Promise<void>): Promise<void> => {
    try {
      for (;;) {
        await clock.sleep(ms, loops.signal);
        await body();
      }
    } catch (error) {
      if (!loops.signal.aborted) scheduler.stop(error);
    }
  };
  const lookIfWritten = (): void => {
    try {
      const now = db.dataVersion();
      if (now !== seen) scheduler.look();
      seen = now;
    } catch (error) {
      scheduler.stop(error);
    }
  };
  // Looking often enough to be as quick took a hundredth of a core.
  db.watch(lookIfWritten, loops.signal);
  lookIfWritten();
  const looping = [
    every(pollMs, () => scheduler.sync()),
    every(watchMs, lookIfWritten),
    every(reloadMs, () => {
      db.checkFile();
      return scheduler.refresh();
    }),
    every(SWEEP_MS, () => scheduler.look()),
  ];

  const stopped = scheduler.whenStopped();
  const asked = new Promise<void>((resolve) => {
    if (signal?.aborted) resolve();
    signal?.addEventListener('abort', () => resolve(), { once: true });
  });
  const failure = await Promise.race([stopped, asked]);
  loops.abort();
  if (failure === undefined) {
    await scheduler.drain(drainMs);
    scheduler.stop(interrupted());
  }
  await Promise.all(looping);
  if (failure !== undefined) throw failure;
}
