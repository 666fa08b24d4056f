import type { Clock } from '../../contracts/ports.ts';

/** Timers cannot be set for longer than about 24 days; an hour also bounds what a clock set back can cost. */
const LONGEST_SLEEP_MS = 3_600_000;

/**
 * Calls back at times on the clock; under one name the earliest counts. The callback gets the time that was waited for:
 * should the wall clock have been set back meanwhile, that time has come all the same.
 */
export function createWakeups(clock: Clock, signal: AbortSignal, onFailure: (error: unknown) => void) {
  const due = new Map<string, { readonly time: number }>();

  function wait(ms: number, then: () => void): void {
    const part = Math.min(Math.max(0, ms), LONGEST_SLEEP_MS);
    clock
      .sleep(part, signal)
      .then(() => (ms > part ? wait(ms - part, then) : then()))
      .catch((error: unknown) => {
        if (!signal.aborted) onFailure(error);
      });
  }

  return {
    at(time: number, name: string, wake: (time: number) => void): void {
      const before = due.get(name);
      if (before !== undefined && before.time <= time) return;
      const entry = { time };
      due.set(name, entry);
      wait(time - clock.now(), () => {
        if (due.get(name) !== entry) return;
        due.delete(name);
        wake(time);
      });
    },
    forget: (name: string): void => void due.delete(name),
  };
}

export type Wakeups = ReturnType<typeof createWakeups>;
