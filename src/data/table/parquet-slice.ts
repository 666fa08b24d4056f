import type { ByteSource } from '../../contracts/store.ts';
import { chunksOf, fetchChunks, placeChunks, readInto, roomFor } from './parquet-chunks.ts';
import {
  closeFile,
  i64,
  keyValueList,
  MAGIC,
  moveChunk,
  openRowGroup,
  schemaOf,
  structAt,
  structList,
  type ParquetChunk,
  type ParquetColumn,
  type ParquetFooter,
  type ParquetRowGroup,
} from './parquet-footer.ts';
import { ThriftType, type ThriftStruct, type ThriftValue } from './thrift.ts';

/**
 * Some columns of one row group as a small Parquet file in memory, which a reader of whole files takes. This is how
 * columns and row groups are picked: by bytes, before anything is decoded.
 *
 * @param scratch holds the file if it is large enough, else a larger one is made
 * @param schemaHint Arrow's own schema of these columns (`ARROW:schema`), when the file has one
 */
export async function sliceRowGroup(
  source: ByteSource,
  footer: ParquetFooter,
  group: ParquetRowGroup,
  columns: readonly ParquetColumn[],
  scratch: Uint8Array,
  schemaHint?: string,
): Promise<Uint8Array> {
  const opened = openRowGroup(footer, group);
  const chunks = chunksOf(opened, columns);
  const { runs, sizeBytes: size, offsetOf } = placeChunks(chunks, MAGIC.length);
  const moved = chunks.map((chunk) => moveChunk(chunk.struct, offsetOf(chunk) - chunk.start));
  const rowGroup: ThriftStruct = new Map(opened.struct);
  for (const id of [4, 5, 6]) rowGroup.delete(id); // sorting, offset and size speak of the whole row group
  rowGroup.set(1, structList(moved));
  const tail = closeFile(sliceFooter(footer, columns, [rowGroup], group.numRows, schemaHint));

  const file = roomFor(scratch, size + tail.length);
  file.set(MAGIC);
  await fetchChunks(source, runs, file);
  file.set(tail, size);
  return file;
}

/**
 * Some consecutive pages of a flat column as a small Parquet file.
 *
 * @param pages where they lie, how many rows they hold, and the column's dictionary page if it has one
 */
export async function wrapPages(
  source: ByteSource,
  footer: ParquetFooter,
  { columns, hint }: { readonly columns: readonly ParquetColumn[]; readonly hint: string | undefined },
  chunk: ParquetChunk,
  pages: {
    readonly from: number;
    readonly to: number;
    readonly rows: number;
    readonly dictionary: Uint8Array | undefined;
  },
  scratch: Uint8Array,
): Promise<Uint8Array> {
  const first = MAGIC.length + (pages.dictionary?.length ?? 0);
  const size = first + pages.to - pages.from;
  const meta = new Map(structAt(moveChunk(chunk.struct, 0), 3));
  for (const id of [11, 12, 13, 16]) meta.delete(id); // the dictionary's place; statistics of the whole column
  meta.set(5, i64(pages.rows));
  meta.set(7, i64(size - MAGIC.length));
  meta.set(9, i64(first));
  if (pages.dictionary) meta.set(11, i64(MAGIC.length));
  const column = new Map<number, ThriftValue>([
    [2, i64(0)],
    [3, { type: ThriftType.Struct, value: new Map([...meta].toSorted(([a], [b]) => a - b)) }],
  ]);
  const rowGroup = new Map<number, ThriftValue>([
    [1, structList([column])],
    [2, i64(size)],
    [3, i64(pages.rows)],
  ]);
  const tail = closeFile(sliceFooter(footer, columns, [rowGroup], pages.rows, hint));
  const file = roomFor(scratch, size + tail.length);
  file.set(MAGIC);
  if (pages.dictionary) file.set(pages.dictionary, MAGIC.length);
  await readInto(source, pages.from, file.subarray(first, size));
  file.set(tail, size);
  return file;
}

/** A file with these columns and no rows: its schema. */
export function emptySlice(footer: ParquetFooter, columns: readonly ParquetColumn[], schemaHint?: string): Uint8Array {
  const tail = closeFile(sliceFooter(footer, columns, [], 0, schemaHint));
  const file = new Uint8Array(MAGIC.length + tail.length);
  file.set(MAGIC);
  file.set(tail, MAGIC.length);
  return file;
}

function sliceFooter(
  footer: ParquetFooter,
  columns: readonly ParquetColumn[],
  rowGroups: readonly ThriftStruct[],
  numRows: number,
  schemaHint: string | undefined,
): ThriftStruct {
  const slice = new Map<number, ThriftValue>([
    [1, footer.struct.get(1) ?? { type: ThriftType.I32, value: 1 }],
    [2, schemaOf(footer, columns)],
    [3, i64(numRows)],
    [4, structList(rowGroups)],
  ]);
  if (schemaHint !== undefined) slice.set(5, keyValueList(new Map([['ARROW:schema', schemaHint]])));
  return slice;
}
