import { setTimeout } from 'node:timers/promises';
import { summarise, type Summary } from './case.ts';

/** Someone who does the job `repeats` times and says how long one took, in ms. */
export interface Contender {
  readonly name: string;
  run(repeats: number): Promise<number> | number;
}

/** Before each turn: OpenBLAS's threads spin for tens of milliseconds after their last job, and would take part of the next. */
const SETTLE_MS = 100;

/** A turn is this long at least: short jobs are repeated, so that waking up from the others' turns does not count. */
const TURN_MS = 50;
/** Turns before counting: the first is cold, and how often a turn repeats is taken from the last. */
const WARM_UPS = 5;
/** Short jobs are done for so long beforehand: an engine compiles what is hot once it has seen it thousands of times. */
const WARM_MS = 1000;
/** What takes longer is warm after one. */
const LONG_MS = 5000;
/**
 * Who does a shorter job begins each turn with one that does not count: after seconds of another's work on gigabytes, caches
 * and clocks are at their worst, and who comes next in the same process would find them better. Then some that count, because
 * rounds with a long job in them are few.
 */
const SHORT_MS = 1000;
const SHORT_SAMPLES = 3;

const MIN_ROUNDS = 3;
const MAX_ROUNDS = 200;

/**
 * Runs contenders in turn, round after round, so that a machine that slows down slows all of them: only ratios of one run
 * mean anything on a shared machine. A few turns each beforehand warm up and are not counted.
 */
export async function interleave(contenders: readonly Contender[], seconds: number): Promise<Map<string, Summary>> {
  const samples = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
  const turns = new Map<string, { repeats: number; isShort: boolean }>();
  for (const { name, run } of contenders) {
    let lastMs = 0;
    const begin = performance.now();
    const isWarm = (jobs: number): boolean =>
      lastMs >= (jobs < 2 ? LONG_MS : TURN_MS) || (jobs >= WARM_UPS && performance.now() - begin >= WARM_MS);
    for (let jobs = 0; !isWarm(jobs); jobs++) lastMs = await run(1);
    turns.set(name, { repeats: Math.max(1, Math.ceil(TURN_MS / lastMs)), isShort: lastMs < SHORT_MS });
  }
  const end = performance.now() + seconds * 1000;
  for (let round = 0; round < MIN_ROUNDS || (round < MAX_ROUNDS && performance.now() < end); round++) {
    for (const { name, run } of contenders) {
      await setTimeout(SETTLE_MS);
      const { repeats, isShort } = turns.get(name)!;
      if (isShort) await run(repeats);
      for (let i = 0; i < (isShort ? SHORT_SAMPLES : 1); i++) samples.get(name)!.push(await run(repeats));
    }
  }
  return new Map([...samples].map(([name, list]) => [name, summarise(list)]));
}

/** A contender of this process: the clock around `job`, awaited if it is asynchronous. */
export function inProcess(name: string, job: () => unknown): Contender {
  return {
    name,
    async run(repeats) {
      const start = performance.now();
      for (let i = 0; i < repeats; i++) {
        const answer = job();
        if (answer instanceof Promise) await answer;
      }
      return (performance.now() - start) / repeats;
    },
  };
}
