import { RidgelineError } from '../contracts/errors.ts';

/** What plain JavaScript may hand over in place of arrays of numbers is told here, before it counts as 0 or as other rows. */

/** A value for a message, short. */
export function told(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40));
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  return value.constructor?.name ?? 'an object';
}

export function badShape(message: string, remedy?: string): RidgelineError {
  return new RidgelineError('BAD_SHAPE', 'usage', message, { remedy });
}

/** An array of some kind; what it holds is not looked at. */
export function isArrayLike(value: unknown): value is ArrayLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { length?: unknown }).length === 'number';
}

/**
 * Columns as the core takes them: there are `p`, of one length. One look a column, none at its values.
 *
 * @param p any number, if it is not given
 * @returns rows
 * @throws {RidgelineError} BAD_SHAPE
 */
export function checkBlock(subject: string, columns: readonly ArrayLike<number>[], p?: number): number {
  if (!Array.isArray(columns)) throw badShape(`${subject}: expected an array of columns, got ${told(columns)}`);
  if (p !== undefined && columns.length !== p)
    throw badShape(`${subject}: expected ${p} columns, got ${columns.length}`);
  let n = 0;
  for (let j = 0; j < columns.length; j++) {
    const column: unknown = columns[j];
    if (!isArrayLike(column)) {
      throw badShape(`${subject}: column "${j}" must be an array of numbers, got ${told(column)}`);
    }
    if (j === 0) n = column.length;
    else if (column.length !== n) {
      throw badShape(`${subject}: expected columns of one length, got ${n} rows in "0" and ${column.length} in "${j}"`);
    }
  }
  return n;
}

/** @param length of an argument that has one number for each of the `p` columns @throws {RidgelineError} BAD_SHAPE */
export function checkPerColumn(subject: string, name: string, values: ArrayLike<number> | undefined, p: number): void {
  if (values === undefined || values.length === p) return;
  throw badShape(`${subject}: expected a ${name} for each of ${p} columns, got ${told(values.length)}`);
}

/**
 * Index of the first value that would turn into a number it is not: null into 0, "" too. A missing value (undefined) becomes
 * NaN and a boolean 0 or 1, as in tables. Typed arrays are not looked through: they hold numbers, or bigints alone.
 */
function firstNonNumber(values: ArrayLike<unknown>): number {
  if (ArrayBuffer.isView(values)) return typeof values[0] === 'bigint' ? 0 : -1;
  for (let i = 0; i < values.length; i++) {
    const type = typeof values[i];
    if (type !== 'number' && type !== 'undefined' && type !== 'boolean') return i;
  }
  return -1;
}

function notNumeric(subject: string, name: string, value: unknown, column: string, row: number): RidgelineError {
  const what = `${subject}: ${name} must hold numbers, got ${told(value)} at row ${row}`;
  const remedy = value === null ? 'a missing value is NaN: fill it, or leave the row out' : 'convert it with Number()';
  return new RidgelineError('NOT_NUMERIC', 'content', what, { remedy, position: { column, row } });
}

/**
 * One column of numbers as a caller gave it.
 *
 * @param name as messages have it @param column as positions do
 * @throws {RidgelineError} BAD_SHAPE, NOT_NUMERIC
 */
export function checkNumbers(
  subject: string,
  name: string,
  values: unknown,
  column = name,
): asserts values is ArrayLike<number> {
  if (!isArrayLike(values)) throw badShape(`${subject}: ${name} must be an array of numbers, got ${told(values)}`);
  const row = firstNonNumber(values);
  if (row >= 0) throw notNumeric(subject, name, values[row], column, row + 1);
}

/** A dense matrix in one array. */
export interface DenseMatrix {
  readonly data: ArrayLike<number>;
  readonly rows: number;
  readonly columns: number;
  /** `column`: column after column. `row`: row after row. */
  readonly order: 'column' | 'row';
}

/** Columns of equal length, or one array with its shape. */
export type Matrix = readonly ArrayLike<number>[] | DenseMatrix;

/** The columns of a matrix. @throws {RidgelineError} BAD_SHAPE, NOT_NUMERIC */
export function columnsOf(subject: string, x: Matrix): readonly ArrayLike<number>[] {
  if (Array.isArray(x)) {
    for (let j = 0; j < x.length; j++) {
      // Names are made for a message only: many of them take as long as a small prediction.
      if (!(isArrayLike(x[j]) && firstNonNumber(x[j]!) < 0)) checkNumbers(subject, `column "${j}"`, x[j], String(j));
    }
    return x;
  }
  if (typeof x === 'object' && x !== null && 'data' in x) return columnsOfDense(subject, x);
  throw badShape(
    `${subject}: expected x as an array of columns, got ${told(x)}`,
    'give an array for each column, or { data, rows, columns, order }',
  );
}

function columnsOfDense(subject: string, { data, rows, columns, order }: DenseMatrix): readonly Float64Array[] {
  if (order !== 'column' && order !== 'row') {
    throw badShape(
      `matrix: expected order "column" or "row", got ${told(order)}`,
      '"column" is column after column (F in NumPy), "row" is row after row (C)',
    );
  }
  if (!isArrayLike(data)) throw badShape(`matrix: data must be an array of numbers, got ${told(data)}`);
  if (!(Number.isInteger(rows) && rows >= 0 && Number.isInteger(columns) && columns >= 0)) {
    throw badShape(`matrix: expected whole numbers of rows and columns, got ${told(rows)} and ${told(columns)}`);
  }
  if (data.length !== rows * columns) {
    throw badShape(`matrix: expected ${rows} x ${columns} = ${rows * columns} values, got ${data.length}`);
  }
  const [rowStep, columnStep] = order === 'column' ? [1, rows] : [columns, 1];
  const wrong = firstNonNumber(data);
  if (wrong >= 0) {
    const j = String(Math.floor(wrong / columnStep) % columns);
    throw notNumeric(subject, `column "${j}"`, data[wrong], j, (Math.floor(wrong / rowStep) % rows) + 1);
  }
  return Array.from({ length: columns }, (_, j) =>
    Float64Array.from({ length: rows }, (_, i) => data[i * rowStep + j * columnStep]!),
  );
}
