import type { Table } from '../../contracts/table.ts';
import type { Core } from '../core.ts';
import { widen } from '../fold-fit.ts';
import type { FoldRange, FoldRangeResult } from '../fold-range.ts';
import { FoldSearch } from '../fold-search.ts';
import type { FoldSearchOptions } from '../fold-search.ts';
import type { RidgeResult } from '../ridge-fit.ts';
import { explainFit } from './explain-row.ts';
import { kernelRanges } from './kernel-ranges.ts';
import { RepeatedRows } from './repeated-rows.ts';

/** Of a kernel that takes as long, for each pair of columns: a QR is not as fast as a product. */
export const QR_FLOPS = 8;

export interface FoldRows {
  /** Of each feature, as it is stored. */
  readonly min: number[];
  readonly max: number[];
  /** Per target. */
  readonly fits: readonly { readonly result: RidgeResult; readonly r2: number }[];
}

/**
 * K-fold cross-validation over the rows of a table: one read, and another to count them where the table cannot say how many
 * there are.
 *
 * @param columns features, targets, and the weights of a weighted fit
 * @throws {RidgelineError} MISSING_VALUE, NON_FINITE, BAD_WEIGHT, BAD_FOLDS, TOO_FEW_ROWS, BAD_ALPHA
 */
export async function foldRows(
  core: Core,
  table: Table,
  columns: readonly string[],
  folds: number,
  options: FoldSearchOptions,
): Promise<FoldRows> {
  const { p, targets = 1 } = options;
  const y = p + targets;
  const rows = new RepeatedRows(table, columns);
  let n = table.numRows ?? 0;
  if (table.numRows === undefined) for await (const block of rows.blocks()) n += block[0]!.length;
  const spread = kernelRanges(table, columns, core.chunkRows, QR_FLOPS * (p + targets) ** 2);
  const search = new FoldSearch(core, n, folds, options);
  const min = Array.from({ length: p }, () => Infinity);
  const max = Array.from({ length: p }, () => -Infinity);
  try {
    do {
      if (spread !== undefined) {
        for (const done of await spread.run<FoldRange, FoldRangeResult>('fold.range', { job: search.job, columns })) {
          search.append(done.part);
          for (let j = 0; j < p; j++) widen(min, max, j, [done.min[j]!, done.max[j]!]);
        }
        continue;
      }
      for await (const block of rows.blocks()) {
        search.push(block.slice(0, p), block.slice(p, y), block[y]);
        for (let j = 0; j < p; j++) widen(min, max, j, block[j]!);
      }
    } while (search.next());
  } catch (error) {
    throw await explainFit(error, table, columns);
  }
  return { min, max, fits: search.finish().map((result, target) => ({ result, r2: search.r2(result, target) })) };
}
