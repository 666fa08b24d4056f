import { resolve } from 'node:path';
import type { ByteSource, Store } from '../../contracts/store.ts';
import type { Table, TableRef } from '../../contracts/table.ts';
import { readCsv, type CsvOptions } from './csv-read.ts';
import { openFileSource } from './file-source.ts';
import { readParquet } from './parquet-read.ts';

export type TableFormat = TableRef['format'];

export interface ReadTableOptions extends CsvOptions {
  readonly format: TableFormat;
}

/** Opens any bytes as a table. @throws {RidgelineError} as `readParquet` and `readCsv`. */
export function readTable(source: ByteSource, { format, ...options }: ReadTableOptions): Promise<Table> {
  return format === 'parquet' ? readParquet(source, options) : readCsv(source, options);
}

/** Opens what a reference points to; messages call it `name`. @throws {RidgelineError} content, or what the store throws. */
export async function openTable(ref: TableRef, store: Store, name = ref.key): Promise<Table> {
  const source = ref.location === 'path' ? await openFileSource(ref.key) : await store.open(ref.key);
  return readTable(source, { name, format: ref.format, ref });
}

/** Opens a local file; the format is its extension's, else what its first bytes say. */
export async function openPath(path: string, options: Partial<ReadTableOptions> = {}): Promise<Table> {
  const source = await openFileSource(path);
  const format = options.format ?? (await detectFormat(path, source));
  const place = { location: 'path', key: resolve(path) } as const;
  return readTable(source, { ...options, name: options.name ?? path, format, place });
}

/** By extension (`.parquet`, `.pq`, `.csv`), else by the first bytes. */
export async function detectFormat(name: string, source: ByteSource): Promise<TableFormat> {
  const extension = /\.(csv|parquet|pq)$/i.exec(name)?.[1]?.toLowerCase();
  if (extension !== undefined) return extension === 'csv' ? 'csv' : 'parquet';
  const start = await source.slice(0, Math.min(4, source.byteLength));
  return String.fromCharCode(...start) === 'PAR1' ? 'parquet' : 'csv';
}
