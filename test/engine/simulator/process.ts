import { DatabaseSync } from 'node:sqlite';
import { RidgelineError } from '../../../src/contracts/errors.ts';
import type { Clock } from '../../../src/contracts/ports.ts';
import type { Store } from '../../../src/contracts/store.ts';
import type { MemoryStore } from '../../../src/data/store/memory-store.ts';
import { Database } from '../../../src/engine/state/database.ts';
import type { World } from './clock.ts';
import type { Random } from './random.ts';

/** What goes wrong, beside processes that die. */
export interface Weather {
  /** The store cannot be reached before this time. */
  outageUntil: number;
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
  async wait(ms: number): Promise<void> {
    await this.world.sleep(ms);
    if (!this.alive) await new Promise(() => {});
  }

  readonly clock: Clock = {
    now: () => this.world.now + (this.weather.skew.get(this.home) ?? 0),
    sleep: async (ms, signal) => {
      if (!this.alive) await new Promise(() => {});
      signal?.throwIfAborted();
      const aborted = new Promise<never>((_, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
      aborted.catch(() => {});
      await Promise.race([this.wait(ms), aborted]);
    },
  };

  /** The shared store as this process reaches it: slow, sometimes away, sometimes unsure. */
  store(shared: MemoryStore): Store {
    const call = async <T>(body: () => Promise<T>): Promise<T> => {
      if (!this.alive) await new Promise(() => {});
      this.effect();
      await this.wait(1 + this.random.below(20));
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

/** A home's database as one process has it: it may die before a transaction or just after. */
export class SimDatabase extends Database {
  readonly #process: Process;
  readonly #file: HomeFile;

  constructor(file: HomeFile, process: Process) {
    super(file.db);
    this.#file = file;
    this.#process = process;
  }

  override transaction<T>(body: () => T, durability?: 'durable' | 'follows'): T {
    this.#process.effect();
    const result = super.transaction(body, durability);
    this.#process.effect();
    return result;
  }

  override dataVersion(): number {
    return this.#file.writesOfOthers;
  }
}

/** What of a home survives its processes. */
export class HomeFile {
  readonly db = new DatabaseSync(':memory:');
  writesOfOthers = 0;
}
