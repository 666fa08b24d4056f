import { RidgelineError } from '../contracts/errors.ts';

/** Warning bits of a status, as words for a model and a screen. */
const WARNINGS: readonly (readonly [bit: number, code: string])[] = [
  [1, 'CONSTANT_FEATURE'],
  [2, 'ALPHA_AT_GRID_EDGE'],
  [4, 'ILL_CONDITIONED'],
  [8, 'FEWER_ROWS_THAN_COLUMNS'],
];

export const CONSTANT_FEATURE = 1;
export const ALPHA_AT_GRID_EDGE = 2;
export const ILL_CONDITIONED = 4;
export const FEWER_ROWS_THAN_COLUMNS = 8;

/** Status: a value is not finite, or squares cannot be added up. */
export const NON_FINITE = -3;

/** Status: columns differ too much in size. */
export const BAD_SCALE = -9;

/** Status: a weight is negative, or all of them are 0. */
export const BAD_WEIGHT = -7;

/** Codes of the warning bits in a status > 0. */
export function warningCodes(status: number): string[] {
  return WARNINGS.filter(([bit]) => (status & bit) !== 0).map(([, code]) => code);
}

/** Where a kernel stopped, with names and row numbers people can look up. */
export interface FailurePosition {
  /** What is being done, the subject of the message: `fit`, `predict`. */
  readonly subject: string;
  /** Names of the columns of x; else their index is used. */
  readonly features?: readonly string[] | undefined;
  /** Names of the targets; else there is one, or their index is used. */
  readonly target?: readonly string[] | undefined;
  /** Name of the weights. */
  readonly weights?: string | undefined;
  /** Index of the first row of the call. */
  readonly rowOffset: number;
  /** row, column, operand, counted from 0 within the call; row -1 when no one value is to blame, column too when no one column. */
  readonly row: number;
  readonly column: number;
  readonly operand: number;
  /** The value found there. */
  readonly value: number | undefined;
}

/** Turns a negative status into the error a user reads. */
export function statusError(status: number, at: FailurePosition): RidgelineError {
  if (status !== NON_FINITE && status !== BAD_WEIGHT) {
    return new RidgelineError('CORE_STATUS', 'usage', `${at.subject}: the numeric core refused with status ${status}`);
  }
  if (at.row < 0 && at.column < 0) {
    const message = `${at.subject}: expected results that a double holds, up to 1.8e308, got an overflow`;
    return new RidgelineError('NON_FINITE', 'content', message, {
      remedy: 'look for values that are far larger than those of the fit',
    });
  }
  const unnamed = [String(at.column), at.column === 0 ? 'y' : `y[${at.column}]`, 'weights'][at.operand]!;
  const names = [at.features, at.target, at.weights === undefined ? undefined : [at.weights]][at.operand];
  const column = names?.[at.column] ?? unnamed;
  const name = at.operand > 0 && names === undefined ? unnamed : `column "${column}"`;
  if (at.row < 0) {
    const message = `${at.subject}: ${name} must hold values whose squares can be added up, got an overflow`;
    return new RidgelineError('NON_FINITE', 'content', message, {
      remedy: 'give it in a larger unit, so that values stay below 1e140',
      position: { column },
    });
  }
  const row = at.rowOffset + at.row + 1;
  if (status === BAD_WEIGHT) {
    const message = `${at.subject}: ${name} must be >= 0, got ${at.value} at row ${row}`;
    return new RidgelineError('BAD_WEIGHT', 'content', message, {
      remedy: 'a row of weight 0 is left out',
      position: { column, row },
    });
  }
  return new RidgelineError(
    'NON_FINITE',
    'content',
    `${at.subject}: ${name} must be finite, got ${at.value ?? 'NaN or infinity'} at row ${row}`,
    { remedy: 'drop or fill rows with missing or infinite values', position: { column, row } },
  );
}
