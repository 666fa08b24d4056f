import type { WriterProperties } from 'parquet-wasm/esm';
import { createHash } from 'node:crypto';
import { open, rm, type FileHandle } from 'node:fs/promises';
import type { Field, Table } from '../../contracts/table.ts';
import { arrow } from './arrow-library.ts';
import { emptyColumn, toArrowTable } from './arrow-table.ts';
import { columnsOf } from './batch.ts';
import { ColumnGather, type Column } from './column.ts';
import { BATCH_ROWS } from './lazy-table.ts';
import {
  closeFile,
  footerOf,
  i64,
  MAGIC,
  moveChunk,
  openRowGroup,
  structList,
  type ParquetFooter,
} from './parquet-footer.ts';
import { metadataOf } from './parquet-metadata.ts';
import { withParquet, type Parquet } from './parquet-module.ts';
import { keyValueList } from './parquet-slice.ts';
import { ThriftType, writeStruct, type EncodedStruct, type ThriftValue } from './thrift.ts';
import type { WrittenTable } from './written-table.ts';

/** Rows per row group: 4.5 MiB of nine columns, and a multiple of the core's chunk. */
const ROW_GROUP_ROWS = BATCH_ROWS;
const CREATED_BY = 'ridgeline';

/**
 * Streams a table into a Parquet file: one row group in memory at a time, hashed as it is written, the same bytes for
 * the same table on every machine. The chain and the source go into the metadata (R19).
 *
 * Each row group is made as a small file by the library, whose column chunks are then moved to their place. The file is
 * removed when anything fails; making it durable is for who publishes it.
 */
export async function writeParquet(
  table: Table,
  path: string,
  options: { signal?: AbortSignal; onProgress?: (rows: number) => void } = {},
): Promise<WrittenTable> {
  const file = await open(path, 'w');
  try {
    const writer = new ParquetFileWriter(file);
    let numRows = 0;
    for await (const columns of rowGroups(table)) {
      options.signal?.throwIfAborted();
      const encoded = await encodeRowGroup(table.fields, columns);
      numRows += await writer.append(encoded);
      release(encoded);
      options.onProgress?.(numRows);
    }
    if (numRows === 0) {
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

/** One row group as a Parquet file of its own. */
export function encodeRowGroup(fields: readonly Field[], columns: readonly Column[]): Promise<Uint8Array> {
  return withParquet((parquet) => {
    const ipc = arrow().tableToIPC(toArrowTable(fields, columns), 'stream');
    const arrived = parquet.Table.fromIPCStream(ipc);
    release(ipc);
    return parquet.writeParquet(arrived, writerProperties(parquet, fields));
  });
}

/**
 * Gives memory back at once. Buffers of megabytes hang on tiny objects, so the collector sees no reason to hurry: without
 * this, writing 1e7 rows of nine columns peaked at 830 MB.
 */
function release(bytes: Uint8Array): void {
  (bytes.buffer as ArrayBuffer).transfer(0);
}

/** Dictionaries pay for text and small integers; on continuous columns they cost 5-10x the time and 20 % more bytes. */
function writerProperties(parquet: Parquet, fields: readonly Field[]): WriterProperties {
  let builder = new parquet.WriterPropertiesBuilder()
    .setCreatedBy(CREATED_BY)
    .setCompression(parquet.Compression.SNAPPY)
    .setDictionaryEnabled(false)
    .setStatisticsEnabled(parquet.EnabledStatistics.Chunk)
    .setMaxRowGroupSize(ROW_GROUP_ROWS);
  for (const { name, type } of fields) {
    if (!type.startsWith('Float')) builder = builder.setColumnDictionaryEnabled(name, true);
  }
  return builder.build();
}

/** Joins row groups, each encoded as a file of its own, into one file. */
class ParquetFileWriter {
  readonly #file: FileHandle;
  readonly #hash = createHash('sha256');
  readonly #rowGroups: EncodedStruct[] = [];
  #first: ParquetFooter | undefined;
  #sizeBytes = 0;
  #numRows = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** @returns the rows in it */
  async append(encoded: Uint8Array): Promise<number> {
    const footer = footerOf(encoded);
    this.#first ??= footer;
    if (this.#sizeBytes === 0) await this.#write(MAGIC);
    const shift = this.#sizeBytes - MAGIC.length;
    let end = MAGIC.length;
    for (const each of footer.rowGroups) {
      const { struct, chunks } = openRowGroup(footer, each);
      const group = new Map(struct);
      group.set(1, structList(chunks.map((chunk) => moveChunk(chunk.struct, shift))));
      group.delete(5); // its offset: optional, and known from its chunks
      group.delete(7); // its number: optional, and limited to 32,767
      this.#rowGroups.push({ type: ThriftType.Struct, encoded: writeStruct(group).slice() });
      end = Math.max(end, ...chunks.map((chunk) => chunk.end));
    }
    await this.#write(encoded.subarray(MAGIC.length, end));
    this.#numRows += footer.numRows;
    return footer.numRows;
  }

  async close(metadata: ReadonlyMap<string, string>): Promise<Pick<WrittenTable, 'sizeBytes' | 'sha256' | 'numRows'>> {
    const first = this.#first?.struct ?? new Map<number, ThriftValue>();
    const struct = new Map(first);
    struct.set(3, i64(this.#numRows));
    struct.set(4, { type: ThriftType.List, of: ThriftType.Struct, value: this.#rowGroups });
    struct.set(5, keyValueList(new Map([...(this.#first?.keyValues ?? []), ...metadata])));
    struct.set(6, { type: ThriftType.Binary, value: new TextEncoder().encode(CREATED_BY) });
    await this.#write(closeFile(new Map([...struct].toSorted(([a], [b]) => a - b))));
    return { sizeBytes: this.#sizeBytes, sha256: this.#hash.digest('hex'), numRows: this.#numRows };
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#hash.update(bytes);
    for (let done = 0; done < bytes.length;) done += (await this.#file.write(bytes, done)).bytesWritten;
    this.#sizeBytes += bytes.length;
  }
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
