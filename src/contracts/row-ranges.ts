import { copyValues } from './copy-values.ts';
import type { KernelFanout } from './ports.ts';
import type { MemoryColumns, TableSource } from './table.ts';

/** Rows `[start, end)`. */
export type Rows = readonly [start: number, end: number];

/** What every job on a range of rows says. */
export interface RowRange {
  readonly table: TableSource;
  readonly rows: Rows;
}

/** Ranges per thread: several, so that a slow one does not hold up the rest. */
const RANGES_PER_THREAD = 4;
/** Of rows copied for a thread, so that they are in a cache still when it reads them. */
const PIECE_BYTES = 4 * 2 ** 20;

/**
 * Ranges of nearly equal length, each but the last of whole steps, as many as keep all threads busy; of columns that threads
 * cannot read where they are, as many as there are pieces to copy.
 */
export function cutRows({ threads }: KernelFanout, { from }: TableSource, numRows: number, step: number): Rows[] {
  const steps = Math.ceil(numRows / step);
  const pieces = Math.ceil(bytesToCopy(from) / PIECE_BYTES);
  const count = Math.min(steps, Math.max(threads * RANGES_PER_THREAD, pieces));
  const edge = (i: number): number => Math.min(numRows, step * Math.floor((i * steps) / count));
  return Array.from({ length: count }, (_, i) => [edge(i), edge(i + 1)]);
}

/** Bytes that one pass over a table copies for the threads. */
export function bytesToCopy(from: TableSource['from']): number {
  if (from.location !== 'memory') return 0;
  const columns = Object.values(from.columns);
  const isShared = columns.every(({ buffer }) => buffer instanceof SharedArrayBuffer);
  return isShared ? 0 : columns.reduce((bytes, column) => bytes + column.byteLength, 0);
}

/**
 * Runs one job for each range of rows on kernel threads. Columns in memory of this thread alone are copied into shared
 * memory a range at a time, while threads work on others: what that takes does not grow with the rows.
 *
 * @returns in the order of the ranges; of several that fail the first one's error is thrown
 */
export async function overRows<Job extends RowRange, Result>(
  kernels: KernelFanout,
  phase: string,
  table: TableSource,
  ranges: readonly Rows[],
  job: (rows: Rows) => Omit<Job, keyof RowRange>,
): Promise<Result[]> {
  const { from } = table;
  if (from.location !== 'memory' || bytesToCopy(from) === 0) {
    return kernels.run(
      phase,
      ranges.map((rows) => ({ ...job(rows), table, rows })),
    );
  }
  const done: PromiseSettledResult<Result[]>[] = [];
  let next = 0;
  let failed = false;
  const runSome = async (): Promise<void> => {
    const length = Math.max(...ranges.map(([start, end]) => end - start)) * Object.keys(from.columns).length;
    await withRoom(kernels, length, async (room) => {
      while (next < ranges.length && !failed) {
        const at = next++;
        const rows = ranges[at]!;
        const one = { ...job(rows), table: { ...table, from: copyRows(from, rows, room) }, rows };
        const [settled] = await Promise.allSettled([kernels.run<object, Result>(phase, [one])]);
        done[at] = settled;
        failed ||= settled.status === 'rejected';
      }
    });
  };
  // One more than there are threads: its rows are there when one of them is free.
  await Promise.all(Array.from({ length: kernels.threads + 1 }, runSome));
  return done.map((each) => {
    if (each.status === 'rejected') throw each.reason;
    return each.value[0]!;
  });
}

function copyRows(from: MemoryColumns, [start, end]: Rows, room: Float64Array): MemoryColumns {
  const columns = Object.entries(from.columns).map(([name, values], j) => {
    const copy = room.subarray(j * (end - start), (j + 1) * (end - start));
    copyValues(values.subarray(start, end), copy, 0);
    return [name, copy];
  });
  return { location: 'memory', columns: Object.fromEntries(columns) as Record<string, Float64Array>, firstRow: start };
}

/** Not in use. Kept with the threads: touching memory for the first time costs more than what is done with it. */
const rooms = new WeakMap<KernelFanout, Float64Array[]>();

/** Lends shared memory for at least `length` numbers; what they are is undefined. */
export async function withRoom<T>(
  kernels: KernelFanout,
  length: number,
  use: (room: Float64Array) => Promise<T>,
): Promise<T> {
  const free = rooms.get(kernels) ?? [];
  rooms.set(kernels, free);
  const fits = free.findIndex((each) => each.length >= length);
  // One that is too short goes: there are never more than were in use at once.
  const [kept] = free.splice(Math.max(0, fits), 1);
  const room = kept !== undefined && fits >= 0 ? kept : new Float64Array(new SharedArrayBuffer(8 * length));
  try {
    return await use(room);
  } finally {
    free.push(room);
  }
}
