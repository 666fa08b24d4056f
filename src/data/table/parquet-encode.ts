import type { WriterProperties } from 'parquet-wasm/esm';
import type { Field } from '../../contracts/table.ts';
import { arrow } from './arrow-library.ts';
import { toArrowSchema, toArrowTable } from './arrow-table.ts';
import { columnLength, type Column } from './column.ts';
import type { EncodedChunk, EncodedColumn, EncodedRowGroup } from './parquet-encoded.ts';
import {
  footerOf,
  i64,
  moveChunk,
  numberAt,
  openRowGroup,
  structAt,
  structList,
  type ParquetColumn,
} from './parquet-footer.ts';
import { withParquet, type Parquet } from './parquet-module.ts';
import { encodePlain, plainElement, rootElement } from './parquet-plain-write.ts';
import { ARROW_SCHEMA_KEY, schemaHint } from './parquet-schema.ts';
import { writeAround, type ThriftValue } from './thrift.ts';

const CREATED_BY = 'ridgeline';
const DATA_OFFSET = 9;
const DICTIONARY_OFFSET = 11;

/**
 * Encodes a row group. Doubles are plain (see `parquet-plain-write`); all other columns are made by the library, one at a
 * time, because its memory never shrinks: each as a small file from which it is taken.
 *
 * @param columns one per field, of equal length; what is plain is not copied, so `release` only what has been written
 * @param isFirst of its table: with the schema
 */
export async function encodeRowGroup(
  fields: readonly Field[],
  columns: readonly Column[],
  isFirst: boolean,
): Promise<EncodedRowGroup> {
  const numRows = columns[0] ? columnLength(columns[0]) : 0;
  const files: Uint8Array[] = [];
  const encoded: EncodedColumn[] = [];
  for (const [index, field] of fields.entries()) {
    const column = columns[index] as Column;
    if (field.type !== 'Float64') {
      const file = await encodeByLibrary(field, column);
      files.push(file);
      encoded.push(columnOf(file));
    } else if (column.kind === 'float64') {
      encoded.push({ elements: isFirst ? [plainElement(field)] : [], chunks: [encodePlain(field, column)] });
    } else throw new TypeError(`column "${field.name}" is not of its type, ${field.type}`);
  }
  // The library's own words on types cover one column each: they are written anew, for all.
  const hint = isFirst && files.length > 0 ? schemaHint(toArrowSchema(fields, columns).fields) : undefined;
  const schema = isFirst && {
    elements: [rootElement(fields.length), ...encoded.flatMap(({ elements }) => elements)],
    keyValues: new Map(hint === undefined ? [] : [[ARROW_SCHEMA_KEY, hint]]),
  };
  const chunks = encoded.flatMap((column) => column.chunks);
  return {
    numRows,
    // A plain chunk's values, its last piece, are to be read in place.
    chunks: chunks.map(({ bytes: pieces }) => ({ pieces, head: sizeOf(pieces.slice(0, -1)) })),
    ...encodeMetadata(chunks, numRows),
    ...(schema && { schema }),
    release: () => files.forEach(release),
  };
}

/** The `RowGroup` of these chunks, open where offsets in the file belong. */
function encodeMetadata(
  chunks: readonly EncodedChunk[],
  numRows: number,
): Pick<EncodedRowGroup, 'metadata' | 'offsets'> {
  const moved = chunks.map(({ struct, start }) => (start === 0 ? struct : moveChunk(struct, -start)));
  const places = moved.flatMap((struct, chunk) =>
    [DATA_OFFSET, DICTIONARY_OFFSET].flatMap((id) => {
      const value = structAt(struct, 3).get(id);
      return value ? { chunk, value, from: numberAt(structAt(struct, 3), id) ?? 0 } : [];
    }),
  );
  const sizeBytes = moved.reduce((sum, struct) => sum + (numberAt(structAt(struct, 3), 6) ?? 0), 0);
  const group = new Map<number, ThriftValue>([
    [1, structList(moved)],
    [2, i64(sizeBytes)],
    [3, i64(numRows)],
  ]);
  const { bytes, gaps } = writeAround(
    group,
    places.map(({ value }) => value),
  );
  return { metadata: bytes, offsets: places.map(({ chunk, from }, i) => ({ at: gaps[i]!, chunk, from })) };
}

function sizeOf(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}

/** A column as a file of its own. */
function encodeByLibrary(field: Field, column: Column): Promise<Uint8Array> {
  return withParquet((parquet) => {
    const ipc = arrow().tableToIPC(toArrowTable([field], [column]), 'stream');
    const table = parquet.Table.fromIPCStream(ipc);
    release(ipc);
    return parquet.writeParquet(table, writerProperties(parquet, field));
  });
}

/** The column that a file holds. */
function columnOf(file: Uint8Array): EncodedColumn {
  const footer = footerOf(file);
  const [group] = footer.rowGroups.map((each) => openRowGroup(footer, each));
  const [{ elements, leaves }] = footer.columns as [ParquetColumn];
  const chunks = leaves.flatMap((leaf) => group?.chunks[leaf] ?? []);
  return {
    elements,
    chunks: chunks.map(({ start, end, struct }) => ({ bytes: [file.subarray(start, end)], struct, start })),
  };
}

/** Dictionaries pay for text and small integers; on continuous columns they cost 5-10x the time and 20 % more bytes. */
function writerProperties(parquet: Parquet, { type }: Field): WriterProperties {
  return new parquet.WriterPropertiesBuilder()
    .setCreatedBy(CREATED_BY)
    .setCompression(parquet.Compression.SNAPPY)
    .setDictionaryEnabled(!type.startsWith('Float'))
    .setStatisticsEnabled(parquet.EnabledStatistics.Chunk)
    .build();
}

/** Buffers of megabytes hang on tiny objects: left to the collector, writing 1e7 rows of nine columns took 830 MB. */
function release(bytes: Uint8Array): void {
  (bytes.buffer as ArrayBuffer).transfer(0);
}
