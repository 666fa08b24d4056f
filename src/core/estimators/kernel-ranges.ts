import { paysToSpread, threadServices } from '../../contracts/ports.ts';
import type { KernelFanout } from '../../contracts/ports.ts';
import { memoryOf, sourceOf } from '../../contracts/table.ts';
import type { Table, TableSource } from '../../contracts/table.ts';

/** Of a stored table: a multiple of the row groups we write, so that no row group is decoded by two threads. */
const STORED_STEP_ROWS = 65_536;
/** Ranges per thread: several, so that a slow one does not hold up the rest. */
const RANGES_PER_THREAD = 4;
/** Values of a stored table that one thread reads and goes through in a millisecond, all passes of a fit together. */
const STORED_VALUES_PER_MS = { parquet: 90e3, csv: 1.5e3 };
/** The same in memory, and flops. */
const VALUES_PER_MS = 1e6;
const FLOPS_PER_MS = 15e6;

export interface KernelRanges {
  readonly kernels: KernelFanout;
  readonly table: TableSource;
  readonly ranges: readonly (readonly [start: number, end: number])[];
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
  if (memory !== undefined) {
    if (!paysToSpread(kernels, flopsMs + valuesMs, memory.bytesToShare)) return undefined;
    return { kernels, table: memory.share(), ranges: cut(numRows, chunkRows, kernels.threads) };
  }
  const source = sourceOf(table);
  if (source === undefined) return undefined;
  const storedMs = Math.max((numRows * columns.length) / STORED_VALUES_PER_MS[source.from.format], flopsMs);
  if (!paysToSpread(kernels, storedMs)) return undefined;
  return { kernels, table: source, ranges: cut(numRows, STORED_STEP_ROWS, kernels.threads) };
}

/** Ranges of nearly equal length, each but the last of whole steps. */
function cut(rows: number, step: number, threads: number): [start: number, end: number][] {
  const steps = Math.ceil(rows / step);
  const count = Math.min(steps, threads * RANGES_PER_THREAD);
  const edge = (i: number): number => Math.min(rows, step * Math.floor((i * steps) / count));
  return Array.from({ length: count }, (_, i) => [edge(i), edge(i + 1)]);
}
