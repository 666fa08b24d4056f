import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT_CODES, RidgelineError } from '../contracts/errors.ts';

/**
 * The signal that Ctrl-C and SIGTERM abort. What runs then stops at a state that the next start resumes; whoever asks a
 * second time does not want to wait for that.
 */
export function onInterrupt(process: NodeJS.Process): AbortSignal {
  const controller = new AbortController();
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(EXIT_CODES.interrupted);
    controller.abort(
      new RidgelineError('INTERRUPTED', 'interrupted', 'interrupted', {
        remedy: 'the same command again finishes what was under way',
      }),
    );
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  // Whoever reads our output may stop early: `ridgeline dataset get … | head`.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    process.stderr.write(`ridgeline: cannot write to standard output: ${error.message}\n`);
    process.exit(EXIT_CODES.store);
  });
  return controller.signal;
}

/** Ends waiting for work that nothing has to be cleaned up after. @throws what an interrupt came with. */
export async function interruptible<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise: interrupted, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason as Error);
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop);
  try {
    return await Promise.race([work, interrupted]);
  } finally {
    signal.removeEventListener('abort', stop);
    work.catch(() => {});
  }
}

/** Waits. @throws what an interrupt came with. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch((error: unknown) => {
    throw signal.aborted ? signal.reason : error;
  });
}
