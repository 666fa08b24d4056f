import type { RowRange } from '../contracts/row-ranges.ts';
import type { Table } from '../contracts/table.ts';
import type { Core } from './core.ts';
import { widen } from './fold-fit.ts';
import { FoldPass } from './fold-search.ts';
import type { FoldJob, FoldRangePart } from './fold-search.ts';
import { keptRange } from './kept-range.ts';
import type { KeptRange, KeptRangeResult } from './kept-range.ts';

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
export async function foldRange(
  core: Core,
  table: Table,
  range: FoldRange | KeptRange,
): Promise<FoldRangeResult | KeptRangeResult> {
  if ('kept' in range) return keptRange(core, table, range);
  const { job, columns, rows } = range;
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
