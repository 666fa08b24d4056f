import type { Data, DataType, Schema, Table as ArrowTable, Vector } from 'apache-arrow';
import { RidgelineError } from '../../contracts/errors.ts';
import type { Field, Table } from '../../contracts/table.ts';
import { arrow } from './arrow-library.ts';
import { ColumnBatch, columnsOf } from './batch.ts';
import { ColumnGather, toColumn, type Column } from './column.ts';
import { LazyTable } from './lazy-table.ts';
import { Text } from './text.ts';

/** A column as an Arrow vector on the same memory. */
function toVector(column: Column): Vector {
  const { DataType: Type, Float64, makeData, makeVector, Null, Utf8 } = arrow();
  if (column.kind === 'arrow') {
    const { type, length } = column.vector;
    // A slice of nothing but nulls does not know that it is that.
    return Type.isNull(type) ? makeVector(makeData({ type: new Null(), length, nullCount: length })) : column.vector;
  }
  if (column.kind === 'text') {
    const { bytes, offsets, valid } = column.values.packed();
    return makeVector(makeData({ type: new Utf8(), valueOffsets: offsets, data: bytes, ...nullsOf(valid) }));
  }
  const { values, valid } = column;
  return makeVector(makeData({ type: new Float64(), data: values, ...nullsOf(valid) }));
}

/** Which values are missing, in Arrow's words. @param valid u8 per value, 0 = missing */
function nullsOf(valid: Uint8Array | undefined): { nullCount: number; nullBitmap?: Uint8Array } {
  if (!valid?.includes(0)) return { nullCount: 0 };
  const nullBitmap = new Uint8Array(Math.ceil(valid.length / 8));
  let nullCount = 0;
  for (let row = 0; row < valid.length; row++) {
    if (valid[row] === 0) nullCount++;
    else nullBitmap[row >> 3] = (nullBitmap[row >> 3] as number) | (1 << (row & 7));
  }
  return { nullBitmap, nullCount };
}

/** What columns are in Arrow's words; `fields` say the names and what may be null. */
export function toArrowSchema(fields: readonly Field[], columns: readonly Column[]): Schema {
  const { Field: ArrowField, Schema: ArrowSchema } = arrow();
  const types = typesOf(columns);
  return new ArrowSchema(fields.map(({ name, nullable }, index) => new ArrowField(name, types[index]!, nullable)));
}

/** Types, with dictionaries numbered anew: each comes from a stream of its own, where it is the first. */
function typesOf(columns: readonly Column[]): DataType[] {
  const { DataType: Type, Dictionary, Float64, Utf8 } = arrow();
  let dictionaries = 0;
  return columns.map((column) => {
    if (column.kind !== 'arrow') return column.kind === 'text' ? new Utf8() : new Float64();
    const { type } = column.vector;
    if (!Type.isDictionary(type)) return type;
    return new Dictionary(type.dictionary, type.indices, dictionaries++, type.isOrdered);
  });
}

function retyped(vector: Vector, type: DataType): Vector {
  const { DataType: Type, Vector: Result } = arrow();
  return Type.isDictionary(type) ? new Result(vector.data.map((data: Data) => data.clone(type))) : vector;
}

/** Columns in order, as one Arrow table. */
export function toArrowTable(fields: readonly Field[], columns: readonly Column[]): ArrowTable {
  const { makeData, RecordBatch, Struct, Table: Result } = arrow();
  const schema = toArrowSchema(fields, columns);
  const vectors = columns.map((column, index) => retyped(toVector(column), schema.fields[index]!.type));
  // Columns without rows make an empty Struct batch, which the constructor takes for another schema.
  if (vectors.every((vector) => vector.length === 0)) return new Result(schema);
  if (vectors.length === 1) {
    // The constructor cuts columns to each other's chunks, in time with the square of their number.
    const type = new Struct(schema.fields);
    const chunks = vectors[0]!.data.filter(({ length }) => length > 0);
    const batches = chunks.map((data) => makeData({ type, length: data.length, nullCount: 0, children: [data] }));
    return new Result(
      schema,
      batches.map((data) => new RecordBatch(schema, data)),
    );
  }
  return new Result(schema, Object.fromEntries(fields.map(({ name }, index) => [name, vectors[index] as Vector])));
}

/** An empty column of a type that its name alone says. */
export function emptyColumn(table: string, field: Field): Column {
  if (field.type === 'Float64') return { kind: 'float64', values: new Float64Array() };
  if (field.type === 'Utf8') return toColumn([]);
  const make = (arrow() as unknown as Record<string, new () => DataType>)[field.type];
  if (!make) {
    const message = `${table}: a table without rows cannot be written with column "${field.name}" of type ${field.type}`;
    throw new RidgelineError('EMPTY_TABLE', 'content', message, { remedy: 'leave the column out' });
  }
  return { kind: 'arrow', vector: arrow().vectorFromArray([], new make()) };
}

/**
 * Everything in memory, as a `Table` of the apache-arrow that `import 'apache-arrow'` gives.
 *
 * @throws what the table's source throws
 */
export async function toArrow(table: Table): Promise<ArrowTable> {
  const gathers = table.fields.map(() => new ColumnGather(table.numRows));
  for await (const batch of table.batches()) {
    const own = columnsOf(batch, table.name);
    for (const [index, { name }] of table.fields.entries()) gathers[index]?.add(own.column(name));
  }
  const columns = table.fields.map((field, at) => gathers[at]?.take() ?? emptyColumn(table.name, field));
  const { tableFromIPC } = await import('apache-arrow');
  return tableFromIPC(arrow().tableToIPC(toArrowTable(table.fields, columns), 'stream'));
}

/**
 * A table over an apache-arrow `Table`, or over the bytes that `tableToIPC` makes of one.
 *
 * @throws {RidgelineError} BAD_ARROW for anything else, a `Table` of another version of the library included.
 */
export async function tableFromArrow(value: unknown, options: { name?: string } = {}): Promise<Table> {
  const name = options.name ?? 'table';
  const own = arrow().tableFromIPC(await toStream(value, name));
  const columns = new Map<string, Column>();
  for (const [index, { name: column }] of own.schema.fields.entries()) {
    columns.set(column, fromVector(own.getChildAt(index) as Vector));
  }
  const fields = describeFields(own.schema);
  const whole = new ColumnBatch(name, 0, own.numRows, fields, columns);
  return new LazyTable({ name, fields, numRows: own.numRows, read: ({ columns: wanted }) => [whole.select(wanted)] });
}

function describeFields(schema: Schema): Field[] {
  return schema.fields.map(({ name, type, nullable }) => ({ name, type: String(type), nullable }));
}

/**
 * The column that a vector is: doubles and plain text as such, all else as it is.
 *
 * @param gather whose memory doubles and text are copied into
 */
export function fromVector(vector: Vector, gather = new ColumnGather()): Column {
  const type = String(vector.type);
  if (type !== 'Float64' && type !== 'Utf8') return { kind: 'arrow', vector };
  for (const chunk of vector.data as readonly Data[]) {
    const { length } = chunk; // buffers may be padded
    const valid =
      chunk.nullCount > 0 ? Uint8Array.from({ length }, (_, row) => Number(chunk.getValid(row))) : undefined;
    if (length === 0) continue;
    if (type === 'Utf8') {
      const offsets = (chunk.valueOffsets as Int32Array).subarray(0, length + 1);
      gather.add({ kind: 'text', values: Text.ofBytes({ bytes: chunk.values as Uint8Array, offsets, valid }) });
      continue;
    }
    const values = (chunk.values as Float64Array).subarray(0, length);
    if (valid === undefined) gather.add({ kind: 'float64', values });
    else gather.add({ kind: 'float64', values: values.map((each, row) => (valid[row] ? each : Number.NaN)), valid });
  }
  return gather.take() ?? toColumn(type === 'Utf8' ? [] : new Float64Array());
}

/** Ours is another build of the library, with other classes and other names in them; its bytes are the same. */
async function toStream(value: unknown, name: string): Promise<Uint8Array> {
  if (value instanceof Uint8Array) return value;
  const { Table: Theirs, tableToIPC } = await import('apache-arrow');
  if (value instanceof Theirs) return tableToIPC(value, 'stream');
  throw new RidgelineError('BAD_ARROW', 'content', `${name}: expected an apache-arrow Table`, {
    remedy: 'give the bytes of tableToIPC(table), which any version of the library makes',
  });
}
