import { productError, quotientError, sumError } from '../blas/double-double';
import { clear } from '../blas/vector';
import { CHUNK_ROWS, isRagged, nextNode, pushChunk } from '../linalg/forest';
import { Operand, Status, report, reportState } from '../status';
import { factorS, factorV } from './factor';

/**
 * Refinement of ordinary least squares on the columns as they are given, not as they were standardised and rounded.
 *
 *     solution, f64[2 + 3p] per target:  c high, c low, then for each column  b high, b low, m
 *     fitted y := c + sum_j b_j (x_j - m_j),  m_j any fixed number near the mean
 *
 * A pass (`residuals`) sums r = y - fitted and (x_j - m_j) r in double-double; `correct` turns them into a step of the
 * normal equations, solved through the factor. What converges is X'r = 0 in double-double, whatever the factor's own
 * errors: they only set the speed.
 *
 * Source: Bjorck, Iterative refinement of linear least squares solutions (1967); Demmel, Hida, Riedy & Li (2009).
 */
export function solutionLength(p: i32): i32 {
  return 2 + 3 * p;
}

/**
 * Pass over the rows: sums of r and (x_j - m_j) r, with weights of w r and (x_j - m_j) w r.
 *
 * @param forest    state of kind PAIRS, width t (1 + p): high and low of each sum, target after target
 * @param solution  f64[t, 2 + 3p]
 * @param x         f64[n, p], as given; strides in elements
 * @param y         f64[n, t]; strides in elements
 * @param w         f64[n], weights; 0 = all of them 1
 * @param n         rows: a multiple of CHUNK_ROWS, except in the last call
 * @param info      i32[4], output
 * @returns         OK | BAD_SHAPE | WORKSPACE | NON_FINITE
 *
 * Cost: about 80 p flops a row and target.
 */
export function residuals(
  forest: usize, solution: usize, p: i32, x: usize, rs: i32, cs: i32, y: usize, yrs: i32, ycs: i32,
  w: usize, n: i32, info: usize,
): i32 {
  const t = load<i32>(forest, 16) / (1 + p);
  for (let start = 0; start < n; start += CHUNK_ROWS) {
    const rows = min(CHUNK_ROWS, n - start);
    const node = nextNode(forest);
    if (node == 0) return reportState(isRagged(forest), start, info);
    clear(node, 2 * t * (1 + p));
    for (let i = start; i < start + rows; i++) {
      const row = x + (<usize>i * <usize>rs << 3);
      let from = y + (<usize>i * <usize>yrs << 3);
      let to = node;
      let b = solution;
      const weight = w != 0 ? load<f64>(w + (<usize>i << 3)) : 1;
      for (let target = 0; target < t; target++) {
        addResidual(load<f64>(from), weight, row, <usize>cs << 3, p, b, to);
        from += <usize>ycs << 3;
        to += <usize>(1 + p) << 4;
        b += <usize>solutionLength(p) << 3;
      }
    }
    pushChunk(forest, rows);
  }
  return Status.OK;
}

/** One row of one target. */
function addResidual(y: f64, weight: f64, row: usize, step: usize, p: i32, solution: usize, node: usize): void {
  const end = solution + 16 + <usize>p * 24;
  const c = load<f64>(solution);
  let high = y - c;
  let low = sumError(y, -c, high) - load<f64>(solution, 8);
  let s: f64;
  let at = row;
  for (let b = solution + 16; b < end; b += 24) {
    const value = load<f64>(at);
    const m = load<f64>(b, 16);
    const d = value - m;
    const dLow = sumError(value, -m, d);
    const bHigh = load<f64>(b);
    const product = bHigh * d;
    const rest = productError(bHigh, d, product) + (bHigh * dLow + load<f64>(b, 8) * d);
    s = high - product;
    low += sumError(high, -product, s) - rest;
    high = s;
    at += step;
  }
  s = high + low;
  low = low - (s - high);
  high = s;
  if (weight != 1) {
    s = high * weight;
    low = productError(high, weight, s) + low * weight;
    high = s;
  }
  addTo(node, high, low);
  let sum = node + 16;
  at = row;
  for (let b = solution + 16; b < end; b += 24) {
    const value = load<f64>(at);
    const m = load<f64>(b, 16);
    const d = value - m;
    const dLow = sumError(value, -m, d);
    const product = high * d;
    addTo(sum, product, productError(high, d, product) + (high * dLow + low * d));
    at += step;
    sum += 16;
  }
}

/**
 * One step of refinement.
 *
 *     b := b + diag(1/scale) v s^-2 v' diag(1/scale) (X'r),   c := c + sum(r) / n      (n: sum of weights)
 *
 * @param factor    settled factor of the standardised columns
 * @param scale     f64[p] of the fused scaler, or 0
 * @param sums      f64[2 (1 + p)], folded
 * @param solution  f64[2 + 3p], in and out
 * @param scratch   f64[2p]
 * @returns         largest step relative to its coefficient (in units of its column); NaN leaves the solution unusable
 */
export function correct(factor: usize, scale: usize, sums: usize, solution: usize, scratch: usize): f64 {
  const p = <i32>load<f64>(factor);
  const t = <i32>load<f64>(factor, 8);
  const rank = <i32>load<f64>(factor, 16);
  const v = factorV(factor, p, t);
  const s = factorS(factor, p, t);
  const step = scratch;
  const lengths = scratch + (<usize>p << 3);
  clear(step, 2 * p);
  for (let k = 0; k < rank; k++) {
    const vk = v + (<usize>(k * p) << 3);
    const sk = load<f64>(s + (<usize>k << 3));
    // The sum cancels as much as the columns are collinear: in double-double.
    let high: f64 = 0;
    let low: f64 = 0;
    for (let j = 0; j < p; j++) {
      const at = <usize>j << 3;
      const weight = load<f64>(vk + at);
      const unit = scale != 0 ? load<f64>(scale + at) : 1;
      const sum = sums + 16 + (<usize>j << 4);
      const g = load<f64>(sum) / unit;
      const gLow = quotientError(load<f64>(sum), load<f64>(sum, 8), unit, g);
      const product = weight * g;
      const total = high + product;
      low += sumError(high, product, total) + productError(weight, g, product) + weight * gLow;
      high = total;
    }
    const along = (high + low) / sk / sk;
    for (let j = 0; j < p; j++) {
      const at = <usize>j << 3;
      const weight = load<f64>(vk + at);
      store<f64>(step + at, load<f64>(step + at) + along * weight);
      store<f64>(lengths + at, load<f64>(lengths + at) + weight * sk * (weight * sk));
    }
  }
  let most: f64 = 0;
  for (let j = 0; j < p; j++) {
    const at = <usize>j << 3;
    const unit = scale != 0 ? load<f64>(scale + at) : 1;
    most = max(most, abs(load<f64>(solution + 16 + <usize>j * 24)) * unit * sqrt(load<f64>(lengths + at)));
  }
  let change: f64 = 0;
  for (let j = 0; j < p; j++) {
    const at = <usize>j << 3;
    const unit = scale != 0 ? load<f64>(scale + at) : 1;
    const b = solution + 16 + <usize>j * 24;
    const length = sqrt(load<f64>(lengths + at));
    const size = max(abs(load<f64>(b)) * unit * length, most * 1e-10);
    const delta = load<f64>(step + at);
    if (size > 0) change = max(change, (abs(delta) * length) / size);
    const d = delta / unit;
    addTo(b, d, quotientError(delta, 0, unit, d));
  }
  if (load<f64>(factor, 32) != 0) {
    const total = load<f64>(factor, 32);
    addTo(solution, (load<f64>(sums) + load<f64>(sums, 8)) / total, 0);
  }
  return change;
}

/** (at, at + 8) += high + low */
// @ts-ignore: decorator
@inline
function addTo(at: usize, high: f64, low: f64): void {
  const a = load<f64>(at);
  const s = a + high;
  const e = sumError(a, high, s) + load<f64>(at, 8) + low;
  const sum = s + e;
  store<f64>(at, sum);
  store<f64>(at, e - (sum - s), 8);
}
