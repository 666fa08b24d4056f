import type { RowRange } from '../contracts/row-ranges.ts';
import type { Table } from '../contracts/table.ts';
import type { Core } from './core.ts';
import { foldsByHash, rowsBeforeByHash, widen } from './fold-fit.ts';
import type { FoldOptions, FoldPart } from './fold-fit.ts';

/** One range of rows of fits that keep their statistics: what a kernel thread is asked to do. */
export interface KeptRange extends RowRange {
  /** One for each target, on the same features and with the same weights. */
  readonly kept: readonly Omit<FoldOptions, 'foldOf' | 'firstRow' | 'before'>[];
  /** Features, then the targets, then the weights of a weighted fit. */
  readonly columns: readonly string[];
}

/** What the range came to. */
export interface KeptRangeResult {
  /** Of each fit. */
  readonly parts: readonly FoldPart[][];
  readonly rows: number;
  /** Of each feature, as it is stored. */
  readonly min: number[];
  readonly max: number[];
}

/** Does one range. The parts of all ranges, appended in row order, have the bits of one read of all rows. */
export async function keptRange(
  core: Core,
  table: Table,
  { kept, columns, rows }: KeptRange,
): Promise<KeptRangeResult> {
  const { p } = kept[0]!;
  const fits = kept.map((options) => {
    const { folds, origin = 0 } = options;
    const firstRow = origin + rows[0];
    return core.foldFit({
      ...options,
      foldOf: foldsByHash(folds),
      firstRow,
      before: rowsBeforeByHash(folds, firstRow),
    });
  });
  const min = Array.from({ length: p }, () => Infinity);
  const max = Array.from({ length: p }, () => -Infinity);
  for await (const batch of table.batches({ columns, rows })) {
    const block = columns.map((name) => batch.float64(name));
    const [x, weights] = [block.slice(0, p), block.slice(p + fits.length)];
    fits.forEach((fit, k) => fit.push([...x, block[p + k]!, ...weights]));
    x.forEach((column, j) => widen(min, max, j, column));
  }
  return { parts: fits.map((fit) => fit.parts()), rows: rows[1] - rows[0], min, max };
}
