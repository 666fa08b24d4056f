import { RidgelineError } from '../contracts/errors.ts';
import type { Field } from '../contracts/table.ts';

/** What a command is going to hold, by which a budget is kept. */
export interface MemoryShape {
  /** Columns read at once. */
  readonly columns: number;
  /** Those of them that hold text. */
  readonly text?: number;
  /** Those of them that are neither doubles nor text: the library decodes and encodes them. */
  readonly others?: number;
  /** Those of them that are encoded, which takes strings. */
  readonly encoded?: number;
  /** Text is written as CSV, which takes strings too. */
  readonly textToCsv?: boolean;
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
const PROCESS_BYTES = 150e6;
const THREAD_BYTES = 10e6;
/** Of a value in a batch. Row groups of up to two batches are read whole: read, read ahead and decoded, and a fifth more. */
const VALUE_BYTES = 60;
/** Of a column whose row groups are longer: a page of 1 MB decoded, and of all columns in turn one as it is read. */
const PAGE_BYTES = 2e6;
const PAGE_VALUE_BYTES = 8;
/**
 * Of all text, which ends batches and row groups sooner where it is long: a row group of 8 MiB that is read or written, in the
 * library's memory and for it; and of a batch, 128 bytes for each row it may have, read, read ahead and decoded.
 */
const TEXT_BYTES = 60e6;
const TEXT_ROW_BYTES = 6 * 128;
/** Of a column that is encoded: a batch of its strings, while they have up to 20 characters. */
const STRING_BYTES = 600;
/** Of strings, of whichever columns: what the engine lets pile up before it collects. */
const HEAP_BYTES = 100e6;
/** Of other columns, however many: what the library hands over, of which the engine lets 64 MiB pile up and then collects beside our work. */
const OTHERS_BYTES = 100e6;
const GROUP_ROWS = 65_536;
const LEAST_ROWS = 1024;

/**
 * Bytes a command stays under, whatever the number of rows:
 *
 *     150 MB + 10 MB x kernel threads (none when there is one)
 *            + columns x threads x the larger of 60 x rows of a batch and 2 MB + 8 x rows of a batch
 *            + 48 x columns^2 x threads
 *            + 8 x 65,536 x columns written x (threads + 1)
 *            + threads x 100 MB if there are columns that are neither doubles nor text
 *            + threads x (60 MB + 768 x rows of a batch) if there is text, however much
 *            + threads x 100 MB if text is encoded, or written as CSV
 *            + encoded columns x threads x 600 x rows of a batch, for texts of up to 20 characters
 */
export function memoryNeeded(
  { columns, text = 0, others = 0, encoded = 0, textToCsv, written, keptBytes }: MemoryShape,
  { threads, batchRows }: MemoryPlan,
): number {
  const pool = threads > 1 ? threads : 0;
  const column = Math.max(VALUE_BYTES * batchRows, PAGE_BYTES + PAGE_VALUE_BYTES * batchRows);
  const read = columns * (column + 48 * columns) * threads;
  const heap = encoded > 0 || textToCsv ? HEAP_BYTES : 0;
  const texts = text === 0 ? 0 : (TEXT_BYTES + heap + (TEXT_ROW_BYTES + encoded * STRING_BYTES) * batchRows) * threads;
  const library = others > 0 ? OTHERS_BYTES * threads : 0;
  const groups = 8 * GROUP_ROWS * written * (pool + 1);
  return PROCESS_BYTES + pool * THREAD_BYTES + read + groups + texts + library + keptBytes;
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

/** How many of some columns are text, and how many neither text nor doubles. */
export function kindsOf(fields: readonly Field[]): { text: number; others: number } {
  const text = fields.filter(({ type }) => type === 'Utf8').length;
  return { text, others: fields.filter(({ type }) => type !== 'Float64').length - text };
}

/** Bytes of `500MB`, `2GB`, `512MiB`, `1GiB` or a plain number of bytes. @throws {RidgelineError} USAGE */
export function parseSize(text: string): number {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?) *([kmg]i?b?|b)?$/i.exec(text.trim()) ?? [];
  const power = ' kmg'.indexOf(unit.charAt(0).toLowerCase() || ' ');
  const bytes = Number(digits) * (unit.charAt(1).toLowerCase() === 'i' ? 1024 : 1000) ** Math.max(power, 0);
  if (digits !== undefined && bytes > 0) return bytes;
  throw new RidgelineError('USAGE', 'usage', `--memory: expected a size such as 500MB or 2GiB, got "${text}"`, {
    remedy: 'such as --memory 500MB; a number without a unit is bytes',
  });
}
