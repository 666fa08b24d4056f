import type { Field } from '../../contracts/table.ts';
import type { Column } from './column.ts';
import type { EncodedChunk } from './parquet-encoded.ts';
import { i64 } from './parquet-footer.ts';
import { ThriftType, writeStruct, type ThriftValue } from './thrift.ts';

const DOUBLE = 5;
const PLAIN = 0;
const RLE = 3;
const REQUIRED = 0;
const OPTIONAL = 1;

type Doubles = Extract<Column, { kind: 'float64' }>;

/**
 * A column of doubles in Parquet's plainest form: one page of little-endian values, not compressed.
 *
 *     page header (Thrift) | f64[numRows]
 *     page header (Thrift) | bytes of the levels u32 | levels | f64[rows that have a value]      when it is nullable
 *
 * Continuous values hardly compress, so this costs little room (none on standardised columns), is written and read at
 * the speed of a copy, needs no library, and can be read in place: see `parquet-doubles`. The values are not copied; in a
 * column where some are missing, those that are there move to its start.
 */
export function encodePlain({ name, nullable }: Field, { values, valid }: Doubles): EncodedChunk {
  const numRows = values.length;
  const levels = nullable ? levelsOf(numRows, valid) : new Uint8Array();
  const present = nullable && valid ? compact(values, valid) : numRows;
  const raw = new Uint8Array(values.buffer, values.byteOffset, 8 * present);
  const pageBytes = levels.length + raw.length;
  const header = writeStruct(
    new Map<number, ThriftValue>([
      [1, i32(0)], // a data page
      [2, i32(pageBytes)],
      [3, i32(pageBytes)],
      [5, struct([i32(numRows), i32(PLAIN), i32(RLE), i32(RLE)])],
    ]),
  );
  const sizeBytes = i64(header.length + pageBytes);
  const meta = new Map<number, ThriftValue>([
    [1, i32(DOUBLE)],
    [2, { type: ThriftType.List, of: ThriftType.I32, value: [i32(PLAIN), i32(RLE)] }],
    [3, { type: ThriftType.List, of: ThriftType.Binary, value: [text(name)] }],
    [4, i32(0)], // not compressed
    [5, i64(numRows)],
    [6, sizeBytes],
    [7, sizeBytes],
    [9, i64(0)],
  ]);
  const chunk = new Map<number, ThriftValue>([
    [2, i64(0)],
    [3, { type: ThriftType.Struct, value: meta }],
  ]);
  return { bytes: [header, levels, raw], struct: chunk, start: 0 };
}

/** Which rows have a value: a run of ones, or a bit for each row, behind their number of bytes as u32. */
function levelsOf(numRows: number, valid: Uint8Array | undefined): Uint8Array {
  const groups = Math.ceil(numRows / 8);
  const isWhole = !valid?.includes(0);
  const head = varint(isWhole ? numRows * 2 : groups * 2 + 1);
  const bytes = new Uint8Array(4 + head.length + (isWhole ? 1 : groups));
  new DataView(bytes.buffer).setUint32(0, bytes.length - 4, true);
  bytes.set(head, 4);
  const first = 4 + head.length;
  if (isWhole) bytes[first] = 1;
  else valid?.forEach((flag, row) => (bytes[first + (row >> 3)]! |= flag << (row & 7)));
  return bytes;
}

/** Moves the values that are there to the start. @returns how many there are */
function compact(values: Float64Array, valid: Uint8Array): number {
  let present = 0;
  for (let row = 0; row < values.length; row++) if (valid[row] !== 0) values[present++] = values[row] as number;
  return present;
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    bytes.push(rest < 128 ? rest : (rest % 128) | 128);
    if (rest < 128) return Uint8Array.from(bytes);
  }
}

/** The schema's element for such a column. */
export function plainElement({ name, nullable }: Field): ThriftValue {
  const element = new Map<number, ThriftValue>([
    [1, i32(DOUBLE)],
    [3, i32(nullable ? OPTIONAL : REQUIRED)],
    [4, text(name)],
  ]);
  return { type: ThriftType.Struct, value: element };
}

/** The schema's root over columns of these elements. */
export function rootElement(columns: number): ThriftValue {
  const root = new Map<number, ThriftValue>([
    [4, text('schema')],
    [5, i32(columns)],
  ]);
  return { type: ThriftType.Struct, value: root };
}

function i32(value: number): ThriftValue {
  return { type: ThriftType.I32, value };
}

function text(value: string): ThriftValue {
  return { type: ThriftType.Binary, value: new TextEncoder().encode(value) };
}

/** Fields numbered from 1. */
function struct(fields: readonly ThriftValue[]): ThriftValue {
  return { type: ThriftType.Struct, value: new Map(fields.map((field, index) => [index + 1, field])) };
}
