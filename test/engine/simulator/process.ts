import { RidgelineError } from '../../../src/contracts/errors.ts';
import type { Clock } from '../../../src/contracts/ports.ts';
import type { Store } from '../../../src/contracts/store.ts';
import type { MemoryStore } from '../../../src/data/store/memory-store.ts';
import type { World } from './clock.ts';
import type { Random } from './random.ts';

/** What goes wrong, beside processes that die. */
export interface Weather {
  /** The store cannot be reached before this time. */
  outageUntil: number;
  /** Before this time a call to the store takes seconds. */
  slowUntil: number;
  /** Disks take no more before this time. */
  fullUntil: number;
  /** Chance that one call to the store fails, before or after it had its effect. */
  flaky: number;
  /** Wall clock of a home minus true time. */
  skew: Map<string, number>;
}

/** One incarnation of a process: dies after a number of effects, between them, and is never heard of again. */
export class Process {
  readonly home: string;
  readonly world: World;
  readonly random: Random;
  readonly weather: Weather;
  alive = true;
  /** Effects left to live; infinite for one that does not die by itself. */
  #left: number;
  readonly #mortal: boolean;

  constructor(home: string, world: World, random: Random, weather: Weather, effects: number) {
    this.home = home;
    this.world = world;
    this.random = random;
    this.weather = weather;
    this.#left = effects;
    this.#mortal = effects < Infinity;
  }

  kill(): void {
    this.alive = false;
  }

  /** Counts an effect; the process may die of it. */
  effect(): void {
    if (this.alive && this.#left-- <= 0) this.alive = false;
    if (!this.alive) throw new Error('this process is dead');
  }

  /** Something that takes time; nothing comes back to a dead process. */
  wait(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = (): void => reject(signal!.reason as Error);
      signal?.addEventListener('abort', abort, { once: true });
      this.world.after(ms, () => {
        signal?.removeEventListener('abort', abort);
        if (this.alive) resolve();
      });
    });
  }

  readonly clock: Clock = {
    now: () => this.world.now + (this.weather.skew.get(this.home) ?? 0),
    sleep: async (ms, signal) => {
      if (!this.alive) await new Promise(() => {});
      signal?.throwIfAborted();
      await this.wait(ms, signal);
    },
  };

  /** The shared store as this process reaches it: slow, sometimes away, sometimes unsure. */
  store(shared: MemoryStore): Store {
    const call = async <T>(body: () => Promise<T>): Promise<T> => {
      if (!this.alive) await new Promise(() => {});
      this.effect();
      await this.wait(1 + this.random.below(this.world.now < this.weather.slowUntil ? 4000 : 20));
      this.#check();
      const result = await body();
      await this.wait(this.random.below(5));
      this.effect();
      this.#check();
      return result;
    };
    return {
      url: 'sim:',
      head: (key) => call(() => shared.head(key)),
      open: (key) => call(() => shared.open(key)),
      get: (key) => call(() => shared.get(key)),
      put: (key, body) => call(() => shared.put(key, body)),
      create: (key, body) =>
        call(async () => {
          const created = await shared.create(key, body);
          // The worst moment there is: the commit exists, and nobody has been told.
          if (this.#mortal && this.random.chance(0.05)) this.kill();
          return created;
        }),
      delete: (key) => call(() => shared.delete(key)),
      list: (prefix, options) => shared.list(prefix, options),
      close: () => Promise.resolve(),
    };
  }

  #check(): void {
    if (this.world.now < this.weather.outageUntil || this.random.chance(this.weather.flaky)) {
      throw new RidgelineError('STORE_UNREACHABLE', 'store', 'sim: the store is away');
    }
  }
}
