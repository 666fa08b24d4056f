import { RidgelineError, toErrorInfo, type ErrorInfo } from '../../contracts/errors.ts';
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

/** Who waits for the store: tells when the first finds it away, and when nobody waits for it any more. */
export class StoreWatch {
  readonly #emit: Ports['emit'];
  readonly #waiting = new Set<object>();

  constructor({ emit }: Pick<Ports, 'emit'>) {
    this.#emit = emit;
  }

  /** False: this one had found it away before, and not seen it since. */
  away(who: object, error: ErrorInfo): boolean {
    if (this.#waiting.has(who)) return false;
    if (this.#waiting.size === 0) this.#emit({ type: 'store.away', error });
    this.#waiting.add(who);
    return true;
  }

  /** It has answered this one, or need not any more. */
  back(who: object): void {
    if (this.#waiting.delete(who) && this.#waiting.size === 0) this.#emit({ type: 'store.back' });
  }
}

/** @returns what throws what `attempt` throws once it is no outage, or the outage has lasted for `patienceMs` */
export function createPatience({ clock, patienceMs }: Ports, store: StoreWatch, signal: AbortSignal): Persist {
  return async (attempt) => {
    const who = {};
    let waited = 0;
    for (let delay = FIRST_DELAY_MS; ; delay = Math.min(2 * delay, LONGEST_DELAY_MS)) {
      try {
        const result = await attempt();
        store.back(who);
        return result;
      } catch (error) {
        if (!RidgelineError.is(error) || !isOutage(error) || waited + delay > patienceMs) throw error;
        store.away(who, toErrorInfo(error));
        await clock.sleep(delay, signal);
        waited += delay;
      }
    }
  };
}
