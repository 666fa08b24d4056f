import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { RunView } from '../../src/engine/index.ts';
import { summarise, type BenchOptions, type Case, type Row } from '../case.ts';
import { withBenchHome, type BenchHome } from '../runner/bench-home.ts';

const PIPELINES = new URL('../runner/pipelines.ts', import.meta.url);
const ROUNDS = 200;
const WARM_UP = 20;

/** From events to first lines of user code, on an idle scheduler with warm threads, everything durable. */
export const runnerCases: readonly Case[] = [
  {
    name: 'runner',
    run: (options) =>
      withBenchHome(PIPELINES, async (home) => [
        await fsyncs(home),
        await delays(options, 'publish from outside to first line', home, 'arrivals', async (round) => {
          const value = { kind: 'json', value: { at: process.hrtime.bigint().toString() } } as const;
          await home.engine.publish({ dataset: 'outside', value, idempotencyKey: String(round) });
        }),
        await delays(
          options,
          'end of outlet task to first line',
          home,
          'tocks',
          () => void home.engine.trigger('ticks'),
        ),
        await delays(options, 'task to next task', home, 'relay', () => void home.engine.trigger('relay')),
        await fanOut(home),
      ]),
  },
];

/** What one small durable write costs on this disk: the part of every delay that no scheduler can avoid. */
async function fsyncs({ dir }: BenchHome): Promise<Row> {
  const samples = Array.from({ length: ROUNDS }, () => {
    const start = performance.now();
    const file = openSync(join(dir, 'fsync'), 'w');
    writeSync(file, 'x'.repeat(4096));
    fsyncSync(file);
    closeSync(file);
    return performance.now() - start;
  });
  return toRow('one fsync', samples);
}

/** `since` and `at` in what a run's last task returned: the instant before, and the first line of the code waited for. */
async function delays(
  { say }: BenchOptions,
  name: string,
  home: BenchHome,
  dag: string,
  cause: (round: number) => Promise<void> | void,
): Promise<Row> {
  const samples: number[] = [];
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    const finished = home.finished(dag);
    await cause(round);
    home.look();
    const delay = delayIn(await finished);
    if (round >= WARM_UP) samples.push(delay);
    else if (round === 0) say(`runner: ${name}, the very first: ${delay.toFixed(1)} ms`);
  }
  return toRow(name, samples);
}

function delayIn(run: RunView): number {
  const result = run.tasks.at(-1)?.result;
  const { at, since } = (result?.kind === 'json' ? result.value : undefined) as { at: string; since: string };
  return Number(BigInt(at) - BigInt(since)) / 1e6;
}

/** One run over 1,000 instances of a task that does nothing, from asking for it to its end. */
async function fanOut(home: BenchHome): Promise<Row> {
  const samples: number[] = [];
  for (let round = 0; round < 3; round++) {
    const start = performance.now();
    const finished = home.finished('fan');
    home.engine.trigger('fan');
    home.look();
    await finished;
    samples.push(performance.now() - start);
  }
  return toRow('1,000 mapped tasks', samples);
}

function toRow(name: string, samples: readonly number[]): Row {
  return {
    case: `runner: ${name}`,
    rows: samples.length,
    columns: 0,
    threads: 0,
    ...summarise(samples),
    p95Ms: quantile(samples, 0.95),
    p99Ms: quantile(samples, 0.99),
    baseline: null,
    baselineMedianMs: null,
    ratio: null,
    floorMs: null,
    coldMs: null,
    peakRssBytes: null,
    baselinePeakRssBytes: null,
  };
}

function quantile(samples: readonly number[], q: number): number {
  return samples.toSorted((a, b) => a - b)[Math.ceil(q * samples.length) - 1]!;
}
