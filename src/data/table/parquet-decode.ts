import type { ByteSource } from '../../contracts/store.ts';
import { arrow } from './arrow-library.ts';
import type { Column } from './column.ts';
import { chunksOf } from './parquet-chunks.ts';
import { takeDoubles } from './parquet-ffi.ts';
import {
  badParquet,
  openRowGroup,
  type ParquetChunk,
  type ParquetColumn,
  type ParquetFooter,
  type ParquetRowGroup,
} from './parquet-footer.ts';
import { withParquet, type Parquet } from './parquet-module.ts';
import { isPlain, readPlain } from './parquet-plain-read.ts';
import { encodeHint, type ParquetSchema } from './parquet-schema.ts';
import { sliceRowGroup } from './parquet-slice.ts';

/** A file and some columns of it. */
export interface ParquetSelection {
  readonly source: ByteSource;
  readonly footer: ParquetFooter;
  readonly schema: ParquetSchema;
  readonly columns: readonly ParquetColumn[];
}

/** Columns of a row group, on their way: the bytes have been read, `decode` makes values of them. */
export interface FetchedGroup {
  decode(): Promise<ReadonlyMap<string, Column>>;
}

/**
 * Memory that one row group is read and decoded in, to be used again for another: what came out before is overwritten.
 * First touch of memory costs more than the read.
 */
export class GroupScratch {
  plain: Uint8Array = new Uint8Array();
  doubles: Uint8Array = new Uint8Array();
  others: Uint8Array = new Uint8Array();
  readonly values: Float64Array[] = [];
}

/**
 * Reads the bytes of some columns of a row group. Plain doubles are taken as they lie; other doubles are decoded by the
 * library and copied out of its memory; other types come out of it in Arrow's stream form.
 */
export async function fetchGroup(
  { source, footer, schema, columns }: ParquetSelection,
  group: ParquetRowGroup,
  scratch: GroupScratch,
): Promise<FetchedGroup> {
  const opened = openRowGroup(footer, group);
  const plain = columns.filter((column) => isPlain(column, chunkOf(opened.chunks, column)));
  const doubles = columns.filter((column) => column.isDouble && !plain.includes(column));
  const others = columns.filter((column) => !column.isDouble);
  const hint = others.length > 0 && schema.hint ? encodeHint(schema.hint, others) : undefined;
  const slice = (which: readonly ParquetColumn[], room: Uint8Array, with_?: string): Promise<Uint8Array> =>
    which.length > 0 ? sliceRowGroup(source, footer, group, which, room, with_) : Promise.resolve(room);
  const [inPlace, doubleFile, otherFile] = await Promise.all([
    readPlain(source, chunksOf(opened, plain), group.numRows, scratch.plain),
    slice(doubles, scratch.doubles),
    slice(others, scratch.others, hint),
  ]);
  scratch.plain = larger(scratch.plain, inPlace.bytes);
  scratch.doubles = larger(scratch.doubles, doubleFile);
  scratch.others = larger(scratch.others, otherFile);
  return {
    async decode() {
      const decoded = new Map(plain.map((column, index) => [column.name, inPlace.columns[index] as Column]));
      const add = (which: readonly ParquetColumn[], got: readonly Column[]): void =>
        which.forEach(({ name }, index) => decoded.set(name, got[index] as Column));
      if (doubles.length > 0) {
        add(doubles, await decodeFile(doubleFile, true, group.rowOffset, group.numRows, scratch.values));
      }
      if (others.length > 0) add(others, await decodeFile(otherFile, false, group.rowOffset, group.numRows));
      return decoded;
    },
  };
}

/**
 * Decodes a small file of doubles, or of other types.
 *
 * @param values arrays that doubles are copied to, kept by the caller
 * @throws {RidgelineError} BAD_PARQUET, saying at which rows: `firstRow` counts from 0.
 */
export async function decodeFile(
  file: Uint8Array,
  doubles: boolean,
  firstRow: number,
  numRows: number,
  values: Float64Array[] = [],
): Promise<Column[]> {
  try {
    return await withParquet((parquet) => {
      if (!doubles) return decodeOthers(parquet, file, numRows);
      return takeDoubles(parquet, parquet.readParquet(file, { batchSize: numRows }), numRows, values);
    });
  } catch (error) {
    throw badParquet(`rows ${firstRow + 1} to ${firstRow + numRows} cannot be decoded: ${(error as Error).message}`);
  }
}

function decodeOthers(parquet: Parquet, file: Uint8Array, numRows: number): Column[] {
  const table = arrow().tableFromIPC(parquet.readParquet(file, { batchSize: numRows }).intoIPCStream());
  if (table.numRows !== numRows) throw new RangeError(`${table.numRows} rows, expected ${numRows}`);
  return table.schema.fields.map((_, index) => {
    const vector = table.getChildAt(index);
    if (!vector) throw new RangeError(`column ${index + 1} is missing`);
    return { kind: 'arrow', vector };
  });
}

function chunkOf(chunks: readonly ParquetChunk[], column: ParquetColumn): ParquetChunk {
  const chunk = chunks[column.leaves[0] ?? -1];
  if (!chunk) throw badParquet('lacks a column in a row group');
  return chunk;
}

function larger(a: Uint8Array, b: Uint8Array): Uint8Array {
  return b.length > a.length ? b : a;
}
