import type { ByteSource } from '../../contracts/store.ts';
import { arrow } from './arrow-library.ts';
import { fromVector } from './arrow-table.ts';
import { ColumnGather, sliceColumn, type Column } from './column.ts';
import { chunksOf, fetchChunks, isPacked, placeChunks, Scratch } from './parquet-chunks.ts';
import { DoublesMemory, readDoubles } from './parquet-doubles.ts';
import {
  badParquet,
  openRowGroup,
  type OpenRowGroup,
  type ParquetChunk,
  type ParquetColumn,
  type ParquetFooter,
  type ParquetRowGroup,
} from './parquet-footer.ts';
import { withParquet } from './parquet-module.ts';
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

/**
 * Reads the bytes of some columns of a row group.
 *
 * @param scratch holds them until they are decoded; doubles that lie there as they are, are not copied
 */
export async function fetchGroup(
  { source, footer, columns }: ParquetSelection,
  group: ParquetRowGroup,
  scratch: Scratch,
  opened = openRowGroup(footer, group),
): Promise<FetchedGroup> {
  const { runs, sizeBytes, offsetOf } = placeChunks(chunksOf(opened, columns), 0);
  const bytes = scratch.room(sizeBytes);
  await fetchChunks(source, runs, bytes);
  const bytesOf = (chunk: ParquetChunk): ChunkBytes => {
    const at = offsetOf(chunk);
    return { pieces: [bytes.subarray(at, at + chunk.end - chunk.start)], struct: chunk.struct, start: chunk.start };
  };
  return {
    async decode(into) {
      const decoded = new Map<string, Column>();
      for (const column of columns) {
        const chunks = chunksOf(opened, [column]).map(bytesOf);
        decoded.set(column.name, await into.decode(column, chunks, group.rowOffset, group.numRows));
      }
      return decoded;
    },
  };
}

/** Reads some columns of a row group that is open: those to be unpacked one after the other, into the same memory. */
export async function readInTurn(
  selection: ParquetSelection,
  group: ParquetRowGroup,
  opened: OpenRowGroup,
  [scratch, shared]: readonly [Scratch, Scratch],
  into: ColumnDecoder,
): Promise<ReadonlyMap<string, Column>> {
  const packed = selection.columns.filter((column) => chunksOf(opened, [column]).some(isPacked));
  const stored = selection.columns.filter((column) => !packed.includes(column));
  const decoded = new Map<string, Column>();
  const read = async (columns: readonly ParquetColumn[], memory: Scratch): Promise<void> => {
    const fetched = await fetchGroup({ ...selection, columns }, group, memory, opened);
    for (const [name, column] of await fetched.decode(into)) decoded.set(name, column);
  };
  if (stored.length > 0) await read(stored, scratch);
  for (const column of packed) await read([column], shared);
  return decoded;
}

/**
 * Makes values of columns' bytes: doubles here, all else by the library, one column at a time, because its memory never
 * shrinks. Doubles and text are put into the same memory each time, so that they last until the next call.
 */
export class ColumnDecoder {
  readonly #footer: ParquetFooter;
  readonly #schema: ParquetSchema;
  readonly #file = new Scratch();
  readonly #doubles = new DoublesMemory();
  readonly #gathers = new Map<string, ColumnGather>();

  constructor({ footer, schema }: Pick<ParquetSelection, 'footer' | 'schema'>) {
    this.#footer = footer;
    this.#schema = schema;
  }

  /**
   * @param chunks of one column, one per leaf
   * @param firstRow for messages, from 0
   * @param wanted which of the `numRows` rows are to be handed out
   * @throws {RidgelineError} BAD_PARQUET, saying at which rows
   */
  async decode(
    column: ParquetColumn,
    chunks: readonly ChunkBytes[],
    firstRow: number,
    numRows: number,
    wanted: readonly [start: number, end: number] = [0, numRows],
  ): Promise<Column> {
    try {
      const doubles = column.isDouble
        ? readDoubles(column, chunks[0] as ChunkBytes, numRows, wanted, this.#doubles)
        : undefined;
      if (doubles) return doubles;
      const all = await withParquet((parquet) => {
        const file = wrapColumn(this.#footer, column, this.#schema.hintOf(column), chunks, numRows, this.#file);
        return this.#take(column.name, parquet.readParquet(file, { batchSize: numRows }).intoIPCStream(), numRows);
      });
      return sliceColumn(all, ...wanted);
    } catch (error) {
      const rows = `rows ${firstRow + 1} to ${firstRow + numRows}`;
      throw badParquet(`column "${column.name}" cannot be decoded at ${rows}: ${(error as Error).message}`);
    }
  }

  /** The one column of a stream. What is copied out of it gives the stream's memory back at once. */
  #take(name: string, stream: Uint8Array, numRows: number): Column {
    const table = arrow().tableFromIPC(stream);
    const vector = table.getChildAt(0);
    if (!vector || table.numRows !== numRows) throw new RangeError(`${table.numRows} rows, expected ${numRows}`);
    const gather = this.#gathers.get(name) ?? new ColumnGather();
    this.#gathers.set(name, gather);
    const column = fromVector(vector, gather);
    if (column.kind !== 'arrow') (stream.buffer as ArrayBuffer).transfer(0);
    return column;
  }
}
