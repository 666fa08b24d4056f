import type { ByteSource } from '../../contracts/store.ts';
import { arrow } from './arrow-library.ts';
import type { Column } from './column.ts';
import { chunksOf, fetchChunks, placeChunks, Scratch } from './parquet-chunks.ts';
import { takeDoubles } from './parquet-ffi.ts';
import {
  badParquet,
  openRowGroup,
  type ParquetChunk,
  type ParquetColumn,
  type ParquetFooter,
  type ParquetRowGroup,
} from './parquet-footer.ts';
import { withParquet } from './parquet-module.ts';
import { isPlain, readPlain } from './parquet-plain-read.ts';
import type { ParquetSchema } from './parquet-schema.ts';
import { wrapColumn, type ChunkBytes } from './parquet-slice.ts';

/** A file and some columns of it. */
export interface ParquetSelection {
  readonly source: ByteSource;
  readonly footer: ParquetFooter;
  readonly schema: ParquetSchema;
  readonly columns: readonly ParquetColumn[];
}

/** Columns of a row group, on their way: the bytes have been read, `decode` makes values of them. */
export interface FetchedGroup {
  decode(into: ColumnDecoder): Promise<ReadonlyMap<string, Column>>;
}

/** Memory for the bytes of one row group at a time. */
export class FetchScratch {
  readonly plain = new Scratch();
  readonly encoded = new Scratch();
}

/**
 * Reads the bytes of some columns of a row group. Plain doubles are taken as they lie; other columns are decoded by the
 * library, one at a time, so that its memory, which never shrinks, holds one.
 */
export async function fetchGroup(
  { source, footer, columns }: ParquetSelection,
  group: ParquetRowGroup,
  scratch: FetchScratch,
): Promise<FetchedGroup> {
  const opened = openRowGroup(footer, group);
  const plain = columns.filter((column) => isPlain(column, chunksOf(opened, [column])[0] as ParquetChunk));
  const encoded = columns.filter((column) => !plain.includes(column));
  const { runs, sizeBytes, offsetOf } = placeChunks(chunksOf(opened, encoded), 0);
  const bytes = scratch.encoded.room(sizeBytes);
  const [inPlace] = await Promise.all([
    readPlain(source, chunksOf(opened, plain), group.numRows, scratch.plain),
    fetchChunks(source, runs, bytes),
  ]);
  const bytesOf = (chunk: ParquetChunk): ChunkBytes => {
    const at = offsetOf(chunk);
    return { pieces: [bytes.subarray(at, at + chunk.end - chunk.start)], struct: chunk.struct, start: chunk.start };
  };
  return {
    async decode(into) {
      const decoded = new Map(plain.map((column, index) => [column.name, inPlace[index] as Column]));
      for (const column of encoded) {
        const chunks = chunksOf(opened, [column]).map(bytesOf);
        decoded.set(column.name, await into.decode(column, chunks, group.rowOffset, group.numRows));
      }
      return decoded;
    },
  };
}

/** Makes values of columns' bytes. Doubles are put into the same arrays each time: they last until the next call. */
export class ColumnDecoder {
  readonly #footer: ParquetFooter;
  readonly #schema: ParquetSchema;
  readonly #file = new Scratch();
  readonly #doubles = new Map<string, Float64Array[]>();

  constructor({ footer, schema }: Pick<ParquetSelection, 'footer' | 'schema'>) {
    this.#footer = footer;
    this.#schema = schema;
  }

  /**
   * @param chunks of one column, one per leaf
   * @param firstRow for messages, from 0
   * @throws {RidgelineError} BAD_PARQUET, saying at which rows
   */
  async decode(
    column: ParquetColumn,
    chunks: readonly ChunkBytes[],
    firstRow: number,
    numRows: number,
  ): Promise<Column> {
    const file = wrapColumn(this.#footer, column, this.#schema.hintOf(column), chunks, numRows, this.#file);
    try {
      return await withParquet((parquet) => {
        const table = parquet.readParquet(file, { batchSize: numRows });
        if (!column.isDouble) return vectorOf(table.intoIPCStream(), numRows);
        const arrays = this.#doubles.get(column.name) ?? [];
        this.#doubles.set(column.name, arrays);
        return takeDoubles(parquet, table, numRows, arrays)[0] as Column;
      });
    } catch (error) {
      const rows = `rows ${firstRow + 1} to ${firstRow + numRows}`;
      throw badParquet(`column "${column.name}" cannot be decoded at ${rows}: ${(error as Error).message}`);
    }
  }
}

function vectorOf(stream: Uint8Array, numRows: number): Column {
  const table = arrow().tableFromIPC(stream);
  const vector = table.getChildAt(0);
  if (!vector || table.numRows !== numRows) throw new RangeError(`${table.numRows} rows, expected ${numRows}`);
  return { kind: 'arrow', vector };
}
