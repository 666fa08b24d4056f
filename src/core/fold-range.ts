import type { RowRange } from '../contracts/row-ranges.ts';
import type { Table } from '../contracts/table.ts';
import type { Core } from './core.ts';
import { FoldPass } from './fold-search.ts';
import type { FoldJob, FoldRangePart } from './fold-search.ts';

/** One range of rows of K-fold cross-validation, from a multiple of the core's chunk on: what a kernel thread is asked to do. */
export interface FoldRange extends RowRange {
  readonly job: FoldJob;
  /** Features, then the targets, then the weights of a weighted fit. */
  readonly columns: readonly string[];
}

/** What the range came to. */
export interface FoldRangeResult {
  readonly part: FoldRangePart;
  /** Of each feature, as it is stored. */
  readonly min: number[];
  readonly max: number[];
}

/** Does one range. The parts of all ranges, appended in row order, have the bits of one read of all rows. */
export async function foldRange(core: Core, table: Table, { job, columns, rows }: FoldRange): Promise<FoldRangeResult> {
  const { p, targets = 1 } = job.options;
  const pass = new FoldPass(core, job, rows[0]);
  const min = Array.from({ length: p }, () => Infinity);
  const max = Array.from({ length: p }, () => -Infinity);
  for await (const batch of table.batches({ columns, rows })) {
    const block = columns.map((name) => batch.float64(name));
    pass.push(block.slice(0, p), block.slice(p, p + targets), block[p + targets]);
    for (let j = 0; j < p; j++) widen(min, max, j, block[j]!);
  }
  return { part: pass.save(), min, max };
}

/** Takes the smallest and largest value of column j in. */
export function widen(min: number[], max: number[], j: number, values: ArrayLike<number>): void {
  let low = min[j]!;
  let high = max[j]!;
  // Faster than comparisons: nothing to predict.
  for (let i = 0; i < values.length; i += 1) {
    low = Math.min(low, values[i]!);
    high = Math.max(high, values[i]!);
  }
  min[j] = low;
  max[j] = high;
}
