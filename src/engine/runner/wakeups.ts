import type { Clock } from '../../contracts/ports.ts';

/** Timers cannot be set for longer than about 24 days; an hour also bounds what a clock set back can cost. */
const LONGEST_SLEEP_MS = 3_600_000;

/**
 * Calls back at times on the clock; under one name the earliest counts. The callback gets the time that was waited for:
 * should the wall clock have been set back meanwhile, that time has come all the same.
 */
export class Wakeups {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #onFailure: (error: unknown) => void;
  readonly #due = new Map<string, { readonly time: number }>();

  constructor(clock: Clock, signal: AbortSignal, onFailure: (error: unknown) => void) {
    this.#clock = clock;
    this.#signal = signal;
    this.#onFailure = onFailure;
  }

  at(time: number, name: string, wake: (time: number) => void): void {
    const before = this.#due.get(name);
    if (before !== undefined && before.time <= time) return;
    const entry = { time };
    this.#due.set(name, entry);
    this.#wait(time - this.#clock.now(), () => {
      if (this.#due.get(name) !== entry) return;
      this.#due.delete(name);
      wake(time);
    });
  }

  forget(name: string): void {
    this.#due.delete(name);
  }

  #wait(ms: number, then: () => void): void {
    const part = Math.min(Math.max(0, ms), LONGEST_SLEEP_MS);
    this.#clock
      .sleep(part, this.#signal)
      .then(() => (ms > part ? this.#wait(ms - part, then) : then()))
      .catch((error: unknown) => {
        if (!this.#signal.aborted) this.#onFailure(error);
      });
  }
}
