import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import type { Column } from './column.ts';
import { Scratch } from './parquet-chunks.ts';
import { badParquet, numberAt, structAt, type ParquetColumn } from './parquet-footer.ts';
import type { ChunkBytes } from './parquet-slice.ts';
import { readHybrid } from './rle-hybrid.ts';
import { decompressSnappy } from './snappy.ts';
import { readPrefix, ThriftType, type ThriftStruct } from './thrift.ts';

const DATA_PAGE = 0;
const DICTIONARY_PAGE = 2;
const DATA_PAGE_V2 = 3;
const PLAIN = 0;
const PLAIN_DICTIONARY = 2;
const RLE = 3;
const RLE_DICTIONARY = 8;

type Decompress = (packed: Uint8Array, target: Uint8Array) => boolean;

/** By Parquet's number of the codec; `stored` is not compressed. */
const CODECS: Readonly<Record<number, Decompress | 'stored'>> = {
  0: 'stored',
  1: decompressSnappy,
  2: byNode(gunzipSync),
  4: byNode(brotliDecompressSync),
  6: byNode(zstdDecompressSync),
};

/** Memory for the columns of one row group at a time: what is read lasts until the same column is read again. */
export class DoublesMemory {
  readonly unpacked = new Scratch();
  /** To stay while pages are unpacked. */
  readonly dictionary = new Scratch();
  readonly #values = new Map<string, Float64Array>();
  #page = new Float64Array();
  #indices = new Uint32Array();

  values(name: string, rows: number): Float64Array {
    const known = this.#values.get(name);
    if (known && known.length >= rows) return known.subarray(0, rows);
    // Runs of pages differ in length: with room to spare, the largest is not made step by step.
    const values = new Float64Array(Math.ceil(1.5 * rows));
    this.#values.set(name, values);
    return values.subarray(0, rows);
  }

  /** A page of which not all is wanted. */
  page(rows: number): Float64Array {
    if (this.#page.length < rows) this.#page = new Float64Array(rows);
    return this.#page.subarray(0, rows);
  }

  indices(rows: number): Uint32Array {
    if (this.#indices.length < rows) this.#indices = new Uint32Array(rows);
    return this.#indices;
  }
}

/**
 * Reads pages of doubles without the library, at the speed of copies: plain or by dictionary, missing or not. A plain
 * chunk that is stored in one page, as `parquet-plain-write` makes it, is read in place.
 *
 * @param chunk some pages of one column, after its dictionary if it has one
 * @param wanted which of the `numRows` rows in them
 * @returns undefined for a codec or an encoding that is left to the library
 * @throws {RidgelineError} BAD_PARQUET
 */
export function readDoubles(
  column: ParquetColumn,
  { pieces, struct }: ChunkBytes,
  numRows: number,
  [start, end]: readonly [number, number],
  memory: DoublesMemory,
): Column | undefined {
  const codec = CODECS[numberAt(structAt(struct, 3), 4) ?? -1];
  if (codec === undefined) return undefined;
  let words: Float64Array = new Float64Array();
  let values: Float64Array | undefined;
  let valid: Uint8Array | undefined;
  let row = 0;
  for (const { header, body } of pagesOf(pieces)) {
    if (row === numRows) break;
    if (numberAt(header, 1) === DICTIONARY_PAGE) {
      words = doublesOf(unpack(codec, body, numberAt(header, 2), memory.dictionary));
      continue;
    }
    const page = openPage(header, body, codec, column.nullable, memory.unpacked);
    if (!page) return undefined;
    const { rows, levels, encoding, bytes } = page;
    if (row + rows > numRows) throw badParquet(`it has more rows than its row group, ${numRows}`);
    const [from, to] = [Math.max(start, row), Math.min(end, row + rows)];
    let present = rows;
    let known: Uint8Array | undefined;
    if (levels && !isAllPresent(levels, rows)) {
      const flags = memory.indices(rows);
      if (!readHybrid(levels, 1, rows, flags)) throw badParquet('the levels of a page cannot be read');
      known = new Uint8Array(flags.subarray(0, rows));
      valid ??= new Uint8Array(end - start).fill(1);
      valid.set(known.subarray(from - row, to - row), from - start);
      present = known.reduce((sum, flag) => sum + flag, 0);
    }

    if (encoding === PLAIN && bytes.length < 8 * present) throw badParquet('a page is not as long as it says');
    if (encoding === PLAIN && codec === 'stored' && present === numRows && bytes.byteOffset % 8 === 0) {
      return { kind: 'float64', values: new Float64Array(bytes.buffer, bytes.byteOffset + 8 * start, end - start) };
    }
    values ??= memory.values(column.name, end - start);
    const own = values.subarray(from - start, to - start);
    const target = own.length === rows ? own : memory.page(rows);
    if (encoding === PLAIN) bytesOf(target).set(bytes.subarray(0, 8 * present));
    else if (encoding !== RLE_DICTIONARY && encoding !== PLAIN_DICTIONARY) return undefined;
    else lookUp(bytes, words, memory.indices(present), present, target);
    if (known) spread(target, known, present);
    if (target !== own) own.set(target.subarray(from - row, to - row));
    row += rows;
  }
  if (row !== numRows) throw badParquet(`it has ${row} rows, its row group ${numRows}`);
  return { kind: 'float64', values: values ?? new Float64Array(), ...(valid && { valid }) };
}

function* pagesOf(pieces: readonly Uint8Array[]): Generator<{ header: ThriftStruct; body: Uint8Array }> {
  for (const piece of pieces) {
    for (let at = 0; at < piece.length;) {
      const header = readPrefix(piece.subarray(at));
      const start = at + (header?.end ?? 0);
      at = start + ((header && numberAt(header.value, 3)) ?? -1);
      if (!header || at < start || at > piece.length) throw badParquet('a page header cannot be read');
      yield { header: header.value, body: piece.subarray(start, at) };
    }
  }
}

/** A data page: which rows have a value, if any may be missing, and the bytes of the values. */
interface Page {
  readonly rows: number;
  readonly encoding: number | undefined;
  readonly levels: Uint8Array | undefined;
  readonly bytes: Uint8Array;
}

/** Undefined for a page of a kind that is left to the library. */
function openPage(
  header: ThriftStruct,
  body: Uint8Array,
  codec: Decompress | 'stored',
  nullable: boolean,
  scratch: Scratch,
): Page | undefined {
  const size = numberAt(header, 2);
  switch (numberAt(header, 1)) {
    case DATA_PAGE: {
      const about = structAt(header, 5);
      if (nullable && numberAt(about, 3) !== RLE) return undefined;
      const bytes = unpack(codec, body, size, scratch);
      const [rows, encoding] = [numberAt(about, 1) ?? 0, numberAt(about, 2)];
      if (!nullable) return { rows, encoding, levels: undefined, bytes };
      // u32, bytes of the levels | levels | values
      const end = 4 + (bytes[0]! | (bytes[1]! << 8) | (bytes[2]! << 16) | (bytes[3]! << 24));
      return { rows, encoding, levels: bytes.subarray(4, end), bytes: bytes.subarray(end) };
    }
    case DATA_PAGE_V2: {
      const about = structAt(header, 8);
      const levels = numberAt(about, 5) ?? 0;
      const isPacked = about.get(7)?.type !== ThriftType.False;
      const values = body.subarray(levels);
      return {
        rows: numberAt(about, 3) ?? 0,
        encoding: numberAt(about, 4),
        levels: nullable ? body.subarray(0, levels) : undefined,
        bytes: isPacked ? unpack(codec, values, (size ?? 0) - levels, scratch) : values,
      };
    }
    default:
      return undefined;
  }
}

function unpack(codec: Decompress | 'stored', body: Uint8Array, size = -1, scratch: Scratch): Uint8Array {
  if (codec === 'stored') return body;
  if (size === 0) return new Uint8Array();
  // Its size is not to be believed before memory is taken: no codec makes a thousand bytes of one.
  const bytes = size > 0 && size <= 4096 + 4096 * body.length ? scratch.room(size) : undefined;
  if (!bytes || !codec(body, bytes)) throw badParquet('a page cannot be decompressed');
  return bytes;
}

function byNode(decompress: (packed: Uint8Array, options: { maxOutputLength: number }) => Uint8Array): Decompress {
  return (packed, target) => {
    const bytes = decompress(packed, { maxOutputLength: target.length });
    if (bytes.length === target.length) target.set(bytes);
    return bytes.length === target.length;
  };
}

/** One run of ones as long as the page: how all writers say that nothing is missing. */
function isAllPresent(levels: Uint8Array, rows: number): boolean {
  let head = 0;
  let at = 0;
  for (let scale = 1; at < levels.length; scale *= 128) {
    const byte = levels[at++] as number;
    head += (byte & 127) * scale;
    if (byte < 128) break;
  }
  return head % 2 === 0 && head / 2 >= rows && levels[at] === 1;
}

/** @param bytes bits of an index u8, then indices into `words` */
function lookUp(
  bytes: Uint8Array,
  words: Float64Array,
  indices: Uint32Array,
  count: number,
  target: Float64Array,
): void {
  if (count === 0) return;
  const bits = bytes[0] ?? 255;
  if (bits > 24 || !readHybrid(bytes.subarray(1), bits, count, indices)) throw badParquet('indices cannot be read');
  for (let i = 0; i < count; i++) {
    const index = indices[i] as number;
    if (index >= words.length) throw badParquet('an index lies outside of its dictionary');
    target[i] = words[index] as number;
  }
}

/** Moves the values that are present, at the start of `target`, to their rows; the others become NaN. */
function spread(target: Float64Array, valid: Uint8Array, present: number): void {
  for (let i = target.length - 1, from = present - 1; i >= 0; i--) {
    target[i] = valid[i] === 1 ? (target[from--] as number) : Number.NaN;
  }
}

/** On the same memory where it is aligned. */
function doublesOf(bytes: Uint8Array): Float64Array {
  const { buffer, byteOffset } = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
  return new Float64Array(buffer, byteOffset, bytes.length >> 3);
}

function bytesOf(values: Float64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
