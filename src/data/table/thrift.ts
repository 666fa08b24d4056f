import { RidgelineError } from '../../contracts/errors.ts';

/**
 * Thrift's compact protocol, as far as a Parquet footer goes: any struct is read into a map from field id to value and
 * written back as it was, known to us or not.
 *
 * Source: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 */
export const ThriftType = {
  True: 1,
  False: 2,
  I8: 3,
  I16: 4,
  I32: 5,
  I64: 6,
  Double: 7,
  Binary: 8,
  List: 9,
  Set: 10,
  Struct: 12,
} as const;

export type ThriftStruct = Map<number, ThriftValue>;
export type ThriftValue =
  | { readonly type: 1 | 2 }
  | { readonly type: 3 | 4 | 5 | 6 | 7; readonly value: number }
  | { readonly type: 8; readonly value: Uint8Array }
  | { readonly type: 9 | 10; readonly of: number; readonly value: readonly ThriftValue[] }
  | { readonly type: 12; readonly value: ThriftStruct }
  | EncodedStruct;

/** A struct left as its bytes, to be read when it is needed. */
export interface EncodedStruct {
  readonly type: 12;
  readonly encoded: Uint8Array;
}

/**
 * Reads one struct from the start of `bytes`.
 *
 * @param leave number of a field, a list of structs, whose elements are checked and left encoded
 * @throws {RidgelineError} BAD_PARQUET when the bytes are no such struct.
 */
export function readStruct(bytes: Uint8Array, leave?: number): ThriftStruct {
  return read(bytes, leave).value;
}

/** Reads a struct that other bytes follow; undefined when the bytes end before it does. */
export function readPrefix(bytes: Uint8Array): { readonly value: ThriftStruct; readonly end: number } | undefined {
  try {
    return read(bytes);
  } catch {
    return undefined;
  }
}

function read(bytes: Uint8Array, leave?: number): { readonly value: ThriftStruct; readonly end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;

  const byte = (): number => {
    const value = bytes[at++];
    if (value === undefined) throw badThrift();
    return value;
  };
  /** @returns where so many bytes begin */
  const take = (size: number): number => {
    if (at + size > bytes.length) throw badThrift();
    at += size;
    return at - size;
  };
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const next = byte();
      value += (next & 0x7f) * scale;
      if (next < 0x80) break;
      if (scale > 2 ** 63) throw badThrift();
    }
    return value;
  };
  /** Sizes, counts and offsets: all below 2^53, or the file is broken. */
  const zigzag = (): number => {
    const value = varint();
    if (value > Number.MAX_SAFE_INTEGER) throw badThrift();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  };
  const listHead = (): { size: number; of: number } => {
    const head = byte();
    const size = head >> 4 === 15 ? varint() : head >> 4;
    if (size > bytes.length - at) throw badThrift(); // an element takes a byte at least
    return { size, of: head & 15 };
  };
  /** Checks a value and makes nothing of it: metadata of 1e8 rows are a megabyte, as values fifty. */
  const skip = (type: number, depth: number): void => {
    if (depth > 32) throw badThrift();
    switch (type) {
      case ThriftType.True:
      case ThriftType.False:
        return;
      case ThriftType.I8:
        return void byte();
      case ThriftType.I16:
      case ThriftType.I32:
      case ThriftType.I64:
        return void zigzag();
      case ThriftType.Double:
        return void take(8);
      case ThriftType.Binary:
        return void take(varint());
      case ThriftType.List:
      case ThriftType.Set: {
        const { size, of } = listHead();
        for (let i = 0; i < size; i++) skip(of <= 2 ? ThriftType.I8 : of, depth + 1);
        return;
      }
      case ThriftType.Struct:
        for (let head = byte(); head !== 0; head = byte()) {
          if (head >> 4 === 0) zigzag();
          skip(head & 15, depth + 1);
        }
        return;
      default:
        throw badThrift();
    }
  };
  const readValue = (type: number, depth: number, leaveElements = false): ThriftValue => {
    if (depth > 32) throw badThrift();
    switch (type) {
      case ThriftType.True:
      case ThriftType.False:
        return { type };
      case ThriftType.I8:
        return { type, value: (byte() << 24) >> 24 };
      case ThriftType.I16:
      case ThriftType.I32:
      case ThriftType.I64:
        return { type, value: zigzag() };
      case ThriftType.Double:
        return { type, value: view.getFloat64(take(8), true) };
      case ThriftType.Binary: {
        const from = take(varint());
        return { type, value: bytes.subarray(from, at) };
      }
      case ThriftType.List:
      case ThriftType.Set: {
        const { size, of } = listHead();
        const items: ThriftValue[] = [];
        for (let i = 0; i < size; i++) {
          const from = at;
          if (leaveElements && of === ThriftType.Struct) {
            skip(of, depth + 1);
            items.push({ type: of, encoded: bytes.subarray(from, at) });
          } else items.push(of <= 2 ? readValue(byte() === 1 ? 1 : 2, depth + 1) : readValue(of, depth + 1));
        }
        return { type, of, value: items };
      }
      case ThriftType.Struct: {
        const fields: ThriftStruct = new Map();
        for (let id = 0; ;) {
          const head = byte();
          if (head === 0) break;
          id = head >> 4 === 0 ? zigzag() : id + (head >> 4);
          fields.set(id, readValue(head & 15, depth + 1, depth === 0 && id === leave));
        }
        return { type, value: fields };
      }
      default:
        throw badThrift();
    }
  };

  const struct = readValue(ThriftType.Struct, 0) as { value: ThriftStruct };
  return { value: struct.value, end: at };
}

/** Bytes as they are written. */
export class ThriftBytes {
  #bytes: Uint8Array;
  length = 0;

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity);
  }

  byte(value: number): void {
    const at = this.#room(1);
    this.#bytes[at] = value;
  }

  append(raw: Uint8Array): void {
    const at = this.#room(raw.length);
    this.#bytes.set(raw, at);
  }

  varint(value: number): void {
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.byte((rest % 128) | 0x80);
    this.byte(rest);
  }

  zigzag(value: number): void {
    this.varint(value < 0 ? -value * 2 - 1 : value * 2);
  }

  double(value: number): void {
    const at = this.#room(8);
    new DataView(this.#bytes.buffer).setFloat64(at, value, true);
  }

  /** A copy of all of them, no longer than they are. */
  take(): Uint8Array {
    return this.#bytes.slice(0, this.length);
  }

  /** Makes room. @returns where it begins */
  #room(size: number): number {
    const at = this.length;
    this.length += size;
    if (this.length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    return at;
  }
}

/** The bytes of one struct, the mirror of `readStruct`. */
export function writeStruct(struct: ThriftStruct): Uint8Array {
  return writeAround(struct, []).bytes;
}

/**
 * The bytes of one struct but for some of its whole numbers, which are not known yet.
 *
 * @param left those numbers, in the order in which they stand in it
 * @returns where in the bytes each of them belongs, too
 */
export function writeAround(
  struct: ThriftStruct,
  left: readonly ThriftValue[],
): { readonly bytes: Uint8Array; readonly gaps: readonly number[] } {
  const out = new ThriftBytes();
  const gaps: number[] = [];

  const write = (item: ThriftValue): void => {
    switch (item.type) {
      case ThriftType.True:
      case ThriftType.False:
        return; // in the field's head, or written by the list
      case ThriftType.I8:
        return out.byte(item.value & 255);
      case ThriftType.I16:
      case ThriftType.I32:
      case ThriftType.I64:
        if (item === left[gaps.length]) gaps.push(out.length);
        else out.zigzag(item.value);
        return;
      case ThriftType.Double:
        return out.double(item.value);
      case ThriftType.Binary:
        out.varint(item.value.length);
        return out.append(item.value);
      case ThriftType.List:
      case ThriftType.Set: {
        const size = item.value.length;
        out.byte((Math.min(size, 15) << 4) | item.of);
        if (size >= 15) out.varint(size);
        for (const each of item.value) {
          if (each.type <= 2) out.byte(each.type);
          else write(each);
        }
        return;
      }
      case ThriftType.Struct: {
        if ('encoded' in item) return out.append(item.encoded);
        let last = 0;
        item.value.forEach((each, id) => {
          const step = id - last;
          if (step > 0 && step < 16) out.byte((step << 4) | each.type);
          else {
            out.byte(each.type);
            out.zigzag(id);
          }
          last = id;
          write(each);
        });
        out.byte(0);
      }
    }
  };

  write({ type: ThriftType.Struct, value: struct });
  return { bytes: out.take(), gaps };
}

function badThrift(): RidgelineError {
  return new RidgelineError('BAD_PARQUET', 'content', 'its metadata cannot be read', {
    remedy: 'get the file again from where it came; it is damaged or incomplete',
  });
}
