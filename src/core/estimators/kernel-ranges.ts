import { paysToSpread, threadServices } from '../../contracts/ports.ts';
import { bytesToCopy, cutRows, overRows } from '../../contracts/row-ranges.ts';
import type { RowRange, Rows } from '../../contracts/row-ranges.ts';
import { memoryOf, sourceOf } from '../../contracts/table.ts';
import type { Table } from '../../contracts/table.ts';

/** Of a stored table: a multiple of the row groups we write, so that no row group is decoded by two threads. */
const STORED_STEP_ROWS = 65_536;
/** Values of a stored table that one thread reads and goes through in a millisecond, all passes of a fit together. */
const STORED_VALUES_PER_MS = { parquet: 90e3, csv: 1.5e3 };
/** The same in memory, and flops. */
const VALUES_PER_MS = 1e6;
const FLOPS_PER_MS = 15e6;
/** Of a fit of columns in memory, ordinarily. */
const PASSES = 2;

/** Passes over the rows of a table, spread over kernel threads. */
export interface KernelRanges {
  readonly ranges: readonly Rows[];
  /** One job for each range, by default of all rows; results in their order, of several that fail the first one's error. */
  run<Job extends RowRange, Result>(
    phase: string,
    job: Omit<Job, keyof RowRange>,
    ranges?: readonly Rows[],
  ): Promise<Result[]>;
}

/**
 * How to spread passes over the rows of a table that others can read; undefined when they are done sooner where they are
 * called.
 *
 * @param chunkRows the core's: ranges start at multiples of it
 * @param flopsPerRow of all passes
 */
export function kernelRanges(
  table: Table,
  columns: readonly string[],
  chunkRows: number,
  flopsPerRow: number,
): KernelRanges | undefined {
  const { kernels } = threadServices();
  const { numRows = 0 } = table;
  if (kernels === undefined || kernels.threads < 2) return undefined;
  const flopsMs = (numRows * flopsPerRow) / FLOPS_PER_MS;
  const valuesMs = (numRows * columns.length) / VALUES_PER_MS;
  const memory = memoryOf(table, columns);
  const source = memory ?? sourceOf(table);
  if (source === undefined) return undefined;
  const { from } = source;
  const ms =
    from.location === 'memory'
      ? flopsMs + valuesMs
      : Math.max((numRows * columns.length) / STORED_VALUES_PER_MS[from.format], flopsMs);
  if (!paysToSpread(kernels, ms, PASSES * bytesToCopy(from))) return undefined;
  const all = cutRows(kernels, source, numRows, memory ? chunkRows : STORED_STEP_ROWS);
  return {
    ranges: all,
    run: (phase, job, ranges = all) => overRows(kernels, phase, source, ranges, () => job),
  };
}
