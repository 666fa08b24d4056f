import type { Scratch } from './parquet-chunks.ts';
import {
  closeFile,
  i64,
  keyValueList,
  MAGIC,
  moveChunk,
  schemaOf,
  structAt,
  structList,
  type ParquetChunk,
  type ParquetColumn,
  type ParquetFooter,
} from './parquet-footer.ts';
import { ThriftType, type ThriftStruct, type ThriftValue } from './thrift.ts';

/** One column chunk, or some pages of one: its bytes in order, and its `ColumnChunk` as if the first were at `start`. */
export interface ChunkBytes {
  readonly pieces: readonly Uint8Array[];
  readonly struct: ThriftStruct;
  readonly start: number;
}

/**
 * One column of one row group, or some of its rows, as a small Parquet file in memory, which a reader of whole files
 * takes. This is how columns, row groups and pages are picked: by bytes, before anything is decoded.
 *
 * @param chunks one per leaf
 * @param hint Arrow's own schema of the column (`ARROW:schema`), when the file has one
 */
export function wrapColumn(
  footer: ParquetFooter,
  column: ParquetColumn,
  hint: string | undefined,
  chunks: readonly ChunkBytes[],
  numRows: number,
  scratch: Scratch,
): Uint8Array {
  let size = MAGIC.length;
  const moved = chunks.map(({ pieces, struct, start }) => {
    const at = size;
    size += pieces.reduce((sum, piece) => sum + piece.length, 0);
    return moveChunk(struct, at - start);
  });
  const rowGroup = new Map<number, ThriftValue>([
    [1, structList(moved)],
    [2, i64(size)],
    [3, i64(numRows)],
  ]);
  const tail = closeFile(sliceFooter(footer, [column], [rowGroup], numRows, hint));
  const file = scratch.room(size + tail.length);
  let at = 0;
  for (const piece of [MAGIC, ...chunks.flatMap(({ pieces }) => pieces), tail]) {
    file.set(piece, at);
    at += piece.length;
  }
  return file;
}

/** Some consecutive pages of a flat column as a chunk of its own, after its dictionary page if it has one. */
export function chunkOfPages(
  chunk: ParquetChunk,
  pages: Uint8Array,
  rows: number,
  dictionary: Uint8Array | undefined,
): ChunkBytes {
  const start = MAGIC.length; // anything but 0, which says that there is no dictionary
  const pieces = dictionary ? [dictionary, pages] : [pages];
  const meta = new Map(structAt(chunk.struct, 3));
  for (const id of [11, 12, 13, 16]) meta.delete(id); // the dictionary's place; statistics of the whole column
  meta.set(5, i64(rows));
  meta.set(7, i64(pages.length + (dictionary?.length ?? 0)));
  meta.set(9, i64(start + (dictionary?.length ?? 0)));
  if (dictionary) meta.set(11, i64(start));
  const inOrder = dictionary ? new Map([...meta].toSorted(([a], [b]) => a - b)) : meta;
  return { pieces, struct: new Map([[3, { type: ThriftType.Struct, value: inOrder }]]), start };
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
