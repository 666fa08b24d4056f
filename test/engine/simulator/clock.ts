/** Time that passes only when everything else has come to rest. */
export class World {
  now = 1_800_000_000_000;
  #order = 0;
  readonly #timers: { time: number; order: number; fire: () => void }[] = [];

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#timers.push({ time: this.now + Math.max(0, ms), order: this.#order++, fire: resolve });
    });
  }

  /** Lets `ms` pass, or less when `until` comes true. */
  async pass(ms: number, until: () => boolean = () => false): Promise<void> {
    const end = this.now + ms;
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (until()) return;
      const next = this.#earliest();
      if (next === undefined || next.time > end) break;
      this.now = Math.max(this.now, next.time);
      next.fire();
    }
    this.now = end;
  }

  #earliest(): { time: number; fire: () => void } | undefined {
    let best = -1;
    for (const [i, timer] of this.#timers.entries()) {
      const other = this.#timers[best];
      if (!other || timer.time < other.time || (timer.time === other.time && timer.order < other.order)) best = i;
    }
    const found = this.#timers[best];
    if (found !== undefined && best >= 0) this.#timers.splice(best, 1);
    return found;
  }
}
