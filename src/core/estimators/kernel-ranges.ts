import { SPREAD_VALUES, threadServices } from '../../contracts/ports.ts';
import type { KernelFanout } from '../../contracts/ports.ts';
import { sourceOf } from '../../contracts/table.ts';
import type { Table, TableSource } from '../../contracts/table.ts';

/** A multiple of the core's chunk of rows and of the row groups we write: no row group is decoded by two threads. */
const STEP_ROWS = 65_536;
/** Ranges per thread: several, so that a slow one does not hold up the rest. */
const RANGES_PER_THREAD = 4;

export interface KernelRanges {
  readonly kernels: KernelFanout;
  readonly table: TableSource;
  readonly ranges: readonly (readonly [start: number, end: number])[];
}

/** How to spread a pass over the rows of a table that others can read; undefined when it is done sooner where it is called. */
export function kernelRanges(table: Table, columns: number): KernelRanges | undefined {
  const { kernels } = threadServices();
  const { numRows = 0 } = table;
  if (kernels === undefined || kernels.threads < 2 || numRows * columns < SPREAD_VALUES) return undefined;
  const source = sourceOf(table);
  if (source?.from.format !== 'parquet') return undefined;
  const rows = STEP_ROWS * Math.max(1, Math.ceil(numRows / (kernels.threads * RANGES_PER_THREAD) / STEP_ROWS));
  const ranges = Array.from({ length: Math.ceil(numRows / rows) }, (_, i): [number, number] => [
    i * rows,
    Math.min((i + 1) * rows, numRows),
  ]);
  return { kernels, table: source, ranges };
}
