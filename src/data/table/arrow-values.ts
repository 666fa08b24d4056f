import type { Vector } from 'apache-arrow';
import { RidgelineError } from '../../contracts/errors.ts';
import { isNumeric } from '../../contracts/table.ts';
import type { Field } from '../../contracts/table.ts';
import { notNumeric } from './table-errors.ts';

const WITHIN_DOUBLE = BigInt(Number.MAX_SAFE_INTEGER);

/**
 * The values of an Arrow vector as f64[length]; null is NaN.
 *
 * @throws {RidgelineError} NOT_NUMERIC; NOT_EXACT for an integer that no double holds, with its row.
 */
export function vectorToFloat64(vector: Vector, field: Field, table: string, rowOffset: number): Float64Array {
  if (!isNumeric(field)) throw notNumeric(table, field);
  const out = new Float64Array(vector.length);
  let at = 0;
  for (const chunk of vector.data) {
    // Bool is packed bits, Float16 raw bits, a dictionary indices: read by value; the rest are plain arrays.
    const plain = !/^(Bool|Float16|Dictionary)/.test(field.type);
    const values = chunk.values as ArrayLike<number | bigint>;
    for (let i = 0; i < chunk.length; i++, at++) {
      const value = plain ? values[i] : (vector.get(at) as number | boolean | null);
      if (value === null || (chunk.nullCount > 0 && !chunk.getValid(i))) out[at] = Number.NaN;
      else if (typeof value !== 'bigint') out[at] = Number(value);
      else if (value > WITHIN_DOUBLE || value < -WITHIN_DOUBLE) throw notExact(value, field, table, rowOffset + at + 1);
      else out[at] = Number(value);
    }
  }
  return out;
}

/** The values of a vector of text (plain or dictionary-encoded); undefined when it holds no text. */
export function textOfVector(vector: Vector): (string | null)[] | undefined {
  const type = String(vector.type);
  if (!/^(Large)?Utf8|^Utf8View$|^Dictionary<[^,]*, (Large)?Utf8>$/.test(type)) return undefined;
  return Array.from(vector as Iterable<string | null>);
}

function notExact(value: bigint, field: Field, table: string, row: number): RidgelineError {
  return new RidgelineError(
    'NOT_EXACT',
    'content',
    `${table}: column "${field.name}" must fit a double, got ${value} at row ${row}`,
    {
      remedy: 'leave the column out if it is an identifier, or scale it down first',
      position: { file: table, column: field.name, row },
    },
  );
}
