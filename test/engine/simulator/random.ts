/** Seeded numbers (mulberry32): the only source of chance in a simulation. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** In [0, 1). */
  next = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };

  /** Whole number in [0, n). */
  below(n: number): number {
    return Math.floor(this.next() * n);
  }

  chance(p: number): boolean {
    return this.next() < p;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }
}

/** The same number for the same words, whatever the simulation has drawn so far. */
export function hash(seed: number, ...words: readonly (string | number)[]): number {
  let h = seed ^ 0x811c9dc5;
  for (const char of words.join('\u0000')) h = Math.imul(h ^ char.codePointAt(0)!, 0x01000193);
  return new Random(h).next();
}
