import { createHash, type Hash } from 'node:crypto';
import { open, rm, type FileHandle } from 'node:fs/promises';
import type { Table } from '../../contracts/table.ts';
import { emptyColumn } from './arrow-table.ts';
import { encodeRowGroup } from './parquet-encode.ts';
import type { EncodedRowGroup, EncodedSchema } from './parquet-encoded.ts';
import { closeFile, i64, keyValueList, MAGIC } from './parquet-footer.ts';
import { encodedGroups } from './parquet-groups.ts';
import { metadataOf } from './parquet-metadata.ts';
import { ThriftBytes, ThriftType, type EncodedStruct, type ThriftValue } from './thrift.ts';
import type { WrittenTable } from './written-table.ts';

const CREATED_BY = 'ridgeline';
const PADDING = new Uint8Array(7);
/** Written at once, or a chunk more: Linux takes three times as long to copy 5 MB in one call as in two. */
const WRITE_BYTES = 2 * 1024 * 1024;

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
      await writer.append(await encodeRowGroup(table.fields, columns, true));
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
  #schema: EncodedSchema | undefined;
  #sizeBytes = 0;
  #numRows = 0;

  constructor(file: FileHandle, hash: boolean) {
    this.#file = file;
    this.#hash = hash ? createHash('sha256') : undefined;
  }

  get isEmpty(): boolean {
    return this.#schema === undefined;
  }

  /** @returns the rows in the file so far */
  async append(group: EncodedRowGroup): Promise<number> {
    const pieces: Uint8Array[] = [];
    const starts: number[] = [];
    let waiting = 0;
    const put = (piece: Uint8Array): void => {
      pieces.push(piece);
      waiting += piece.length;
    };
    if (this.isEmpty) {
      this.#schema = group.schema;
      put(MAGIC);
    }
    for (const { pieces: own, head } of group.numRows > 0 ? group.chunks : []) {
      put(PADDING.subarray(0, (8 - ((this.#sizeBytes + waiting + head) % 8)) % 8));
      starts.push(this.#sizeBytes + waiting);
      own.forEach(put);
      if (waiting < WRITE_BYTES) continue;
      await this.#write(pieces.splice(0));
      waiting = 0;
    }
    if (group.numRows > 0) this.#rowGroups.push(withOffsets(group, starts));
    await this.#write(pieces);
    this.#numRows += group.numRows;
    group.release?.();
    return this.#numRows;
  }

  async close(metadata: ReadonlyMap<string, string>): Promise<Pick<WrittenTable, 'sizeBytes' | 'sha256' | 'numRows'>> {
    const { elements, keyValues } = this.#schema as EncodedSchema;
    const footer = new Map<number, ThriftValue>([
      [1, { type: ThriftType.I32, value: 1 }],
      [2, { type: ThriftType.List, of: ThriftType.Struct, value: elements }],
      [3, i64(this.#numRows)],
      [4, { type: ThriftType.List, of: ThriftType.Struct, value: this.#rowGroups }],
      [5, keyValueList(new Map([...keyValues, ...metadata]))],
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

/** A row group's metadata, of chunks that start there: as bytes, since a file of 1e8 rows has 1,500 of them. */
function withOffsets({ metadata, offsets }: EncodedRowGroup, starts: readonly number[]): EncodedStruct {
  const out = new ThriftBytes(metadata.length + 10 * offsets.length);
  let done = 0;
  for (const { at, chunk, from } of offsets) {
    out.append(metadata.subarray(done, at));
    out.zigzag(starts[chunk]! + from);
    done = at;
  }
  out.append(metadata.subarray(done));
  return { type: ThriftType.Struct, encoded: out.take() };
}
