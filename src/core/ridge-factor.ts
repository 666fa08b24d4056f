import { rangeOf } from './ridge-checks.ts';
import type { RidgeShape } from './ridge-pass.ts';

/** A factored ridge problem as one target sees it: views of the factor, laid out as `assembly/ridge/factor.ts` says. */
export interface RidgeFactor {
  readonly rank: number;
  /** Rows of weight > 0. */
  readonly rows: number;
  /** Sum of weights with an intercept, else 0. */
  readonly weight: number;
  readonly interpolated: boolean;
  /** Of the columns as standardised, f64[p], and what a double leaves over of each; 0 without intercept. */
  readonly mean: Float64Array;
  readonly low: Float64Array;
  readonly targetMean: number;
  /** f64[p, p], column-major: right singular vectors. */
  readonly v: Float64Array;
  /** f64[p]: singular values. */
  readonly s: Float64Array;
  /** f64[p]: left singular vectors times the centred target. */
  readonly g: Float64Array;
}

/** Element that says how rows are interpolated: 0 not, 1 they are, 2 and none of them can be set aside. */
export const INTERPOLATED = 7;

const RANK = 2;
const HEADER = 9;

export function readFactor(
  { p, targets }: Pick<RidgeShape, 'p' | 'targets'>,
  factor: Float64Array,
  target = 0,
): RidgeFactor {
  const v = HEADER + p + targets;
  const s = v + p * p;
  const g = s + p + target * p;
  const low = s + p + targets * p;
  return {
    rank: factor[RANK]!,
    rows: factor[3]!,
    weight: factor[4]!,
    interpolated: factor[INTERPOLATED] !== 0,
    mean: factor.subarray(HEADER, HEADER + p),
    low: factor.subarray(low, low + p),
    targetMean: factor[HEADER + p + target]!,
    v: factor.subarray(v, s),
    s: factor.subarray(s, s + p),
    g: factor.subarray(g, g + p),
  };
}

/** Rounding of a column with its mean, in units of eps, that QR and merges of many rows stay below. */
const ROUNDING = 64 * Number.EPSILON;

/**
 * A factor without the directions that are rounding of the columns as they came: `lengths` f64[p], of the columns with their
 * means. Rounding moves singular value k by about eps |d v_k|, d those lengths; where columns lie far from 0 that is more than
 * the centred columns show. Without a penalty such a direction would be all there is of the coefficients.
 */
export function withoutRounding(
  { p, targets }: Pick<RidgeShape, 'p' | 'targets'>,
  factor: Float64Array,
  lengths: ArrayLike<number>,
): Float64Array {
  const own = factor.slice();
  const { rank, v, s } = readFactor({ p, targets }, own);
  let kept = 0;
  for (let k = 0; k < rank; k++) {
    let square = 0;
    for (let j = 0; j < p; j++) square += (v[k * p + j]! * lengths[j]!) ** 2;
    if (!(s[k]! > ROUNDING * Math.sqrt(square))) continue;
    if (k > kept) {
      v.copyWithin(kept * p, k * p, k * p + p);
      s[kept] = s[k]!;
      for (let t = 0; t < targets; t++) {
        const { g } = readFactor({ p, targets }, own, t);
        g[kept] = g[k]!;
      }
    }
    kept++;
  }
  own[RANK] = kept;
  return own;
}

/** Relative error from which on a user should hear of it. */
const INEXACT = 1e-4;

/** Whether rounding in a factor made of a triangle comes through in the coefficients of `alpha`. */
export function isIllConditioned({ rank, s }: RidgeFactor, alpha: number): boolean {
  const [least, most] = rangeOf(s.subarray(0, rank));
  return rank > 0 && Number.EPSILON * most * least > INEXACT * (least * least + alpha);
}

/** Column lengths from which on one in the longest takes digits from the shortest. */
const LARGE_RATIO = 1e4;

/**
 * What to start the factor of some rows from: that of all rows, or each column by itself. Directions of all rows lean on rows
 * that are left out. Where a column lies mostly in these, such as that of a category seen once, what is left of it is found
 * in one pass by itself and in many along them; where columns differ much in length, what they lean is more in a long column
 * than there is of a short one. So do then their means, and of a column that does not differ in the others the mean is not
 * found again: those columns start at 0.
 *
 * @param aside rows that are left out: of each its index, weight, x[p] as standardised, y[t]
 */
export function startOfRest(
  { p, targets }: Pick<RidgeShape, 'p' | 'targets'>,
  factor: Float64Array,
  aside: Float64Array,
): Float64Array {
  const { rank, v, s, mean } = readFactor({ p, targets }, factor);
  const own = new Float64Array(p);
  for (let at = 0; at < aside.length; at += 2 + p + targets) {
    for (let j = 0; j < p; j++) own[j]! += aside[at + 1]! * (aside[at + 2 + j]! - mean[j]!) ** 2;
  }
  const squares = new Float64Array(p);
  for (let k = 0; k < rank; k++) for (let j = 0; j < p; j++) squares[j]! += (v[k * p + j]! * s[k]!) ** 2;
  const varying = Array.from(squares.keys()).filter((j) => squares[j]! > 0);
  const [least, most] = rangeOf(squares.filter((square) => square > 0));
  const differ = most > LARGE_RATIO * LARGE_RATIO * least;
  if (!differ && !varying.some((j) => 2 * own[j]! > squares[j]!)) return factor;
  const start = factor.slice();
  const at = readFactor({ p, targets }, start);
  at.v.fill(0);
  varying.forEach((j, k) => {
    if (differ) at.mean[j] = at.low[j] = 0;
    at.v[k * p + j] = 1;
    at.s[k] = 1;
  });
  return start.with(RANK, varying.length);
}

/** Share of the squared errors that rounding moves at most, from which on a user should hear of it. */
const MOVED = 1e-7;

/** Rows set aside, as their errors at one alpha see them. */
interface AsideErrors {
  /** Of each row its index, weight, x[p] as standardised, y[t]. */
  readonly rows: Float64Array;
  readonly errors: Float64Array;
  readonly alpha: number;
  /** Sum of all squared errors. */
  readonly squares: number;
}

/**
 * Whether errors of rows set aside have digits that change when values of other rows change by their last.
 *
 * A row set aside may lie along a direction in which the others, be they set aside or not, do not differ but by rounding, E say.
 * Alpha alone holds its coefficient there: with w the part of the row outside their directions and r what the others leave, it
 * is predicted w' E' r / alpha otherwise.
 *
 * @param factor of the other rows
 */
export function hangOnRounding(
  { p, targets }: Pick<RidgeShape, 'p' | 'targets'>,
  factor: Float64Array,
  { rows, errors, alpha, squares }: AsideErrors,
): boolean {
  const { rank, v, s, mean, low } = readFactor({ p, targets }, factor);
  const directions = Array.from({ length: rank }, (_, k) => v.subarray(k * p, (k + 1) * p));
  const lengths = new Float64Array(p);
  directions.forEach((vk, k) => vk.forEach((value, j) => (lengths[j]! += (value * s[k]!) ** 2)));
  const weights = Array.from(errors, (_, i) => rows[i * (2 + p + targets) + 1]!);
  const centred = weights.map((_, i) =>
    rows
      .subarray(i * (2 + p + targets) + 2)
      .slice(0, p)
      .map((value, j) => value - mean[j]! - low[j]!),
  );
  // What is outside the directions of the rest, and behind it the noise of each row: others of its direction do not tell all.
  const known: Float64Array[] = [];
  centred.forEach((x, i) => {
    const own = new Float64Array(p + errors.length);
    own.set(x);
    directions.forEach((vk) => takeOff(own, vk));
    own[p + i] = Math.sqrt(alpha / weights[i]!);
    for (let turn = 0; turn < 2; turn++) known.forEach((other) => takeOff(own, other));
    const length = Math.sqrt(own.reduce((sum, value) => sum + value * value, 0));
    known.push(own.map((value) => value / length));
  });
  // 1 - h of each row, and what the fit on all rows leaves of it.
  const free = weights.map((_, i) => known.reduce((sum, row) => sum + row[p + i]! ** 2, 0));
  const left = free.map((share, i) => weights[i]! * Math.abs(errors[i]!) * share);
  let moved = 0;
  errors.forEach((error, i) => {
    // Of what is known of all those rows, what this one says alone.
    const outside = new Float64Array(p);
    for (const row of known.slice(i)) addScaled(outside, row[p + i]!, row);
    let moves = 0;
    for (let j = 0; j < p; j++) {
      let others = Math.sqrt(lengths[j]! * squares);
      for (let k = 0; k < left.length; k++) others += k === i ? 0 : Math.abs(centred[k]![j]!) * left[k]!;
      moves += Math.abs(outside[j]!) * others;
    }
    moves *= Math.sqrt(alpha / weights[i]!) / free[i]!;
    moved += (2 * weights[i]! * Math.abs(error) * Number.EPSILON * moves) / alpha;
  });
  return moved > MOVED * squares;
}

/** Takes off a row its part along a direction of length 1. */
function takeOff(row: Float64Array, direction: Float64Array): void {
  let part = 0;
  for (let j = 0; j < direction.length; j++) part += direction[j]! * row[j]!;
  addScaled(row.subarray(0, direction.length), -part, direction);
}

/** y := y + a x, as far as y goes. */
function addScaled(y: Float64Array, a: number, x: Float64Array): void {
  for (let j = 0; j < y.length; j++) y[j]! += a * x[j]!;
}

/** Explained squares in squared errors from which on every alpha is evaluated by itself. */
const CLOSE = 1e3;

/**
 * Whether errors are so small beside what is explained of a target that nodes, exact to its size, do not give their digits;
 * or so large that the polynomial overflowed.
 *
 * @param sums f64[targets, alphas], squared errors
 */
export function fitsClosely(
  shape: Pick<RidgeShape, 'p' | 'targets'>,
  factor: Float64Array,
  sums: Float64Array,
): boolean {
  if (!sums.every(Number.isFinite)) return true;
  const na = sums.length / shape.targets;
  return Array.from({ length: shape.targets }, (_, target) => {
    const explained = readFactor(shape, factor, target).g.reduce((sum, g) => sum + g * g, 0);
    return explained > CLOSE * rangeOf(sums.subarray(target * na, (target + 1) * na))[0];
  }).some(Boolean);
}
