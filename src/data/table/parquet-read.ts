import { RidgelineError } from '../../contracts/errors.ts';
import type { TransformerState } from '../../contracts/model.ts';
import type { ByteSource } from '../../contracts/store.ts';
import type { SourceInfo, Table, TableRef } from '../../contracts/table.ts';
import { arrow } from './arrow-library.ts';
import { ColumnBatch } from './batch.ts';
import type { Column } from './column.ts';
import { LazyTable, type BatchRequest } from './lazy-table.ts';
import { takeDoubles } from './parquet-ffi.ts';
import {
  badParquet,
  readFooter,
  type ParquetColumn,
  type ParquetFooter,
  type ParquetRowGroup,
} from './parquet-footer.ts';
import { CHAIN_KEY, parseMetadata, SOURCE_KEY } from './parquet-metadata.ts';
import { withParquet, type Parquet } from './parquet-module.ts';
import { encodeHint, readSchema, type ParquetSchema } from './parquet-schema.ts';
import { sliceRowGroup } from './parquet-slice.ts';

/**
 * Opens a Parquet file by its footer; rows are read later, one row group at a time, only the columns asked for.
 *
 * @throws {RidgelineError} BAD_PARQUET (content) saying what is wrong; DUPLICATE_COLUMN; what the source throws.
 */
export async function readParquet(
  source: ByteSource,
  { name, ref }: { name: string; ref?: TableRef | undefined },
): Promise<Table> {
  return naming(name, async () => {
    const footer = await readFooter(source);
    const names = footer.columns.map((column) => column.name);
    const twice = names.find((column, index) => names.indexOf(column) !== index);
    if (twice !== undefined) throw duplicateColumn(name, twice);
    const schema = await readSchema(footer);
    return new LazyTable({
      name,
      fields: schema.fields,
      numRows: footer.numRows,
      chain: parseMetadata<TransformerState[]>(footer, CHAIN_KEY),
      source: parseMetadata<SourceInfo>(footer, SOURCE_KEY),
      ref,
      read: (request) => readRowGroups(name, source, footer, schema, request),
    });
  });
}

/** One batch a row group; the next row group's bytes are on their way while a batch is worked on. */
async function* readRowGroups(
  name: string,
  source: ByteSource,
  footer: ParquetFooter,
  schema: ParquetSchema,
  { columns: names, start, end }: BatchRequest,
): AsyncGenerator<ColumnBatch> {
  const columns = names.map((each) => footer.columns.find((column) => column.name === each) as ParquetColumn);
  const fields = columns.map((column) => schema.fields[footer.columns.indexOf(column)] as ParquetSchema['fields'][0]);
  const groups = footer.rowGroups.filter(
    ({ rowOffset, numRows }) => numRows > 0 && rowOffset < end && rowOffset + numRows > start,
  );
  // Doubles are copied straight into arrays that live as long as this loop; other types go through Arrow's stream form.
  const doubles = columns.filter((column) => column.isDouble);
  const others = columns.filter((column) => !column.isDouble);
  const parts = [
    { columns: doubles, hint: undefined, decode: doubleDecoder() },
    { columns: others, hint: schema.hint && encodeHint(schema.hint, others), decode: decodeOthers },
  ].filter((part) => part.columns.length > 0);

  // Two files in turn: one being decoded, one being filled.
  const scratch = [new Map<object, Uint8Array>(), new Map<object, Uint8Array>()] as const;
  const fetch = (index: number): Promise<Uint8Array[]> => {
    const group = groups[index];
    const kept = scratch[(index % 2) as 0 | 1];
    if (!group) return Promise.resolve([]);
    return Promise.all(
      parts.map(async (part) => {
        const room = kept.get(part) ?? new Uint8Array();
        const file = await sliceRowGroup(source, footer, group, part.columns, room, part.hint);
        if (file.length > room.length) kept.set(part, file);
        return file;
      }),
    );
  };

  let next = fetch(0);
  for (const [index, group] of groups.entries()) {
    const files = await naming(name, () => next);
    next = fetch(index + 1);
    next.catch(() => {}); // reported when awaited; a reader that stops before that never asks
    const decoded = new Map<string, Column>();
    for (const [which, part] of parts.entries()) {
      const file = files[which] as Uint8Array;
      const got = await naming(name, () => decodeGroup(group, (parquet) => part.decode(parquet, file, group.numRows)));
      for (const [at, column] of part.columns.entries()) decoded.set(column.name, got[at] as Column);
    }
    yield new ColumnBatch(name, group.rowOffset, group.numRows, fields, decoded);
  }
}

function doubleDecoder(): (parquet: Parquet, file: Uint8Array, numRows: number) => Column[] {
  const values: Float64Array[] = [];
  return (parquet, file, numRows) =>
    takeDoubles(parquet, parquet.readParquet(file, { batchSize: numRows }), numRows, values);
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

async function decodeGroup(group: ParquetRowGroup, decode: (parquet: Parquet) => Column[]): Promise<Column[]> {
  try {
    return await withParquet(decode);
  } catch (error) {
    const rows = `rows ${group.rowOffset + 1} to ${group.rowOffset + group.numRows}`;
    throw badParquet(`${rows} cannot be decoded: ${(error as Error).message}`);
  }
}

/** Puts the table's name before what the footer and the decoder have to say. */
async function naming<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!RidgelineError.is(error) || error.code !== 'BAD_PARQUET' || error.position) throw error;
    throw new RidgelineError(error.code, error.kind, `${name}: damaged Parquet file: ${error.message}`, {
      remedy: error.remedy,
      position: { file: name },
      cause: error,
    });
  }
}

function duplicateColumn(file: string, column: string): RidgelineError {
  return new RidgelineError('DUPLICATE_COLUMN', 'content', `${file}: column "${column}" is there twice`, {
    remedy: 'rename one of the two where the file is made',
    position: { file, column },
  });
}
