import { RidgelineError, toErrorInfo } from '../../contracts/errors.ts';
import type { Ports } from './ports.ts';

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 5000;

/** True for what a store may recover from by itself: no reason to call an attempt or a run failed. */
export function isOutage(error: unknown): boolean {
  const { code } = error as { code?: string };
  return code === 'STORE_UNREACHABLE' || code === 'STORE_FULL';
}

/** Does something to the store again and again while it is away. */
export type Persist = <T>(attempt: () => Promise<T>) => Promise<T>;

/**
 * Tells when the store is found away, and when nobody waits for it any more.
 *
 * @returns what throws what `attempt` throws once it is no outage, or the outage has lasted for `patienceMs`
 */
export function createPatience({ clock, patienceMs, emit }: Ports, signal: AbortSignal): Persist {
  let waiting = 0;
  return async (attempt) => {
    let waited = 0;
    for (let delay = FIRST_DELAY_MS; ; delay = Math.min(2 * delay, LONGEST_DELAY_MS)) {
      try {
        const result = await attempt();
        if (waited > 0 && --waiting === 0) emit({ type: 'store.back' });
        return result;
      } catch (error) {
        if (!RidgelineError.is(error) || !isOutage(error) || waited + delay > patienceMs) throw error;
        if (waited === 0 && waiting++ === 0) emit({ type: 'store.away', error: toErrorInfo(error) });
        await clock.sleep(delay, signal);
        waited += delay;
      }
    }
  };
}
