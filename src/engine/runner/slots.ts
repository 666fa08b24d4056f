/** Counts what holds the named concurrency slots. */
export class Slots {
  readonly #capacity: Readonly<Record<string, number>>;
  readonly #used = new Map<string, number>();

  constructor(capacity: Readonly<Record<string, number>>) {
    this.#capacity = capacity;
  }

  room(slot: string): number {
    return (this.#capacity[slot] ?? 1) - (this.#used.get(slot) ?? 0);
  }

  take(slots: readonly string[]): void {
    for (const slot of slots) this.#used.set(slot, (this.#used.get(slot) ?? 0) + 1);
  }

  give(slots: readonly string[]): void {
    for (const slot of slots) this.#used.set(slot, this.#used.get(slot)! - 1);
  }
}
