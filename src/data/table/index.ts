/**
 * Tables: Parquet, Arrow and CSV on one side, columns on the other. Everything here is lazy and streams; a batch is one
 * row group or a part of one.
 */
import { RidgelineError } from '../../contracts/errors.ts';
import type { TransformerState } from '../../contracts/model.ts';
import type { ByteSource, Store } from '../../contracts/store.ts';
import type { Batch, Field, SourceInfo, Table, TableRef } from '../../contracts/table.ts';

/** A column given as an array: numbers (missing is NaN) or text (missing is null). */
export type ColumnData = Float64Array | readonly (string | null)[];

export interface ReadTableOptions {
  /** How messages name the table: the path or key as the user wrote it. */
  readonly name: string;
  readonly format: 'parquet' | 'csv';
  /** CSV only: types declared instead of inferred from the whole file. */
  readonly types?: Readonly<Record<string, 'Float64' | 'Utf8'>>;
  readonly ref?: TableRef;
}

/** What was written: a `TableRef` but for the place, which the caller gives it. */
export type WrittenTable = Pick<TableRef, 'sizeBytes' | 'sha256' | 'numRows' | 'fields' | 'format'>;

/** Where bytes go in order; `write` resolves when the sink can take more. */
export interface ByteSink {
  write(bytes: Uint8Array): Promise<void>;
}

const notYet = (): never => {
  throw new RidgelineError('NOT_BUILT', 'run', 'table: this part is being written');
};

/** Opens what a reference points to; reads the schema, no data. @throws {RidgelineError} content or store. */
export const openTable: (ref: TableRef, store: Store) => Promise<Table> = notYet;

/** Opens a local file; format by extension, else by its first bytes. */
export const openPath: (path: string, options?: Partial<ReadTableOptions>) => Promise<Table> = notYet;

/** Opens any bytes as a table: reads the Parquet footer, or types the CSV's columns. */
export const readTable: (source: ByteSource, options: ReadTableOptions) => Promise<Table> = notYet;

/** By extension (`.parquet`, `.pq`, `.csv`), else by the first bytes. */
export const detectFormat: (name: string, source: ByteSource) => Promise<'parquet' | 'csv'> = notYet;

/** A local file by ranges. The handle closes when the source is collected, or by `close`. */
export const openFileSource: (path: string) => Promise<ByteSource & { close(): Promise<void> }> = notYet;

/** A table over columns already in memory; nothing is copied. */
export const tableFromColumns: (
  columns: Readonly<Record<string, ColumnData>>,
  options?: { name?: string; chain?: readonly TransformerState[]; source?: SourceInfo },
) => Table = notYet;

/** A table over an apache-arrow 21 `Table`, whichever copy of the library made it. */
export const tableFromArrow: (arrow: unknown, options?: { name?: string }) => Table = notYet;

/** Everything in memory, as an apache-arrow `Table`. */
export const toArrow: (table: Table) => Promise<unknown> = notYet;

/** Streams a table into a Parquet file, row group by row group; the file is durable when this resolves. */
export const writeParquet: (
  table: Table,
  path: string,
  options?: { signal?: AbortSignal; onProgress?: (rows: number) => void },
) => Promise<WrittenTable> = notYet;

/** Streams a table as RFC 4180 CSV: shortest round-trip numbers, missing values empty, LF. */
export const writeCsv: (table: Table, sink: ByteSink, options?: { signal?: AbortSignal }) => Promise<WrittenTable> =
  notYet;

/** `writeCsv` into a local file; durable when this resolves. */
export const writeCsvFile: (table: Table, path: string, options?: { signal?: AbortSignal }) => Promise<WrittenTable> =
  notYet;

/**
 * The gate at the edge: features and target exist, are distinct and numeric.
 * @throws {RidgelineError} UNKNOWN_COLUMN, DUPLICATE_COLUMN, TARGET_AMONG_FEATURES, NOT_NUMERIC, EMPTY_TABLE.
 */
export const checkColumns: (table: Table, wanted: { features: readonly string[]; target?: string }) => void = notYet;

/** Every value of these columns in this batch is finite. @throws {RidgelineError} MISSING_VALUE, NON_FINITE with row. */
export const checkFinite: (batch: Batch, columns: readonly string[], subject: string) => void = notYet;

/** True for a column `float64` can read. */
export const isNumeric: (field: Field) => boolean = notYet;

/** The compiled Parquet module: compile once, hand it to threads in `workerData`, set it there before the first read. */
export const parquetModule: () => Promise<WebAssembly.Module> = notYet;
export const setParquetModule: (module: WebAssembly.Module) => void = notYet;
