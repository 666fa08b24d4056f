import type { Schema } from 'apache-arrow';
import type { Field } from '../../contracts/table.ts';
import { arrow } from './arrow-library.ts';
import { badParquet, type ParquetColumn, type ParquetFooter } from './parquet-footer.ts';
import { withParquet } from './parquet-module.ts';
import { emptySlice } from './parquet-slice.ts';

/** Key under which Arrow's writers keep the schema in their own words: what Parquet's types cannot say. */
export const ARROW_SCHEMA_KEY = 'ARROW:schema';

export interface ParquetSchema {
  readonly fields: readonly Field[];
  /** Arrow's own words for a column, if the file has any that we can read. */
  hintOf(column: ParquetColumn): string | undefined;
}

/** The columns of a file as a reader sees them. A file of doubles is described without loading apache-arrow. */
export async function readSchema(footer: ParquetFooter): Promise<ParquetSchema> {
  const others = footer.columns.filter((column) => !column.isDouble);
  if (others.length === 0) return { fields: footer.columns.map((column) => describe(column)), hintOf: () => undefined };
  const encoded = footer.keyValues.get(ARROW_SCHEMA_KEY);
  const hint = encoded === undefined ? undefined : decodeHint(encoded);
  const hinted = hint && (await decodeSchema(footer, others, encodeHint(hint, others)).catch(() => undefined));
  // Without a hint, or with one this reader has no words for, types are as Parquet describes them.
  const schema =
    hinted ??
    (await decodeSchema(footer, others).catch((error: unknown) => {
      throw badParquet(`its schema cannot be read: ${(error as Error).message}`);
    }));
  const hints = new Map(hinted && hint ? others.map((column) => [column, encodeHint(hint, [column])]) : []);
  return {
    fields: footer.columns.map((column) => describe(column, schema)),
    hintOf: (column) => hints.get(column),
  };
}

/** The hint narrowed to some columns, as the file format keeps it: base64 of an IPC schema message. */
function encodeHint(hint: Schema, columns: readonly ParquetColumn[]): string | undefined {
  const fields = columns.map(({ name }) => hint.fields.find((field) => field.name === name));
  return fields.includes(undefined) ? undefined : schemaHint(fields as Schema['fields']);
}

/** Arrow's words for these columns, as the file format keeps them. */
export function schemaHint(fields: Schema['fields']): string {
  const { Schema: ArrowSchema, Table: ArrowTable, tableToIPC } = arrow();
  const stream = tableToIPC(new ArrowTable(new ArrowSchema(fields)), 'stream');
  const bodyBytes = new DataView(stream.buffer, stream.byteOffset).getUint32(4, true);
  return Buffer.from(stream.subarray(0, 8 + bodyBytes)).toString('base64');
}

function decodeHint(encoded: string): Schema | undefined {
  try {
    return arrow().tableFromIPC(Buffer.from(encoded, 'base64')).schema;
  } catch {
    return undefined; // written by an Arrow newer than ours; the Parquet types remain
  }
}

function decodeSchema(footer: ParquetFooter, columns: readonly ParquetColumn[], hint?: string): Promise<Schema> {
  const file = emptySlice(footer, columns, hint);
  return withParquet((parquet) => arrow().tableFromIPC(parquet.readSchema(file).intoIPCStream()).schema);
}

function describe(column: ParquetColumn, schema?: Schema): Field {
  const type = column.isDouble ? 'Float64' : schema?.fields.find((field) => field.name === column.name)?.type;
  return { name: column.name, type: String(type), nullable: column.nullable };
}
