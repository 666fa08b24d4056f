import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { EXIT_CODES, RidgelineError } from '../contracts/errors.ts';

/** SIGHUP is what the end of a terminal sends. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Who hears of these for an abort signal. */
const hearing = new WeakMap<AbortSignal, (on: 'on' | 'off') => void>();

/**
 * The signal that Ctrl-C, SIGTERM and the end of the terminal abort. What runs then stops at a state that the next start
 * resumes; whoever asks a second time does not want to wait for that. Nobody asks by SIGHUP: the shell and the system may
 * both send one.
 */
export function onInterrupt(process: NodeJS.Process): AbortSignal {
  const controller = new AbortController();
  const interrupt = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted && name !== 'SIGHUP') process.exit(EXIT_CODES.interrupted);
    controller.abort(
      new RidgelineError('INTERRUPTED', 'interrupted', 'interrupted', {
        remedy: 'the same command again finishes what was under way',
      }),
    );
  };
  const hear = (on: 'on' | 'off'): void => SIGNALS.forEach((name) => process[on](name, interrupt));
  hear('on');
  hearing.set(controller.signal, hear);
  process.stderr.on('error', () => {}); // a terminal that is gone; what is under way ends in order all the same
  // Whoever reads our output may stop early: `ridgeline dataset get … | head`.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    process.stderr.write(`ridgeline: cannot write to standard output: ${error.message}\n`);
    process.exit(EXIT_CODES.store);
  });
  return controller.signal;
}

/**
 * Waits for work that nothing has to be cleaned up after. Signals end the process meanwhile, as they do by themselves: the
 * numeric core may keep this thread for seconds, in which it would hear of none.
 *
 * @throws what an interrupt before came with
 */
export async function interruptible<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  await setImmediate(); // what came before is heard first
  signal.throwIfAborted();
  const hear = hearing.get(signal);
  hear?.('off');
  try {
    return await work();
  } finally {
    hear?.('on');
  }
}

/** Waits. @throws what an interrupt came with. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch((error: unknown) => {
    throw signal.aborted ? signal.reason : error;
  });
}
