import { createHash } from 'node:crypto';
import { open, rm, type FileHandle } from 'node:fs/promises';
import type { Table } from '../../contracts/table.ts';
import { emptyColumn } from './arrow-table.ts';
import { columnsOf } from './batch.ts';
import { ColumnGather, type Column } from './column.ts';
import { BATCH_ROWS } from './lazy-table.ts';
import { encodeRowGroup } from './parquet-encode.ts';
import type { EncodedRowGroup } from './parquet-encoded.ts';
import { closeFile, i64, keyValueList, MAGIC, moveChunk, numberAt, structAt, structList } from './parquet-footer.ts';
import { metadataOf } from './parquet-metadata.ts';
import { rootElement } from './parquet-plain-write.ts';
import { ThriftType, writeStruct, type EncodedStruct, type ThriftStruct, type ThriftValue } from './thrift.ts';
import type { WrittenTable } from './written-table.ts';

/** Rows per row group: 4.5 MiB of nine columns, and a multiple of the core's chunk. */
const ROW_GROUP_ROWS = BATCH_ROWS;
const CREATED_BY = 'ridgeline';

/**
 * Streams a table into a Parquet file: one row group in memory at a time, hashed as it is written, the same bytes for
 * the same table on every machine. The chain and the source go into the metadata (R19).
 *
 * The file is removed when anything fails; making it durable is for who publishes it.
 */
export async function writeParquet(
  table: Table,
  path: string,
  options: { signal?: AbortSignal; onProgress?: (rows: number) => void } = {},
): Promise<WrittenTable> {
  const file = await open(path, 'w');
  try {
    const writer = new ParquetFileWriter(file);
    for await (const columns of rowGroups(table)) {
      options.signal?.throwIfAborted();
      const rows = await writer.append(await encodeRowGroup(table.fields, columns));
      options.onProgress?.(rows);
    }
    if (writer.isEmpty) {
      const columns = table.fields.map((field) => emptyColumn(table.name, field));
      await writer.append(await encodeRowGroup(table.fields, columns));
    }
    return { format: 'parquet', fields: table.fields, ...(await writer.close(metadataOf(table))) };
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

/** Puts encoded row groups into a file, one after the other. */
class ParquetFileWriter {
  readonly #file: FileHandle;
  readonly #hash = createHash('sha256');
  readonly #rowGroups: EncodedStruct[] = [];
  #first: (Pick<EncodedRowGroup, 'keyValues'> & { readonly schema: readonly ThriftValue[] }) | undefined;
  #sizeBytes = 0;
  #numRows = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  get isEmpty(): boolean {
    return this.#first === undefined;
  }

  /** @returns the rows in the file so far */
  async append(group: EncodedRowGroup): Promise<number> {
    const { columns, keyValues, numRows } = group;
    if (!this.#first) {
      const schema = [rootElement(columns.length), ...columns.flatMap((column) => column.elements)];
      this.#first = { schema, keyValues };
      await this.#write([MAGIC]);
    }
    const placed: ThriftStruct[] = [];
    for (const { bytes, struct, start } of numRows > 0 ? columns.flatMap((column) => column.chunks) : []) {
      // The last piece of a plain chunk is its values: they begin at a multiple of eight, to be read in place.
      const header = bytes.length > 1 ? (bytes[0]?.length ?? 0) : 0;
      await this.#write([new Uint8Array((8 - ((this.#sizeBytes + header) % 8)) % 8)]);
      placed.push(moveChunk(struct, this.#sizeBytes - start));
      await this.#write(bytes);
    }
    if (numRows > 0) this.#rowGroups.push(encodeGroup(placed, numRows));
    this.#numRows += numRows;
    group.release();
    return this.#numRows;
  }

  async close(metadata: ReadonlyMap<string, string>): Promise<Pick<WrittenTable, 'sizeBytes' | 'sha256' | 'numRows'>> {
    const footer = new Map<number, ThriftValue>([
      [1, { type: ThriftType.I32, value: 1 }],
      [2, { type: ThriftType.List, of: ThriftType.Struct, value: this.#first?.schema ?? [] }],
      [3, i64(this.#numRows)],
      [4, { type: ThriftType.List, of: ThriftType.Struct, value: this.#rowGroups }],
      [5, keyValueList(new Map([...(this.#first?.keyValues ?? []), ...metadata]))],
      [6, { type: ThriftType.Binary, value: new TextEncoder().encode(CREATED_BY) }],
    ]);
    await this.#write([closeFile(footer)]);
    return { sizeBytes: this.#sizeBytes, sha256: this.#hash.digest('hex'), numRows: this.#numRows };
  }

  async #write(pieces: readonly Uint8Array[]): Promise<void> {
    for (const bytes of pieces) {
      this.#hash.update(bytes);
      for (let done = 0; done < bytes.length;) done += (await this.#file.write(bytes, done)).bytesWritten;
      this.#sizeBytes += bytes.length;
    }
  }
}

/** A row group's metadata, as bytes: a file of 1e8 rows has 1,500 of them. */
function encodeGroup(chunks: readonly ThriftStruct[], numRows: number): EncodedStruct {
  const sizeBytes = chunks.reduce((sum, chunk) => sum + (numberAt(structAt(chunk, 3), 6) ?? 0), 0);
  const group = new Map<number, ThriftValue>([
    [1, structList(chunks)],
    [2, i64(sizeBytes)],
    [3, i64(numRows)],
  ]);
  return { type: ThriftType.Struct, encoded: writeStruct(group).slice() };
}

/** The table cut into row groups of one length, whatever the lengths it comes in: bytes depend on the rows alone. */
async function* rowGroups(table: Table): AsyncGenerator<Column[]> {
  const gathers = table.fields.map(() => new ColumnGather(Math.min(table.numRows ?? Infinity, ROW_GROUP_ROWS)));
  const take = (): Column[] => gathers.map((gather) => gather.take() as Column);
  let rows = 0;
  for await (const each of table.batches({ batchRows: ROW_GROUP_ROWS })) {
    const batch = columnsOf(each, table.name);
    for (let from = 0; from < batch.numRows;) {
      const to = Math.min(batch.numRows, from + ROW_GROUP_ROWS - rows);
      const piece = batch.slice(from, to);
      for (const [index, { name }] of table.fields.entries()) gathers[index]?.add(piece.column(name));
      rows += to - from;
      from = to;
      if (rows === ROW_GROUP_ROWS) {
        yield take();
        rows = 0;
      }
    }
  }
  if (rows > 0) yield take();
}
