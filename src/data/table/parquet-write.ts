import { createHash, type Hash } from 'node:crypto';
import { open, rm, type FileHandle } from 'node:fs/promises';
import type { Table } from '../../contracts/table.ts';
import { emptyColumn } from './arrow-table.ts';
import { encodeRowGroup } from './parquet-encode.ts';
import type { EncodedRowGroup } from './parquet-encoded.ts';
import { closeFile, i64, keyValueList, MAGIC, moveChunk, numberAt, structAt, structList } from './parquet-footer.ts';
import { encodedGroups } from './parquet-groups.ts';
import { metadataOf } from './parquet-metadata.ts';
import { rootElement } from './parquet-plain-write.ts';
import { ThriftType, writeStruct, type EncodedStruct, type ThriftStruct, type ThriftValue } from './thrift.ts';
import type { WrittenTable } from './written-table.ts';

const CREATED_BY = 'ridgeline';

/**
 * Streams a table into a Parquet file: one row group in memory at a time, hashed as it is written, the same bytes for
 * the same table on every machine. The chain and the source go into the metadata (R19).
 *
 * @param options `hash: false` where nobody asks for its hash, which is empty then
 *
 * The file is removed when anything fails; making it durable is for who publishes it.
 */
export async function writeParquet(
  table: Table,
  path: string,
  { hash = true, ...options }: { signal?: AbortSignal; onProgress?: (rows: number) => void; hash?: boolean } = {},
): Promise<WrittenTable> {
  const file = await open(path, 'w');
  try {
    const writer = new ParquetFileWriter(file, hash);
    for await (const group of encodedGroups(table)) {
      options.signal?.throwIfAborted();
      const rows = await writer.append(group);
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
  readonly #hash: Hash | undefined;
  readonly #rowGroups: EncodedStruct[] = [];
  #first: (Pick<EncodedRowGroup, 'keyValues'> & { readonly schema: readonly ThriftValue[] }) | undefined;
  #sizeBytes = 0;
  #numRows = 0;

  constructor(file: FileHandle, hash: boolean) {
    this.#file = file;
    this.#hash = hash ? createHash('sha256') : undefined;
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
      const header = bytes.slice(0, -1).reduce((sum, piece) => sum + piece.length, 0);
      const padding = new Uint8Array((8 - ((this.#sizeBytes + header) % 8)) % 8);
      placed.push(moveChunk(struct, this.#sizeBytes + padding.length - start));
      await this.#write([padding, ...bytes]);
    }
    if (numRows > 0) this.#rowGroups.push(encodeGroup(placed, numRows));
    this.#numRows += numRows;
    group.release?.();
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
    return { sizeBytes: this.#sizeBytes, sha256: this.#hash?.digest('hex') ?? '', numRows: this.#numRows };
  }

  async #write(pieces: readonly Uint8Array[]): Promise<void> {
    const rest = pieces.filter(({ length }) => length > 0);
    for (const bytes of rest) {
      this.#hash?.update(bytes);
      this.#sizeBytes += bytes.length;
    }
    while (rest.length > 0) {
      let { bytesWritten } = await this.#file.writev(rest);
      while (rest.length > 0 && bytesWritten >= rest[0]!.length) bytesWritten -= rest.shift()!.length;
      if (bytesWritten > 0) rest[0] = rest[0]!.subarray(bytesWritten);
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
