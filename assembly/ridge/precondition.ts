import { centreBlock, packRows } from '../blas/block';
import { quotientError, sumError } from '../blas/double-double';
import { PANEL_ROWS, multiplyPanels, panelBytes } from '../blas/multiply';
import { copy, largest, scal, smallest } from '../blas/vector';
import { CHUNK_ROWS, isRagged, nextNode, pushChunk } from '../linalg/forest';
import { chunkMoments, momentsScratch } from '../linalg/moments';
import { Operand, Status, report, reportState } from '../status';
import { factorMean, factorS, factorV } from './factor';
import { roundUp, unscaledCentre } from './rows';

/** Ratio of singular values from which on rows and basis are split: three digits of z are gone along the weakest direction. */
const SPLIT_RANGE: f64 = 1e3;

/** Added to a value of size 1 and taken off again they leave its first 20 and 22 bits: those of rows, and of the basis. */
const ROW_GRAIN: f64 = 4294967296;
const BASIS_GRAIN: f64 = 1073741824;

/** Scratch of `precondition`, in bytes. */
export function preconditionScratch(p: i32, t: i32): usize {
  const r = roundUp(p, 2);
  const panels = panelBytes(r) + <usize>(CHUNK_ROWS / PANEL_ROWS) * panelBytes(3 * p);
  return panels + (<usize>(3 * p * r + CHUNK_ROWS * (r + t + 1) + 2 * p + 1) << 3) + momentsScratch(p + t);
}

/**
 * Another pass over the rows, through the factor so far: moments of [z y] with z = (x - mean) v / s.
 *
 * A row along a weak direction is a sum that cancels: z there is wrong by eps s_max / s, and so is the solution. Where that is
 * much, x - mean = xh + xl and v = vh + vl are split, the first parts so short that their products add up exactly:
 *
 *     z s = sum_j xh vh + (sum_j xh vl + sum_j xl v)         one product of three times the depth
 *
 * Not when rows are left out: their errors, not the coefficients, come of that.
 *
 * @param forest   state of kind MOMENTS, width rank + t
 * @param factor   as made by factorMoments or refactor
 * @param x        f64[n, p]; strides in elements
 * @param y        f64[n, t]; strides in elements
 * @param w        f64[n], weights; 0 = all of them 1
 * @param n        rows: a multiple of CHUNK_ROWS, except in the last call
 * @param first    index of the first row, for `skip`
 * @param skip     f64[skips], ascending: rows that are left out; 0 = none
 * @param mean     f64[p] of a fused scaler, or 0
 * @param scale    f64[p] of a fused scaler, or 0
 * @param scratch  preconditionScratch(p, t) bytes, 16-aligned
 * @param info     i32[4], output
 * @returns        OK | BAD_SHAPE | WORKSPACE | NON_FINITE
 *
 * Cost: 2 p^2 flops a row for z, 6 p^2 when split, and p^2 for its moments.
 * Accuracy: z to eps s_max / s, when split to a millionth of that.
 * Source: Ozaki, Ogita, Oishi & Rump, Error-free transformations of matrix multiplication by using fast routines of matrix
 * multiplication and its applications (2012).
 */
export function precondition(
  forest: usize, factor: usize, x: usize, rs: i32, cs: i32, y: usize, yrs: i32, ycs: i32, w: usize, n: i32,
  first: f64, skip: usize, skips: i32, mean: usize, scale: usize, scratch: usize, info: usize,
): i32 {
  const p = <i32>load<f64>(factor);
  const t = <i32>load<f64>(factor, 8);
  const rank = <i32>load<f64>(factor, 16);
  const r = roundUp(rank, 2);
  const b = scratch;
  const panel = b + (<usize>(3 * p * r) << 3);
  const z = panel + panelBytes(r);
  const yb = z + (<usize>(CHUNK_ROWS * r) << 3);
  const wb = yb + (<usize>(CHUNK_ROWS * t) << 3);
  const block = wb + (<usize>CHUNK_ROWS << 3);
  const moments = block + <usize>(CHUNK_ROWS / PANEL_ROWS) * panelBytes(3 * p);
  const centre = moments + momentsScratch(p + t);
  unscaledCentre(factor, p, t, mean, scale, centre);
  const s = factorS(factor, p, t);
  const most = largest(s, rank);
  const split = skips == 0 && most > SPLIT_RANGE * smallest(s, rank);
  const depth = split ? 3 * p : p;
  const step = panelBytes(depth);
  const grain = (ROW_GRAIN * most) / sqrt(load<f64>(factor, 24));
  if (split) splitBasis(factor, p, t, rank, scale, b);
  else fillBasis(factor, p, t, rank, r, scale, b, block);

  for (let start = 0; start < n; start += CHUNK_ROWS) {
    const rows = min(CHUNK_ROWS, n - start);
    const node = nextNode(forest);
    if (node == 0) return reportState(isRagged(forest), start, info);
    const xs = x + (<usize>start * <usize>rs << 3);
    if (split) splitRows(xs, rs, cs, p, rows, centre, scale, grain, block);
    else packRows(xs, rs, cs, p, rows, centre, centre + (<usize>p << 3), block);
    for (let i = 0; i < rows; i += PANEL_ROWS) {
      multiplyPanels(1, block + <usize>(i / PANEL_ROWS) * step, 0, depth, b, r, panel);
      for (let k = 0; k < rank; k++) {
        const to = z + (<usize>(k * CHUNK_ROWS + i) << 3);
        copy(panel + (<usize>k << 6), to, PANEL_ROWS);
        if (split) scal(1 / load<f64>(s + (<usize>k << 3)), to, PANEL_ROWS);
      }
    }
    const ys = y + (<usize>start * <usize>yrs << 3);
    centreBlock(ys, yrs, ycs, t, rows, factorMean(factor) + (<usize>p << 3), yb, <usize>CHUNK_ROWS << 3);
    if (w != 0) copy(w + (<usize>start << 3), wb, rows);
    let kept = rows;
    for (let i = skips - 1; i >= 0; i--) {
      const row = <i32>(load<f64>(skip + (<usize>i << 3)) - first - <f64>start);
      if (row < 0 || row >= rows) continue;
      kept--;
      moveRow(z, rank, kept, row);
      moveRow(yb, t, kept, row);
      if (w != 0) moveRow(wb, 1, kept, row);
    }
    const bad = chunkMoments(z, 1, CHUNK_ROWS, rank, yb, 1, CHUNK_ROWS, t, kept, w != 0 ? wb : 0, node, moments);
    if (bad >= 0) return report(info, Status.NON_FINITE, -1, -1, Operand.X);
    pushChunk(forest, rows);
  }
  return Status.OK;
}

/** b for `multiplyPanels`: column k is v[:,k] / s[k] / scale, 0 beyond the rank. @param units f64[p], work */
export function fillBasis(
  factor: usize, p: i32, t: i32, rank: i32, r: i32, scale: usize, b: usize, units: usize,
): void {
  const v = factorV(factor, p, t);
  const s = factorS(factor, p, t);
  for (let j: usize = 0; j < <usize>p << 3; j += 8) {
    store<f64>(units + j, scale != 0 ? 1 / load<f64>(scale + j) : 1);
  }
  for (let k = 0; k < r; k++) {
    const to = b + (<usize>((k >> 1) * p * 2 + (k & 1)) << 3);
    const unit = k < rank ? 1 / load<f64>(s + (<usize>k << 3)) : 0;
    for (let j = 0; j < p; j++) {
      const value = k < rank ? load<f64>(v + (<usize>(k * p + j) << 3)) * unit : 0;
      store<f64>(to + (<usize>j << 4), value * load<f64>(units + (<usize>j << 3)));
    }
  }
}

/** b for rows of `splitRows`, three parts of p rows: vh, vl, v; column k is v[:,k] / scale. */
function splitBasis(factor: usize, p: i32, t: i32, rank: i32, scale: usize, b: usize): void {
  const v = factorV(factor, p, t);
  const part = <usize>p << 4;
  for (let k = 0; k < rank; k++) {
    let to = b + <usize>(k >> 1) * 3 * part + (<usize>(k & 1) << 3);
    for (let j = 0; j < p; j++) {
      const unit = scale != 0 ? load<f64>(scale + (<usize>j << 3)) : 1;
      const value = load<f64>(v + (<usize>(k * p + j) << 3));
      const all = value / unit;
      const grain = BASIS_GRAIN / unit;
      const high = all + grain - grain;
      store<f64>(to, high);
      store<f64>(to + part, all - high + quotientError(value, 0, unit, all));
      store<f64>(to + 2 * part, all);
      to += 16;
    }
  }
}

/**
 * Packs rows as panels of three parts of p columns: xh, xh, xl.
 *
 * @param grain  leaves of a standardised value what xh is to have of it
 */
function splitRows(
  x: usize, rs: i32, cs: i32, p: i32, rows: i32, centre: usize, scale: usize, grain: f64, to: usize,
): void {
  const part = <usize>p << 6;
  const step = panelBytes(3 * p);
  for (let j = 0; j < p; j++) {
    const at = <usize>j << 3;
    const c = load<f64>(centre + at);
    const low = load<f64>(centre + (<usize>p << 3) + at);
    const g = scale != 0 ? grain * load<f64>(scale + at) : grain;
    let from = x + (<usize>j * <usize>cs << 3);
    let out = to + (<usize>j << 6);
    for (let i = 1; i <= rows; i++) {
      const value = load<f64>(from);
      const d = value - c;
      const high = d + g - g;
      store<f64>(out, high);
      store<f64>(out + part, high);
      store<f64>(out + 2 * part, d - high + (sumError(value, -c, d) - low));
      from += <usize>rs << 3;
      out += i % PANEL_ROWS == 0 ? step - 56 : 8;
    }
  }
}

/** The last row takes the place of one that is left out. */
function moveRow(block: usize, columns: i32, from: i32, to: i32): void {
  for (let j = 0; j < columns; j++) {
    const column = block + (<usize>(j * CHUNK_ROWS) << 3);
    store<f64>(column + (<usize>to << 3), load<f64>(column + (<usize>from << 3)));
  }
}
