import type { Roof } from './roof.ts';

/** One line of a bench: what was measured, against which baseline. The shape `npm run bench -- --json` prints. */
export interface Row {
  readonly case: string;
  readonly rows: number;
  readonly columns: number;
  readonly threads: number;
  readonly medianMs: number;
  readonly minMs: number;
  /** Where delays, not work, are measured. */
  readonly p95Ms?: number;
  readonly p99Ms?: number;
  /** Name and version of what it was measured against in the same run; null when there was nothing. */
  readonly baseline: string | null;
  readonly baselineMedianMs: number | null;
  readonly baselineMinMs: number | null;
  /** baselineMedianMs / medianMs: how many times faster we are. */
  readonly ratio: number | null;
  /** The least time this machine could need, from flops and bytes; null where nobody has worked it out. */
  readonly floorMs: number | null;
  /** The first time in a fresh process, loading and compiling the core included; null where it was not measured. */
  readonly coldMs: number | null;
  /** Of a fresh process that does this once, data included; null where it was not measured. */
  readonly peakRssBytes: number | null;
  readonly baselinePeakRssBytes: number | null;
}

export interface BenchOptions {
  readonly threads: number;
  /** Of one core. */
  readonly roof: Roof;
  /** Time given to each case, once everything is warm. */
  readonly secondsPerCase: number;
  /** Tells the person what is going on; never on stdout. */
  readonly say: (line: string) => void;
}

/** Adding a case is adding one of these to a file of `cases/`. */
export interface Case {
  readonly name: string;
  /** Runs on one thread or several, as it is told; without it what `--threads` says makes no difference. */
  readonly threaded?: boolean;
  /** Takes so long, or so much disk, that it is run when it is asked for by name alone. */
  readonly onlyNamed?: boolean;
  run(options: BenchOptions): Promise<Row[]>;
}

export interface Summary {
  readonly medianMs: number;
  readonly minMs: number;
}

export function summarise(samples: readonly number[]): Summary {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const medianMs = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { medianMs, minMs: sorted[0]! };
}
