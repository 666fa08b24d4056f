import { centreBlock, rootWeights, weighBlock } from '../blas/block';
import { GRAM_ROWS, GRAM_STEP, gramBlock } from '../blas/gram';
import { clear, dot } from '../blas/vector';

/** Sums of squares (or values) beyond this would overflow on their way through the solver. */
export const LARGEST: f64 = 1e290;
/** Of a target whose mean square is below this, errors a few digits smaller would have no squares. */
export const SMALLEST: f64 = 1e-290;

/** Rows of a chunk that the shift is taken from. */
const SAMPLE: i32 = 16;

/** Scratch of `chunkMoments`, in bytes. */
export function momentsScratch(q: i32): usize {
  const width = <usize>tiled(q);
  return width * GRAM_STEP + ((width * width + 2 * width + GRAM_ROWS) << 3);
}

/** q columns, rounded up to a tile. */
// @ts-ignore: decorator
@inline
function tiled(q: i32): i32 {
  return ((q + 2) / 3) * 3;
}

/**
 * Augmented centred moments of one chunk, the node of a forest of kind MOMENTS:
 *
 *     weight := sum_i w[i],  mean[j] := sum_i w[i] a[i,j] / weight
 *     m[j,k] := sum_i w[i] (a[i,j] - mean[j]) (a[i,k] - mean[k]),  k >= j
 *
 * where a = [x y].
 *
 * @param x        f64[rows, p], strides in elements
 * @param y        f64[rows, t], strides in elements
 * @param w        f64[rows], weights; 0 = all of them 1
 * @param node     f64[2 + q + q q], q = p + t, output
 * @param scratch  momentsScratch(q) bytes, 16-aligned
 * @returns        -1, or the column (of a) that is not finite or too large to square, q for the weights: NaN, infinite or
 *                 negative (node then undefined)
 *
 * Rows are shifted by the mean of some of them before they are multiplied, and what is left of the mean is subtracted from
 * the products; with weights the shift is the mean itself. Mean and m[j,j] have the bits of a scaler's state without weights
 * (`updateScaler`).
 * Cost: rows * q^2 flops in the tiles.
 * Accuracy: the sample's mean is within sqrt(n / 16) standard deviations of the chunk's, whatever the data (Cauchy), so the
 * subtraction costs a factor of 1 + n / 16 in the worst case and nothing ordinarily.
 */
export function chunkMoments(
  x: usize, rs: i32, cs: i32, p: i32, y: usize, yrs: i32, ycs: i32, t: i32, rows: i32, w: usize,
  node: usize, scratch: usize,
): i32 {
  const q = p + t;
  if (rows == 0 || w != 0) clear(node, 2 + q + q * q);
  if (rows == 0) return -1;
  let weight = <f64>rows;
  let counted = weight;
  if (w != 0) {
    weight = 0;
    counted = 0;
    for (let i: usize = 0; i < <usize>rows << 3; i += 8) {
      const wi = load<f64>(w + i);
      weight += wi >= 0 ? wi : NaN;
      if (wi > 0) counted++;
    }
    if (weight - weight != 0) return q;
  }
  store<f64>(node, weight);
  store<f64>(node + (<usize>(1 + q + q * q) << 3), counted);
  const width = tiled(q);
  const c = scratch + <usize>width * GRAM_STEP;
  const shift = c + (<usize>(width * width) << 3);
  const sums = shift + (<usize>width << 3);
  const roots = sums + (<usize>width << 3);
  clear(c, width * width);
  clear(sums, q);
  for (let j = 0; j < q; j++) {
    const column = j < p ? x + (<usize>j * <usize>cs << 3) : y + (<usize>(j - p) * <usize>ycs << 3);
    const stride = <usize>(j < p ? rs : yrs) << 3;
    const value = w != 0 ? weightedMean(column, stride, rows, w, weight) : sampleMean(column, stride, rows);
    store<f64>(shift + (<usize>j << 3), value);
  }
  for (let j = q; j < width; j++) clear(scratch + <usize>j * GRAM_STEP, GRAM_ROWS);
  for (let start = 0; start < rows; start += GRAM_ROWS) {
    const block = min(GRAM_ROWS, rows - start);
    const xs = x + (<usize>start * <usize>rs << 3);
    const ys = y + (<usize>start * <usize>yrs << 3);
    const targets = <usize>p << 3;
    const plain = w == 0 ? sums : 0;
    centreBlock(xs, rs, cs, p, block, shift, scratch, GRAM_STEP, plain);
    centreBlock(ys, yrs, ycs, t, block, shift + targets, scratch + <usize>p * GRAM_STEP, GRAM_STEP, plain && plain + targets);
    if (w != 0) {
      rootWeights(w + (<usize>start << 3), block, roots);
      weighBlock(scratch, GRAM_STEP, q, block, roots);
      for (let j = 0; j < q; j++) {
        const to = sums + (<usize>j << 3);
        store<f64>(to, load<f64>(to) + dot(scratch + <usize>j * GRAM_STEP, roots, block));
      }
    }
    gramBlock(scratch, (block + 1) & ~1, width, c);
  }
  return finish(c, width, q, weight, shift, sums, node);
}

/** Mean of some rows of a column with a row stride in bytes. */
export function sampleMean(x: usize, stride: usize, rows: i32): f64 {
  const count = min(rows, SAMPLE);
  const step = <usize>(rows / count) * stride;
  let total: f64 = 0;
  for (let i = 0; i < count; i++) total += load<f64>(x + <usize>i * step);
  return total / <f64>count;
}

function weightedMean(x: usize, stride: usize, rows: i32, w: usize, weight: f64): f64 {
  let total: f64 = 0;
  for (let i = 0; i < rows; i++) {
    total += load<f64>(w + (<usize>i << 3)) * load<f64>(x);
    x += stride;
  }
  return weight > 0 ? total / weight : 0;
}

/** Sums of products about the shift -> moments about the mean; all 0 without weight. */
function finish(c: usize, width: i32, q: i32, weight: f64, shift: usize, sums: usize, node: usize): i32 {
  const means = node + 8;
  const m = means + (<usize>q << 3);
  for (let j = 0; j < q; j++) {
    const row = c + (<usize>(j * width) << 3);
    const sum = load<f64>(sums + (<usize>j << 3));
    const size = load<f64>(row + (<usize>j << 3)) + abs(load<f64>(shift + (<usize>j << 3)));
    if (sum - sum != 0 || !(size < LARGEST)) return j;
    if (weight == 0) continue;
    const rest = sum / weight;
    for (let k = j; k < q; k++) {
      const value = load<f64>(row + (<usize>k << 3)) - rest * load<f64>(sums + (<usize>k << 3));
      store<f64>(m + (<usize>(j * q + k) << 3), value);
    }
    store<f64>(means + (<usize>j << 3), load<f64>(shift + (<usize>j << 3)) + rest);
  }
  return -1;
}

/**
 * Moments of [x y] -> moments of [(x - mean) / scale, y], in place; without an intercept about 0 and not about their mean.
 *
 * @param node   f64[2 + q + q q], q = p + t
 * @param mean   f64[p], or 0 for none
 * @param scale  f64[p], or 0 for none
 */
export function standardiseMoments(node: usize, p: i32, t: i32, intercept: bool, mean: usize, scale: usize): void {
  const q = p + t;
  const n = load<f64>(node);
  const means = node + 8;
  const m = means + (<usize>q << 3);
  for (let j = 0; j < p && mean != 0; j++) {
    const at = <usize>j << 3;
    store<f64>(means + at, load<f64>(means + at) - load<f64>(mean + at));
  }
  for (let j = 0; j < q; j++) {
    const dj = intercept ? 0 : n * load<f64>(means + (<usize>j << 3));
    const sj = scale != 0 && j < p ? load<f64>(scale + (<usize>j << 3)) : 1;
    for (let k = j; k < q; k++) {
      const at = m + (<usize>(j * q + k) << 3);
      const sk = scale != 0 && k < p ? load<f64>(scale + (<usize>k << 3)) : 1;
      store<f64>(at, (load<f64>(at) + dj * load<f64>(means + (<usize>k << 3))) / sj / sk);
    }
  }
  for (let j = 0; j < q; j++) {
    const at = means + (<usize>j << 3);
    store<f64>(at, intercept ? load<f64>(at) / (scale != 0 && j < p ? load<f64>(scale + (<usize>j << 3)) : 1) : 0);
  }
}
