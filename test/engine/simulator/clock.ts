/** Callbacks for one turn of the event loop: promises come to rest between two of them, and a turn each would cost more. */
const BATCH = 32;

/** Time that passes only when everything else has come to rest. */
export class World {
  now = 1_800_000_000_000;
  /** By time, then in the order they were set. */
  readonly #timers: { time: number; fire: () => void }[] = [];

  after(ms: number, fire: () => void): void {
    const time = this.now + Math.max(0, ms);
    const before = this.#timers.findLastIndex((timer) => timer.time <= time);
    this.#timers.splice(before + 1, 0, { time, fire });
  }

  pass(ms: number): Promise<void> {
    const end = this.now + ms;
    return new Promise((resolve) => {
      let over = false;
      const step = (): void => {
        if (over) return;
        const next = this.#timers[0];
        over = next === undefined || next.time > end;
        if (over) {
          this.now = end;
          resolve();
          return;
        }
        this.#timers.shift();
        this.now = Math.max(this.now, next!.time);
        next!.fire();
      };
      const turn = (): void => {
        for (let i = 0; i < BATCH; i++) setImmediate(step);
        setImmediate(() => {
          if (!over) turn();
        });
      };
      turn();
    });
  }
}
