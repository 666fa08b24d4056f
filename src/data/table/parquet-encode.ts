import type { WriterProperties } from 'parquet-wasm/esm';
import type { Field } from '../../contracts/table.ts';
import { arrow } from './arrow-library.ts';
import { toArrowTable } from './arrow-table.ts';
import { columnLength, type Column } from './column.ts';
import type { EncodedColumn, EncodedRowGroup } from './parquet-encoded.ts';
import { footerOf, openRowGroup } from './parquet-footer.ts';
import { withParquet, type Parquet } from './parquet-module.ts';
import { encodePlain, plainElement } from './parquet-plain-write.ts';
import { ARROW_SCHEMA_KEY, schemaHint } from './parquet-schema.ts';

const CREATED_BY = 'ridgeline';

/**
 * Encodes a row group. Doubles are plain (see `parquet-plain-write`); all other columns are made by the library, as a
 * small file from which they are taken.
 *
 * @param columns one per field, of equal length; what is plain is not copied, so `release` only what has been written
 */
export async function encodeRowGroup(fields: readonly Field[], columns: readonly Column[]): Promise<EncodedRowGroup> {
  const numRows = columns[0] ? columnLength(columns[0]) : 0;
  const isOther = fields.map((field) => field.type !== 'Float64');
  const others = fields.filter((_, index) => isOther[index]);
  const made =
    others.length > 0
      ? await encodeOthers(
          others,
          columns.filter((_, index) => isOther[index]),
        )
      : undefined;
  // The library's own words on types cover its columns only: they are written anew, for all.
  const keyValues = new Map(made && [[ARROW_SCHEMA_KEY, schemaHint(toArrowTable(fields, columns).schema.fields)]]);
  let other = 0;
  const encoded = fields.map((field, index): EncodedColumn => {
    if (isOther[index]) return made?.columns[other++] as EncodedColumn;
    const column = columns[index] as Column;
    if (column.kind !== 'float64') throw new TypeError(`column "${field.name}" is not of its type, ${field.type}`);
    return { elements: [plainElement(field)], chunks: [encodePlain(field, column)] };
  });
  return {
    numRows,
    columns: encoded,
    keyValues,
    ...(made && { release: () => release(made.file) }),
  };
}

async function encodeOthers(
  fields: readonly Field[],
  columns: readonly Column[],
): Promise<{ readonly file: Uint8Array; readonly columns: readonly EncodedColumn[] }> {
  const file = await withParquet((parquet) => {
    const ipc = arrow().tableToIPC(toArrowTable(fields, columns), 'stream');
    const table = parquet.Table.fromIPCStream(ipc);
    release(ipc);
    return parquet.writeParquet(table, writerProperties(parquet, fields));
  });
  const footer = footerOf(file);
  const [group] = footer.rowGroups.map((each) => openRowGroup(footer, each));
  const taken = footer.columns.map(({ elements, leaves }): EncodedColumn => {
    const chunks = leaves.flatMap((leaf) => group?.chunks[leaf] ?? []);
    return {
      elements,
      chunks: chunks.map(({ start, end, struct }) => ({ bytes: [file.subarray(start, end)], struct, start })),
    };
  });
  return { file, columns: taken };
}

/** Dictionaries pay for text and small integers; on continuous columns they cost 5-10x the time and 20 % more bytes. */
function writerProperties(parquet: Parquet, fields: readonly Field[]): WriterProperties {
  let builder = new parquet.WriterPropertiesBuilder()
    .setCreatedBy(CREATED_BY)
    .setCompression(parquet.Compression.SNAPPY)
    .setDictionaryEnabled(false)
    .setStatisticsEnabled(parquet.EnabledStatistics.Chunk);
  for (const { name, type } of fields) {
    if (!type.startsWith('Float')) builder = builder.setColumnDictionaryEnabled(name, true);
  }
  return builder.build();
}

/** Buffers of megabytes hang on tiny objects: left to the collector, writing 1e7 rows of nine columns took 830 MB. */
function release(bytes: Uint8Array): void {
  (bytes.buffer as ArrayBuffer).transfer(0);
}
