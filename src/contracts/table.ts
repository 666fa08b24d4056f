import { RidgelineError } from './errors.ts';
import type { TransformerState } from './transformer.ts';

/** A column as the reader sees it. `type` is Arrow's word for it: `Float64`, `Int64`, `Utf8`, `Bool`, … */
export interface Field {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
  /** Why a CSV column is text: its first value that is no number. Rows count from 1. */
  readonly firstText?: { readonly row: number; readonly value: string };
  /** pandas saved it as the index of the rows: a number or a label of each, nothing that was measured. */
  readonly isIndex?: true;
}

/** Whether a column's values are numbers, also in a dictionary; a Bool counts as 0 and 1, 64-bit integers up to 2^53. */
export function isNumeric({ type }: Field): boolean {
  return /^(Dictionary<[^,]*, )?(Float(16|32|64)|U?[Ii]nt(8|16|32|64)|Bool)>?$/.test(type);
}

/**
 * Some consecutive rows, column by column. Arrays handed out may be views that die with the next batch: copy to keep.
 */
export interface Batch {
  /** Index in the table of this batch's first row, from 0. */
  readonly rowOffset: number;
  readonly numRows: number;
  readonly fields: readonly Field[];
  /**
   * A numeric column as f64[numRows]; a missing value is NaN.
   * @throws {RidgelineError} NOT_NUMERIC naming column and type; UNKNOWN_COLUMN naming what there is.
   */
  float64(name: string): Float64Array;
  /** A text column; a missing value is null. @throws {RidgelineError} NOT_TEXT, UNKNOWN_COLUMN. */
  utf8(name: string): readonly (string | null)[];
  /** This batch with columns replaced (in place) or appended (in the order given). */
  assign(columns: Readonly<Record<string, Float64Array | readonly (string | null)[]>>): Batch;
  /** This batch with these columns, in this order. */
  select(names: readonly string[]): Batch;
}

export interface ReadOptions {
  /** Only these columns are read; default all. */
  readonly columns?: readonly string[];
  /** Only rows `[start, end)`. */
  readonly rows?: readonly [start: number, end: number];
  /** Rows per batch at most; the last may be shorter. */
  readonly batchRows?: number;
}

/** Where a table came from: what a version's metadata says about its source. */
export interface SourceInfo {
  readonly name: string;
  readonly synthetic: boolean;
  readonly sha256: string;
}

/** A table another thread or process can open for itself: what travels instead of the data. */
export interface TableRef {
  /** Store key, or an absolute path when `location` is `path`. */
  readonly location: 'store' | 'path';
  readonly key: string;
  readonly format: 'parquet' | 'csv';
  readonly sizeBytes: number;
  /** Of the bytes; empty for a file that is not ours. */
  readonly sha256: string;
  readonly numRows: number;
  readonly fields: readonly Field[];
  /** Of a CSV that was looked through: byte offset of every 65,536th row. Without it no range of its rows can be found. */
  readonly rowStarts?: readonly number[];
}

/** Columns in memory, or some rows of them; in shared memory, when they are for another thread. */
export interface MemoryColumns {
  readonly location: 'memory';
  /** f64[rows] each. */
  readonly columns: Readonly<Record<string, Float64Array>>;
  /** Index in the table of the first row that is there. */
  readonly firstRow: number;
}

/** One step of a lazy table: fields after it, and what it does to each batch. Pure, and row by row. */
export interface TableStep {
  readonly fields: readonly Field[];
  /** Columns the step needs in the batch, besides those asked for. */
  readonly requires: readonly string[];
  readonly apply: (batch: Batch) => Batch;
  /** The table's chain after the step; absent: as it was. */
  readonly chain?: readonly TransformerState[];
  /** The step as plain data, from which another thread makes it anew; absent: it stays in this one. */
  readonly recipe?: StepRecipe;
}

/** `value` is JSON; what it means is between those who write and read a `kind`. */
export interface StepRecipe {
  readonly kind: string;
  readonly value: unknown;
}

/** How another thread makes a table for itself: what travels instead of rows. */
export interface TableSource {
  /** As messages name it. */
  readonly name: string;
  readonly from: TableRef | MemoryColumns;
  /** JSON of the steps over it, the first one first: `StepRecipe[]`. */
  readonly steps: string;
}

/** Which rows of a table stay. Pure, and row by row. */
export interface RowFilter {
  /** Columns it needs in the batch. */
  readonly requires: readonly string[];
  /** u8[numRows]: 1 for a row that stays, 0 for one that goes. */
  readonly keep: (batch: Batch) => Uint8Array;
  /** What the table is called then. */
  readonly name: string;
}

/** True on every `Table`, of whichever copy of the package. */
export const TABLE_BRAND = Symbol.for('ridgeline.table');

/**
 * A lazy handle on columns. Nothing is read until `batches` or `column` is; reading twice gives the same rows.
 */
export interface Table {
  readonly [TABLE_BRAND]: true;
  /** How messages name it: a path, a URL, a dataset and version. */
  readonly name: string;
  readonly fields: readonly Field[];
  readonly columnNames: readonly string[];
  /** Undefined while unknown (a CSV that has not been read to its end). */
  readonly numRows: number | undefined;
  /** The fitted transformers its columns came through, in order (kept in the Parquet metadata). */
  readonly chain: readonly TransformerState[];
  readonly source: SourceInfo | undefined;
  /** Set when the table is a stored object or file as it stands. */
  readonly ref: TableRef | undefined;
  /** Set when its columns are in memory: the numeric ones by name, f64[numRows] each. */
  readonly memory?: Readonly<Record<string, Float64Array>> | undefined;
  /** Set on a table made by `derive`: the table beneath and the step, so that a kernel may fuse it. */
  readonly origin: { readonly table: Table; readonly step: TableStep } | undefined;
  /** Set when rows were left out beneath: where a row, from 1, stands in what it was read from. Reads it again. */
  readonly locate?: ((row: number) => Promise<{ readonly name: string; readonly row: number }>) | undefined;
  batches(options?: ReadOptions): AsyncIterable<Batch>;
  /** Brings one numeric column into memory: f64[numRows]. */
  column(name: string): Promise<Float64Array>;
  select(names: readonly string[]): Table;
  derive(step: TableStep): Table;
  /** Some of the rows, in their order. */
  filter(rows: RowFilter): Table;
  /** The rows that have a value in each of these columns, default in all: numbers that are not NaN, text that is there. */
  dropMissing(columns?: readonly string[]): Table;
  /** The same rows, labelled with where they came from. */
  withSource(source: SourceInfo): Table;
}

/** An error about a row of a table, told as of the row of the file that people have. Any other as it is. */
export async function placeRow(error: unknown, table: Table): Promise<unknown> {
  if (!RidgelineError.is(error) || table.locate === undefined) return error;
  const { code, kind, remedy, position } = error;
  if (position?.row === undefined || position.file !== table.name) return error;
  const { name, row } = await table.locate(position.row);
  const message = error.message.replaceAll(table.name, name).replace(`row ${position.row}`, `row ${row}`);
  return new RidgelineError(code, kind, message, { remedy, position: { ...position, file: name, row } });
}

/** What a table is made of: what lies beneath, and the steps over it. */
interface Layers {
  readonly beneath: Table;
  readonly recipes: readonly StepRecipe[];
  /** Columns that the steps need. */
  readonly requires: readonly string[];
}

/** Undefined when a step is known to this thread alone. */
function layersOf(table: Table): Layers | undefined {
  const recipes: StepRecipe[] = [];
  const requires: string[] = [];
  let beneath = table;
  for (; beneath.origin !== undefined; beneath = beneath.origin.table) {
    const { recipe } = beneath.origin.step;
    if (recipe === undefined) return undefined;
    recipes.unshift(recipe);
    requires.push(...beneath.origin.step.requires);
  }
  return { beneath, recipes, requires };
}

/** How other threads make any range of this table of a stored object or a file; undefined when it is not made of one. */
export function sourceOf(table: Table): (TableSource & { readonly from: TableRef }) | undefined {
  const { beneath, recipes } = layersOf(table) ?? {};
  const from = beneath?.ref;
  if (from === undefined || (from.format === 'csv' && from.rowStarts === undefined)) return undefined;
  return { name: beneath!.name, from, steps: JSON.stringify(recipes) };
}

/** How some columns of this table of columns in memory are made; undefined when it is not made of numbers there. */
export function memoryOf(
  table: Table,
  columns: readonly string[],
): (TableSource & { readonly from: MemoryColumns }) | undefined {
  const { beneath, recipes, requires } = layersOf(table) ?? {};
  const memory = beneath?.memory;
  if (memory === undefined) return undefined;
  const needed = beneath!.columnNames.filter((name) => columns.includes(name) || requires!.includes(name));
  if (!needed.every((name) => name in memory)) return undefined;
  const values = Object.fromEntries(needed.map((name) => [name, memory[name]!]));
  const from = { location: 'memory', columns: values, firstRow: 0 } as const;
  return { name: beneath!.name, from, steps: JSON.stringify(recipes) };
}

export function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && (value as { [TABLE_BRAND]?: unknown })[TABLE_BRAND] === true;
}
