import { RidgelineError } from '../../contracts/errors.ts';
import type { Clock } from '../../contracts/ports.ts';

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 5000;

/** True for what a store may recover from by itself: no reason to call an attempt or a run failed. */
export function isOutage(error: unknown): boolean {
  const { code } = error as { code?: string };
  return code === 'STORE_UNREACHABLE' || code === 'STORE_FULL';
}

/**
 * Does something to the store again and again while it is away.
 *
 * @throws what `attempt` throws once it is no outage, or the outage has lasted for `patienceMs`.
 */
export async function persist<T>(
  clock: Clock,
  patienceMs: number,
  signal: AbortSignal,
  attempt: () => Promise<T>,
): Promise<T> {
  let waited = 0;
  for (let delay = FIRST_DELAY_MS; ; delay = Math.min(2 * delay, LONGEST_DELAY_MS)) {
    try {
      return await attempt();
    } catch (error) {
      if (!RidgelineError.is(error) || !isOutage(error) || waited + delay > patienceMs) throw error;
      await clock.sleep(delay, signal);
      waited += delay;
    }
  }
}
