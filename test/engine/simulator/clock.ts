/** Time that passes only when everything else has come to rest. */
export class World {
  now = 1_800_000_000_000;
  /** By time, then in the order they were set. */
  readonly #timers: { time: number; fire: () => void }[] = [];

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const time = this.now + Math.max(0, ms);
      const after = this.#timers.findLastIndex((timer) => timer.time <= time);
      this.#timers.splice(after + 1, 0, { time, fire: resolve });
    });
  }

  /** Lets `ms` pass, or less when `until` comes true. */
  async pass(ms: number, until: () => boolean = () => false): Promise<void> {
    const end = this.now + ms;
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (until()) return;
      const next = this.#timers[0];
      if (next === undefined || next.time > end) break;
      this.#timers.shift();
      this.now = Math.max(this.now, next.time);
      next.fire();
    }
    this.now = end;
  }
}
