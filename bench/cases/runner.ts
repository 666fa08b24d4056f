import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Case, Row } from '../case.ts';
import { withBenchHome, type BenchHome } from '../runner/bench-home.ts';
import { delays, ROUNDS, toRow } from '../runner/delays.ts';

const PIPELINES = new URL('../runner/pipelines.ts', import.meta.url);

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
