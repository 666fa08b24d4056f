import type { Vector } from 'apache-arrow';
import type { Field } from '../../contracts/table.ts';
import { Text, TextGather } from './text.ts';

/**
 * Some rows of one column, in memory.
 *
 * - `float64`: missing values are NaN; `valid` (u8 per row, 0 = null) is kept where the source told null from NaN.
 * - `arrow`: any other type, carried as it is.
 */
export type Column =
  | { readonly kind: 'float64'; readonly values: Float64Array; readonly valid?: Uint8Array }
  | { readonly kind: 'text'; readonly values: Text }
  | { readonly kind: 'arrow'; readonly vector: Vector };

/** A column given as an array: numbers (missing is NaN) or text (missing is null). */
export type ColumnData = Float64Array | readonly (string | null)[];

export function toColumn(data: ColumnData): Column {
  return data instanceof Float64Array
    ? { kind: 'float64', values: data }
    : { kind: 'text', values: Text.ofStrings(data) };
}

/** What a reader of the table is told of a column given as an array. */
export function fieldOf(name: string, data: ColumnData): Field {
  if (data instanceof Float64Array) return { name, type: 'Float64', nullable: false };
  return { name, type: 'Utf8', nullable: data.includes(null) };
}

export function columnLength(column: Column): number {
  return column.kind === 'arrow' ? column.vector.length : column.values.length;
}

/** Rows `[start, end)`; numbers are a view on the same memory. */
export function sliceColumn(column: Column, start: number, end: number): Column {
  switch (column.kind) {
    case 'float64':
      return {
        kind: 'float64',
        values: column.values.subarray(start, end),
        ...(column.valid && { valid: column.valid.subarray(start, end) }),
      };
    case 'text':
      return { kind: 'text', values: column.values.slice(start, end) };
    case 'arrow':
      return { kind: 'arrow', vector: column.vector.slice(start, end) };
  }
}

/** The rows with a 1 in `kept`, `rows` of them; numbers and text are copied. */
export function keepRows(column: Column, kept: Uint8Array, rows: number): Column {
  switch (column.kind) {
    case 'float64': {
      const values = new Float64Array(rows);
      const valid = column.valid && new Uint8Array(rows);
      let to = 0;
      for (let row = 0; row < kept.length; row++) {
        if (kept[row] === 0) continue;
        if (valid) valid[to] = column.valid![row]!;
        values[to++] = column.values[row]!;
      }
      return { kind: 'float64', values, ...(valid && { valid }) };
    }
    case 'text':
      return { kind: 'text', values: column.values.keep(kept) };
    case 'arrow': {
      const runs: Vector[] = [];
      for (let start = kept.indexOf(1); start >= 0;) {
        const end = kept.indexOf(0, start);
        runs.push(column.vector.slice(start, end < 0 ? kept.length : end));
        start = end < 0 ? -1 : kept.indexOf(1, end);
      }
      const [first, ...rest] = runs;
      return { kind: 'arrow', vector: first ? first.concat(...rest) : column.vector.slice(0, 0) };
    }
  }
}

/** Joins pieces of one column, which may die with their batch, into a longer one. */
export class ColumnGather {
  #values: Float64Array;
  #valid: Uint8Array | undefined;
  readonly #text = new TextGather();
  #vectors: Vector[] = [];
  #kind: Column['kind'] | undefined;
  #rows = 0;

  /** @param room for the rows expected, so that numbers need not be moved as they grow: memory, or how many */
  constructor(room: Float64Array | number = 0) {
    this.#values = typeof room === 'number' ? new Float64Array(room) : room;
  }

  add(column: Column): void {
    this.#kind ??= column.kind;
    if (column.kind !== this.#kind) throw new TypeError(`a column changes from ${this.#kind} to ${column.kind}`);
    if (column.kind === 'text') this.#text.add(column.values.packed());
    else if (column.kind === 'arrow') this.#vectors.push(column.vector);
    else this.#addNumbers(column.values, column.valid);
  }

  /** What was added as one column, good until the next `add`; undefined when nothing was. */
  take(): Column | undefined {
    const kind = this.#kind;
    const rows = this.#rows;
    const [first, ...rest] = this.#vectors;
    const valid = this.#valid?.subarray(0, rows);
    this.#kind = undefined;
    this.#rows = 0;
    this.#vectors = [];
    this.#valid = undefined;
    if (kind === 'text') return { kind, values: this.#text.take() };
    if (kind === 'arrow') return first && { kind, vector: rest.length > 0 ? first.concat(...rest) : first };
    return kind && { kind, values: this.#values.subarray(0, rows), ...(valid && { valid }) };
  }

  #addNumbers(values: Float64Array, valid: Uint8Array | undefined): void {
    const rows = this.#rows + values.length;
    if (rows > this.#values.length) {
      const larger = new Float64Array(Math.max(rows, 2 * this.#values.length));
      larger.set(this.#values.subarray(0, this.#rows));
      this.#values = larger;
    }
    this.#values.set(values, this.#rows);
    if (valid || this.#valid) {
      const joined = new Uint8Array(this.#values.length).fill(1);
      if (this.#valid) joined.set(this.#valid.subarray(0, this.#rows));
      if (valid) joined.set(valid, this.#rows);
      this.#valid = joined;
    }
    this.#rows = rows;
  }
}
