import { RidgelineError } from '../contracts/errors.ts';
import { badShape, isArrayLike, told } from './array-input.ts';
import { NON_FINITE, statusError } from './status.ts';

/** p x p matrices a fit has in memory at once, at most; WebAssembly's 4 GB hold that many of MAX_COLUMNS. */
const STATES = 24;
const MAX_COLUMNS = 4096;

export function checkColumns(p: number, targets = 1): void {
  if (!(Number.isInteger(p) && p >= 1)) {
    throw new RidgelineError('BAD_SHAPE', 'usage', `fit: expected at least one column, got ${p}`);
  }
  if (!(Number.isInteger(targets) && targets >= 1)) {
    throw new RidgelineError('BAD_SHAPE', 'usage', `fit: expected at least one target, got ${targets}`);
  }
  const q = p + targets - 1;
  if (q > MAX_COLUMNS) {
    const needs = Math.ceil((STATES * 8 * q * q) / 2 ** 20);
    throw new RidgelineError(
      'OUT_OF_MEMORY',
      'usage',
      `fit: expected at most ${MAX_COLUMNS} columns, got ${q}, which would take ${needs} MB`,
      { remedy: 'choose among the columns, or combine them' },
    );
  }
}

/** What is asked of alpha: one in place of a grid, or a grid; neither is the default grid. */
interface AlphaOptions {
  readonly alpha?: number;
  readonly alphas?: ArrayLike<number>;
  /** Folds to choose it by, which a grid that holds 0 takes. */
  readonly cv?: number;
}

/** @throws {RidgelineError} BAD_ALPHA for both, and as `checkAlphas` */
export function checkAlphaOptions({ alpha, alphas, cv }: AlphaOptions): void {
  if (alpha !== undefined && alphas !== undefined)
    throw badAlpha('RidgeCV: expected alpha or alphas, got both', 'give one alpha, or alphas to choose from');
  const given = alpha === undefined ? alphas : [alpha];
  if (given !== undefined) checkAlphas(given, cv !== undefined);
}

/** The alphas asked for, as they came: `checkAlphas` looks at them. */
export function alphasOf({ alpha, alphas }: AlphaOptions, grid: () => Float64Array): ArrayLike<number> {
  if (alpha !== undefined) return [alpha];
  return alphas === undefined ? grid() : alphas;
}

/**
 * @param zero whether a grid may hold it: leave-one-out errors have no limit there
 * @throws {RidgelineError} BAD_ALPHA; a number too, of which `new Float64Array` would make that many zeros
 */
export function checkAlphas(values: ArrayLike<number>, zero = false): Float64Array {
  if (!isArrayLike(values)) {
    throw badAlpha(
      `fit: alphas must be an array of numbers, got ${told(values)}`,
      'for one alpha say alpha: 1, or alphas: [1]',
    );
  }
  const odd = values instanceof Float64Array ? undefined : nonNumber(values);
  if (odd !== undefined) throw badAlpha(`fit: alphas must be numbers, got ${odd}`, 'convert them with Number()');
  const alphas = new Float64Array(values);
  const bad = alphas.find((alpha) => !(alpha >= 0 && alpha < Infinity));
  if (alphas.length > 0 && bad === undefined && (zero || alphas.length === 1 || alphas.every((alpha) => alpha > 0))) {
    return alphas;
  }
  throw badAlpha(
    `fit: alphas must be finite and ${zero ? '>=' : '>'} 0, got ${alphas.length === 0 ? 'none' : (bad ?? 0)}`,
    'a single alpha of 0 is ordinary least squares; a grid holds positive alphas only',
  );
}

function nonNumber(values: ArrayLike<unknown>): string | undefined {
  for (let i = 0; i < values.length; i++) if (typeof values[i] !== 'number') return told(values[i]);
  return undefined;
}

function badAlpha(message: string, remedy: string): RidgelineError {
  return new RidgelineError('BAD_ALPHA', 'usage', message, { remedy });
}

export function tooFewRows(rows: number): RidgelineError {
  return new RidgelineError('TOO_FEW_ROWS', 'content', `fit: leave-one-out needs at least 2 rows, got ${rows}`, {
    remedy: 'give one alpha instead of a grid',
  });
}

/** @param first how many they were in the first pass */
export function otherRows(first: number, rows: number, pass: number): RidgelineError {
  return badShape(
    `fit: expected the ${first} rows of the first pass once more, got ${rows} in pass ${pass}`,
    'push the same rows in the same order until next() returns false',
  );
}

export function noSweep(): RidgelineError {
  return new RidgelineError('BAD_ALPHA', 'usage', 'fit: scoring and storeCvResults need alphas > 0, got 0', {
    remedy: 'at alpha 0 there is no choice to make: leave them out',
  });
}

/** @param name of the column of weights @param folds each of which needs one */
export function noWeight(name = 'weights', folds?: number): RidgelineError {
  const where = folds === undefined ? '' : ` in each of ${folds} folds`;
  return new RidgelineError('BAD_WEIGHT', 'content', `fit: expected a weight above 0${where}, got none in "${name}"`, {
    remedy: 'a row of weight 0 is left out: give the others a weight above 0',
    position: { column: name },
  });
}

export function noConvergence(): RidgelineError {
  return new RidgelineError('NO_CONVERGENCE', 'content', 'fit: the singular values did not converge', {
    remedy: 'standardise the columns first',
  });
}

/** @param index of the column, or behind them the target, whose squares cannot be added up */
export function overflow(index: number, { p, features, target }: Names): RidgelineError {
  const [operand, column] = index < p ? [0, index] : [1, index - p];
  const names = typeof target === 'string' ? [target] : target;
  const at = { subject: 'fit', features, target: names, rowOffset: 0, row: -1, value: undefined, operand, column };
  return statusError(NON_FINITE, at);
}

interface Names {
  readonly p: number;
  readonly features?: readonly string[] | undefined;
  readonly target?: string | readonly string[] | undefined;
}

/** Squares of columns may differ by so much. */
const LARGEST_RATIO = 1e32;

/**
 * Names the shortest and the longest column, or the target that is too small.
 *
 * @param moments f64[q, q] of columns and targets, upper triangle; 0 for a constant one
 */
export function badScale(moments: Float64Array, { p, features, target }: Names): RidgelineError {
  const lengths = lengthsOf(moments);
  const q = lengths.length;
  const varying = lengths.slice(0, p).filter((length) => length > 0);
  const [shortest, longest] = [Math.min(...varying), Math.max(...varying)];
  if (!(longest > shortest * LARGEST_RATIO)) {
    // Of targets with something beside a column, or of their own.
    const sizes = lengths.slice(p).map((length, t) => {
      return lengths.slice(0, p).some((_, j) => moments[j * q + p + t] !== 0) || length > 0 ? length : Infinity;
    });
    return tooSmall(sizes.indexOf(Math.min(...sizes)), target);
  }
  const name = (length: number) => features?.[lengths.indexOf(length)] ?? String(lengths.indexOf(length));
  const [least, most] = [name(shortest), name(longest)];
  return new RidgelineError(
    'BAD_SCALE',
    'content',
    `fit: columns must not differ in size by more than 1e16, got "${least}" and "${most}"`,
    { remedy: 'standardise the columns first', position: { column: least } },
  );
}

/** The column, or behind them target, whose squares add up to most. */
export function longestOf(moments: Float64Array): number {
  const lengths = lengthsOf(moments);
  return lengths.indexOf(Math.max(...lengths));
}

function lengthsOf(moments: Float64Array): number[] {
  const q = Math.sqrt(moments.length);
  return Array.from({ length: q }, (_, j) => moments[j * (q + 1)]!);
}

/** @param index of the target, whose squares are lost or nearly */
export function tooSmall(index: number, target: Names['target']): RidgelineError {
  const column = typeof target === 'string' ? target : target?.[index];
  const name = column === undefined ? 'y' : `column "${column}"`;
  return new RidgelineError(
    'BAD_SCALE',
    'content',
    `fit: ${name} must hold values large enough to be squared, got an underflow`,
    {
      remedy: 'give it in a smaller unit, so that values are above 1e-120',
      position: { column: column ?? 'y' },
    },
  );
}

/** Smallest and largest, of any number of values (`Math.min(...values)` takes no more than the stack does). */
export function rangeOf(values: Float64Array): [least: number, most: number] {
  let [least, most] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return [least, most];
}
