import type { Decimal, Timestamp, Vector } from 'apache-arrow';
import { RidgelineError } from '../../contracts/errors.ts';
import { fromVector } from './arrow-table.ts';
import { textOfVector } from './arrow-values.ts';
import type { Column } from './column.ts';

/** A column of doubles that all languages write alike (finite, and not -0), or the text of each field. */
export type Cells = Float64Array | readonly string[];

/** Of dictionaries: they are longer than the few rows that are written at once. */
const wordsOf = new WeakMap<Vector, Cells>();

/**
 * The values of a column as CSV has them: dates and times as ISO 8601 to the unit they are kept in, decimals with all
 * their digits, missing values empty.
 *
 * @throws {RidgelineError} NOT_WRITABLE for types a line of text cannot hold: lists, structs, bytes.
 */
export function cellsOf(column: Column, name: string, table: string): Cells {
  if (column.kind === 'float64') return isPlain(column.values) ? column.values : Array.from(column.values, numberField);
  const text = column.kind === 'text' ? column.values.strings() : textOfVector(column.vector);
  if (text) return text.map((value) => (value === null ? '' : textField(value)));
  const { vector } = column as Extract<Column, { kind: 'arrow' }>;
  if (String(vector.type) === 'Float16') {
    // Its raw values are bits of no type of JavaScript's.
    const values = Float64Array.from(vector as Iterable<number | null>, (value) => value ?? Number.NaN);
    return cellsOf({ kind: 'float64', values }, name, table);
  }
  if (String(vector.type).startsWith('Dictionary')) {
    return vector.data.flatMap((chunk) => {
      const dictionary = chunk.dictionary as Vector;
      const words = wordsOf.get(dictionary) ?? cellsOf(fromVector(dictionary), name, table);
      wordsOf.set(dictionary, words);
      const indices = chunk.values as ArrayLike<number | bigint>;
      return Array.from({ length: chunk.length }, (_, row) =>
        chunk.getValid(row) ? String(words[Number(indices[row])]) : '',
      );
    });
  }
  const format = formatterOf(vector);
  if (!format) {
    const message = `${table}: column "${name}" of type ${String(vector.type)} cannot be written as CSV`;
    const remedy = 'leave the column out, or write Parquet';
    throw new RidgelineError('NOT_WRITABLE', 'content', message, { remedy, position: { file: table, column: name } });
  }
  return vector.data.flatMap((chunk) =>
    Array.from({ length: chunk.length }, (_, row) =>
      chunk.getValid(row) ? format(chunk.values, row, chunk.offset) : '',
    ),
  );
}

/** The shortest decimal that reads back to the same double; missing (NaN) is empty. */
function numberField(value: number): string {
  if (Number.isNaN(value)) return '';
  return Object.is(value, -0) ? '-0' : String(value);
}

function isPlain(values: Float64Array): boolean {
  for (let row = 0; row < values.length; row++) {
    const value = values[row] as number;
    if (value - value !== 0 || (value === 0 && 1 / value < 0)) return false;
  }
  return true;
}

/** Text as a field; empty text is quoted, to tell it from a missing value. */
export function textField(text: string): string {
  if (text !== '' && !/[",\n\r]/.test(text)) return text;
  return `"${text.replaceAll('"', '""')}"`;
}

type Format = (values: any, row: number, offset: number) => string;

/** How a value of one chunk is written, from its raw values. */
function formatterOf(vector: Vector): Format | undefined {
  const type = String(vector.type);
  if (/^(U?[Ii]nt\d+|Float32)$/.test(type)) return (values: ArrayLike<number | bigint>, row) => String(values[row]);
  if (type === 'Bool') {
    // Bits are the one kind of value that a slice does not cut, but finds by its offset.
    return (bits: Uint8Array, row, offset) =>
      String((((bits[(row + offset) >> 3] ?? 0) >> ((row + offset) & 7)) & 1) === 1);
  }
  if (type === 'Null') return () => '';
  if (type === 'Date32<DAY>')
    return (values: Int32Array, row) => isoTime(BigInt(values[row] ?? 0) * 86_400n, 0).slice(0, 10);
  if (type.startsWith('Timestamp')) {
    const { unit, timezone } = vector.type as Timestamp;
    const zone = timezone ? 'Z' : '';
    return (values: BigInt64Array, row) => isoTime(values[row] ?? 0n, 3 * unit) + zone;
  }
  if (type.startsWith('Decimal')) {
    const { scale } = vector.type as Decimal;
    return (words: Uint32Array, row) => decimalText(words.subarray(4 * row, 4 * row + 4), scale);
  }
  return undefined;
}

/** @param value since 1970, in units of 10^-digits seconds */
function isoTime(value: bigint, digits: number): string {
  const units = 10n ** BigInt(digits);
  const rest = ((value % units) + units) % units;
  const seconds = Number((value - rest) / units);
  const text = new Date(seconds * 1000).toISOString().slice(0, -5);
  return digits === 0 ? text : `${text}.${String(rest).padStart(digits, '0')}`;
}

/** @param words a 128-bit two's-complement integer, least significant word first */
function decimalText(words: Uint32Array, scale: number): string {
  let value = 0n;
  for (let index = words.length - 1; index >= 0; index--) value = (value << 32n) | BigInt(words[index] as number);
  value = BigInt.asIntN(32 * words.length, value);
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0');
  const sign = value < 0n ? '-' : '';
  if (scale <= 0) return sign + digits + '0'.repeat(-scale);
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
