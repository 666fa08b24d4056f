import type { EncodedChunk } from './parquet-encoded.ts';
import { i64 } from './parquet-footer.ts';
import { ThriftType, writeStruct, type ThriftValue } from './thrift.ts';

const DOUBLE = 5;
const PLAIN = 0;
const RLE = 3;
const REQUIRED = 0;

/**
 * A column of doubles, none missing, in Parquet's plainest form: one page of little-endian values, not compressed.
 *
 *     page header (Thrift) | f64[numRows]
 *
 * Continuous values hardly compress, so this costs little room (none on standardised columns), is written and read at
 * the speed of a copy, needs no library, and can be read in place: see `parquet-doubles`. The values are not copied.
 */
export function encodePlain(name: string, values: Float64Array): EncodedChunk {
  const numRows = values.length;
  const header = writeStruct(
    new Map<number, ThriftValue>([
      [1, i32(0)], // a data page
      [2, i32(values.byteLength)],
      [3, i32(values.byteLength)],
      [5, struct([i32(numRows), i32(PLAIN), i32(RLE), i32(RLE)])],
    ]),
  );
  const sizeBytes = i64(header.length + values.byteLength);
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
  const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { bytes: [header, raw], struct: chunk, start: 0 };
}

/** The schema's element for such a column. */
export function plainElement(name: string): ThriftValue {
  const element = new Map<number, ThriftValue>([
    [1, i32(DOUBLE)],
    [3, i32(REQUIRED)],
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
