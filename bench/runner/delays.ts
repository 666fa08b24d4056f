import type { RunView } from '../../src/engine/index.ts';
import { summarise, type BenchOptions, type Row } from '../case.ts';
import type { BenchHome } from './bench-home.ts';

export const ROUNDS = 200;
const WARM_UP = 20;

/** `since` and `at` in what a run's last task returned: the instant before, and the first line of the code waited for. */
export async function delays(
  { say }: BenchOptions,
  name: string,
  home: BenchHome,
  dag: string | ((round: number) => string),
  cause: (round: number) => Promise<void> | void,
): Promise<Row> {
  const samples: number[] = [];
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    const finished = home.finished(typeof dag === 'string' ? dag : dag(round));
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

export function toRow(name: string, samples: readonly number[]): Row {
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
    baselineMinMs: null,
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
