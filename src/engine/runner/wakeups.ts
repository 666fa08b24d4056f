import type { Clock } from '../../contracts/ports.ts';

/** Calls back at times on the clock; the earliest asked for under a name counts. */
export class Wakeups {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #due = new Map<string, number>();

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
  }

  at(time: number, name: string, wake: () => void): void {
    const before = this.#due.get(name);
    if (before !== undefined && before <= time) return;
    this.#due.set(name, time);
    this.#clock.sleep(Math.max(0, time - this.#clock.now()), this.#signal).then(
      () => {
        if (this.#due.get(name) !== time) return;
        this.#due.delete(name);
        wake();
      },
      () => {}, // aborted: the engine stops
    );
  }
}
