import { RidgelineError } from '../../contracts/errors.ts';
import type { ByteSource } from '../../contracts/store.ts';
import { readStruct, ThriftType, writeStruct, type ThriftStruct, type ThriftValue } from './thrift.ts';

/**
 * A Parquet file's metadata, and small files made of parts of one.
 *
 *     "PAR1" | row group 0: chunk of column 0, chunk of column 1, … | row group 1 … | footer | footer's size u32 | "PAR1"
 *
 * Field numbers below are those of the format's `parquet.thrift`
 * (https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift).
 */
export const MAGIC = new TextEncoder().encode('PAR1');

/** Read with the last bytes: most footers fit, so opening a file is one request. */
const TAIL_BYTES = 64 * 1024;
const ROW_GROUPS = 4;
const COLUMN_CHUNKS = 1;
const DOUBLE = 5;
const OPTIONAL = 1;
const REPEATED = 2;

/** A top-level column: its schema elements (one unless nested) and its leaves' numbers among all column chunks. */
export interface ParquetColumn {
  readonly name: string;
  readonly elements: readonly ThriftValue[];
  readonly leaves: readonly number[];
  readonly nullable: boolean;
  /** A flat column of doubles. */
  readonly isDouble: boolean;
  /** A list, a map or a struct: rows and values are not the same. */
  readonly isNested: boolean;
}

export interface ParquetChunk {
  readonly start: number;
  readonly end: number;
  readonly struct: ThriftStruct;
}

/** A row group's place among the rows. A file of 1e8 rows has 1,500 of them, so their metadata stay encoded until used. */
export interface ParquetRowGroup {
  readonly rowOffset: number;
  readonly numRows: number;
  readonly encoded: Uint8Array;
}

/** The metadata of one row group and where its column chunks lie. */
export interface OpenRowGroup {
  readonly struct: ThriftStruct;
  readonly chunks: readonly ParquetChunk[];
}

export interface ParquetFooter {
  readonly struct: ThriftStruct;
  readonly numRows: number;
  /** Where the footer begins: no column lies beyond. */
  readonly dataEnd: number;
  readonly columns: readonly ParquetColumn[];
  readonly rowGroups: readonly ParquetRowGroup[];
  readonly keyValues: ReadonlyMap<string, string>;
}

/** Reads and checks the metadata of a file. @throws {RidgelineError} BAD_PARQUET, with what is wrong. */
export async function readFooter(source: ByteSource): Promise<ParquetFooter> {
  const size = source.byteLength;
  if (size < 12) throw badParquet(`it is ${size} bytes long, too short for a Parquet file`);
  let tail = await source.slice(Math.max(0, size - TAIL_BYTES));
  if (!endsWithMagic(tail))
    throw badParquet('it does not end as a Parquet file does: it was cut off, or is no Parquet file');
  const footerBytes = new DataView(tail.buffer, tail.byteOffset, tail.byteLength).getUint32(tail.length - 8, true);
  if (footerBytes + 12 > size) throw badParquet('its footer is longer than the file');
  if (footerBytes + 8 > tail.length) tail = await source.slice(size - footerBytes - 8);
  return parseFooter(tail.subarray(tail.length - 8 - footerBytes, tail.length - 8), size - footerBytes - 8);
}

/** The footer of a whole file in memory, which it does not keep alive. */
export function footerOf(file: Uint8Array): ParquetFooter {
  const footerBytes = new DataView(file.buffer, file.byteOffset, file.byteLength).getUint32(file.length - 8, true);
  const start = file.length - 8 - footerBytes;
  return parseFooter(file.slice(start, file.length - 8), start);
}

/** A whole small file: some column chunks' bytes, laid out by the caller after the magic, and their footer. */
export function closeFile(footer: ThriftStruct): Uint8Array {
  const bytes = writeStruct(footer);
  const end = new Uint8Array(bytes.length + 8);
  end.set(bytes);
  new DataView(end.buffer).setUint32(bytes.length, bytes.length, true);
  end.set(MAGIC, bytes.length + 4);
  return end;
}

/**
 * One column chunk's metadata, its bytes moved by `shift`. What points elsewhere in the file (page indexes, Bloom
 * filters) is dropped: readers take it as absent.
 */
export function moveChunk(chunk: ThriftStruct, shift: number): ThriftStruct {
  const meta = structAt(chunk, 3);
  const moved: ThriftStruct = new Map();
  for (const [id, value] of meta) {
    if (id === 10 || id === 14 || id === 15) continue;
    // Page 0 of a chunk on its own lies at 0; a dictionary at 0 is how some writers say that there is none.
    const isOffset = value.type === ThriftType.I64 && (id === 9 || (id === 11 && value.value > 0));
    moved.set(id, isOffset ? { type: ThriftType.I64, value: value.value + shift } : value);
  }
  return new Map<number, ThriftValue>([
    [2, { type: ThriftType.I64, value: 0 }],
    [3, { type: ThriftType.Struct, value: moved }],
  ]);
}

/** The schema's root over these columns, followed by their elements. */
export function schemaOf(footer: ParquetFooter, columns: readonly ParquetColumn[]): ThriftValue {
  const [root] = listAt(footer.struct, 2);
  const fields: ThriftStruct = new Map(root && isStruct(root) ? root.value : []);
  fields.set(5, { type: ThriftType.I32, value: columns.length });
  const elements: ThriftValue[] = [{ type: ThriftType.Struct, value: fields }];
  return {
    type: ThriftType.List,
    of: ThriftType.Struct,
    value: elements.concat(...columns.map((each) => each.elements)),
  };
}

export function i64(value: number): ThriftValue {
  return { type: ThriftType.I64, value };
}

export function structList(structs: readonly ThriftStruct[]): ThriftValue {
  const value = structs.map((struct) => ({ type: ThriftType.Struct, value: struct }) as const);
  return { type: ThriftType.List, of: ThriftType.Struct, value };
}

/** Key-value metadata as the footer keeps it. */
export function keyValueList(pairs: ReadonlyMap<string, string>): ThriftValue {
  const encoder = new TextEncoder();
  return structList(
    [...pairs].map(
      ([key, value]) =>
        new Map<number, ThriftValue>([
          [1, { type: ThriftType.Binary, value: encoder.encode(key) }],
          [2, { type: ThriftType.Binary, value: encoder.encode(value) }],
        ]),
    ),
  );
}

export function badParquet(what: string): RidgelineError {
  return new RidgelineError('BAD_PARQUET', 'content', what, {
    remedy: 'get the file again from where it came; it is damaged or incomplete',
  });
}

export function numberAt(struct: ThriftStruct, id: number): number | undefined {
  const value = struct.get(id);
  return value !== undefined && 'value' in value && typeof value.value === 'number' ? value.value : undefined;
}

function parseFooter(bytes: Uint8Array, dataEnd: number): ParquetFooter {
  const struct = readStruct(bytes, ROW_GROUPS);
  const elements = listAt(struct, 2);
  const columns: ParquetColumn[] = [];
  for (let at = 1, leaf = 0; at < elements.length;) {
    const first = at;
    const firstLeaf = leaf;
    for (let open = 1; open > 0; open--, at++) {
      const element = elements[at];
      if (!element || !isStruct(element)) throw badParquet('its schema cannot be read');
      const children = numberAt(element.value, 5) ?? 0;
      open += children;
      if (children === 0) leaf++;
    }
    columns.push(describeColumn(elements.slice(first, at), firstLeaf, leaf));
  }

  let rowOffset = 0;
  const rowGroups = listAt(struct, ROW_GROUPS).map((group) => {
    if (!('encoded' in group)) throw badParquet('its row groups cannot be read');
    const rows = numberAt(readStruct(group.encoded, COLUMN_CHUNKS), 3) ?? -1;
    if (rows < 0) throw badParquet('a row group does not say its rows');
    rowOffset += rows;
    return { rowOffset: rowOffset - rows, numRows: rows, encoded: group.encoded };
  });
  struct.delete(ROW_GROUPS);
  const numRows = numberAt(struct, 3) ?? 0;
  if (numRows !== rowOffset) throw badParquet(`it says it has ${numRows} rows, its row groups have ${rowOffset}`);
  return { struct, numRows, dataEnd, columns, rowGroups, keyValues: keyValuesOf(struct) };
}

/** @throws {RidgelineError} BAD_PARQUET. */
export function openRowGroup(footer: ParquetFooter, group: ParquetRowGroup): OpenRowGroup {
  const struct = readStruct(group.encoded);
  return { struct, chunks: listAt(struct, 1).map((chunk) => locateChunk(chunk, footer.dataEnd)) };
}

function describeColumn(elements: readonly ThriftValue[], firstLeaf: number, endLeaf: number): ParquetColumn {
  const [first] = elements;
  const element = first && isStruct(first) ? first.value : new Map<number, ThriftValue>();
  const repetition = numberAt(element, 3);
  const isNested = elements.length > 1 || repetition === REPEATED;
  const leaves = Array.from({ length: endLeaf - firstLeaf }, (_, index) => firstLeaf + index);
  return {
    name: stringAt(element, 4) ?? '',
    elements,
    leaves,
    nullable: repetition === OPTIONAL,
    isDouble: !isNested && numberAt(element, 1) === DOUBLE,
    isNested,
  };
}

function locateChunk(chunk: ThriftValue, dataEnd: number): ParquetChunk {
  if (!isStruct(chunk)) throw badParquet('its column chunks cannot be read');
  if (chunk.value.has(1)) throw badParquet('it keeps columns in other files, which is not supported');
  if (chunk.value.has(8) || !chunk.value.has(3)) throw badParquet('it is encrypted, which is not supported');
  const meta = structAt(chunk.value, 3);
  const data = numberAt(meta, 9) ?? -1;
  const dictionary = numberAt(meta, 11) ?? 0;
  const start = dictionary > 0 ? Math.min(dictionary, data) : data;
  const end = start + (numberAt(meta, 7) ?? -1);
  if (start < MAGIC.length || end < start || end > dataEnd) throw badParquet('a column lies outside of the file');
  return { start, end, struct: chunk.value };
}

function keyValuesOf(struct: ThriftStruct): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  for (const pair of struct.has(5) ? listAt(struct, 5) : []) {
    if (isStruct(pair)) pairs.set(stringAt(pair.value, 1) ?? '', stringAt(pair.value, 2) ?? '');
  }
  return pairs;
}

function endsWithMagic(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, index) => bytes[bytes.length - 4 + index] === byte);
}

function isStruct(value: ThriftValue): value is { readonly type: 12; readonly value: ThriftStruct } {
  return value.type === ThriftType.Struct && 'value' in value;
}

export function structAt(struct: ThriftStruct, id: number): ThriftStruct {
  const value = struct.get(id);
  if (!value || !isStruct(value)) throw badParquet('its metadata is incomplete');
  return value.value;
}

function listAt(struct: ThriftStruct, id: number): readonly ThriftValue[] {
  const value = struct.get(id);
  if (value?.type !== ThriftType.List) throw badParquet('its metadata is incomplete');
  return value.value;
}

function stringAt(struct: ThriftStruct, id: number): string | undefined {
  const value = struct.get(id);
  return value?.type === ThriftType.Binary ? new TextDecoder().decode(value.value) : undefined;
}
