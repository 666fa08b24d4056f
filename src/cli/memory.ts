import { RidgelineError } from '../contracts/errors.ts';

/** What a command is going to hold, by which a budget is kept. */
export interface MemoryShape {
  /** Columns read at once. */
  readonly columns: number;
  /** Columns of the row groups that are written, each of 65,536 rows; 0 when none are. */
  readonly written: number;
  /** Bytes for every row of the table that the command was asked to keep. */
  readonly keptBytes: number;
}

export interface MemoryPlan {
  readonly threads: number;
  /** Rows of a batch. */
  readonly batchRows: number;
}

/** Node, the command, and tables small enough to be kept; and what each kernel thread adds. Measured, rounded up. */
const PROCESS_BYTES = 140e6;
const THREAD_BYTES = 15e6;
/** Of a value in a batch: read, read ahead, decoded, and moved into the core, 8 bytes each, and half as much again. */
const VALUE_BYTES = 48;
/** Of a column whose row groups are longer than two batches: a page, a dictionary and what is in them, of 1 MB each. */
const PAGE_BYTES = 3e6;
const GROUP_ROWS = 65_536;
const LEAST_ROWS = 1024;

/**
 * Bytes a command stays under, whatever the number of rows:
 *
 *     140 MB + 15 MB x kernel threads (none when there is one)
 *            + 48 x rows of a batch x columns x threads
 *            + 3 MB x columns x threads
 *            + 48 x columns^2 x threads
 *            + 8 x 65,536 x columns written x (threads + 1)
 */
export function memoryNeeded({ columns, written, keptBytes }: MemoryShape, { threads, batchRows }: MemoryPlan): number {
  const pool = threads > 1 ? threads : 0;
  const read = columns * (VALUE_BYTES * (batchRows + columns) + PAGE_BYTES) * threads;
  return PROCESS_BYTES + pool * THREAD_BYTES + read + 8 * GROUP_ROWS * written * (pool + 1) + keptBytes;
}

/**
 * The most threads, and for them the longest batches, that stay within a budget.
 *
 * @throws {RidgelineError} MEMORY_BUDGET naming the least that works
 */
export function planMemory(budget: number, threads: number, shape: MemoryShape): MemoryPlan {
  for (let count = threads; count >= 1; count--) {
    // A thread more is worth a shorter batch, as long as one is not all overhead.
    const least = count === 1 ? LEAST_ROWS : 8 * LEAST_ROWS;
    for (let batchRows = GROUP_ROWS; batchRows >= least; batchRows /= 2) {
      const plan = { threads: count, batchRows };
      if (memoryNeeded(shape, plan) <= budget) return plan;
    }
  }
  const least = Math.ceil(memoryNeeded(shape, { threads: 1, batchRows: LEAST_ROWS }) / 1e6);
  throw new RidgelineError(
    'MEMORY_BUDGET',
    'usage',
    `--memory: ${shape.columns} columns need at least ${least} MB, got ${Math.floor(budget / 1e6)} MB`,
    { remedy: `give --memory ${least}MB or more, or fewer columns` },
  );
}

/** Bytes of `500MB`, `2GB`, `512MiB`, `1GiB` or a plain number of bytes. @throws {RidgelineError} USAGE */
export function parseSize(text: string): number {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?) *([kmg]i?b?|b)?$/i.exec(text.trim()) ?? [];
  const power = ' kmg'.indexOf(unit.charAt(0).toLowerCase() || ' ');
  const bytes = Number(digits) * (unit.charAt(1).toLowerCase() === 'i' ? 1024 : 1000) ** Math.max(power, 0);
  if (digits !== undefined && bytes > 0) return bytes;
  throw new RidgelineError('USAGE', 'usage', `--memory: expected a size such as 500MB or 2GiB, got "${text}"`);
}
