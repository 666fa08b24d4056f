import { centreBlock } from '../blas/block';
import { GRAM_ROWS, GRAM_STEP, gramBlock } from '../blas/gram';
import { clear, sum } from '../blas/vector';

/** Sums of squares beyond this would overflow on their way through the solver. */
export const LARGEST: f64 = 1e290;

/** Rows of a chunk that the shift is taken from. */
const SAMPLE: i32 = 16;

/** Scratch of `chunkMoments`, in bytes. */
export function momentsScratch(q: i32): usize {
  const width = <usize>tiled(q);
  return width * GRAM_STEP + ((width * width + 2 * width) << 3);
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
 *     weight := n,  mean[j] := sum_i a[i,j] / n,  m[j,k] := sum_i (a[i,j] - mean[j]) (a[i,k] - mean[k]),  k >= j
 *
 * where a = [x y].
 *
 * @param x        f64[rows, p], strides in elements
 * @param y        f64[rows, t], strides in elements
 * @param node     f64[1 + q + q q], q = p + t, output
 * @param scratch  momentsScratch(q) bytes, 16-aligned
 * @returns        -1, or the column (of a) that is not finite or too large to square (node then undefined)
 *
 * Rows are shifted by the mean of some of them before they are multiplied, and what is left of the mean is subtracted from
 * the products. Mean and m[j,j] have the bits of a scaler's state (`updateScaler`).
 * Cost: rows * q^2 flops in the tiles.
 * Accuracy: the sample's mean is within sqrt(n / 16) standard deviations of the chunk's, whatever the data (Cauchy), so the
 * subtraction costs a factor of 1 + n / 16 in the worst case and nothing ordinarily.
 */
export function chunkMoments(
  x: usize, rs: i32, cs: i32, p: i32, y: usize, yrs: i32, ycs: i32, t: i32, rows: i32, node: usize, scratch: usize,
): i32 {
  const q = p + t;
  if (rows == 0) {
    clear(node, 1 + q + q * q);
    return -1;
  }
  const width = tiled(q);
  const c = scratch + <usize>width * GRAM_STEP;
  const shift = c + (<usize>(width * width) << 3);
  const sums = shift + (<usize>width << 3);
  clear(c, width * width);
  clear(sums, q);
  for (let j = 0; j < q; j++) {
    const value = j < p
      ? sampleMean(x + (<usize>j * <usize>cs << 3), <usize>rs << 3, rows)
      : sampleMean(y + (<usize>(j - p) * <usize>ycs << 3), <usize>yrs << 3, rows);
    store<f64>(shift + (<usize>j << 3), value);
  }
  for (let j = q; j < width; j++) clear(scratch + <usize>j * GRAM_STEP, GRAM_ROWS);
  for (let start = 0; start < rows; start += GRAM_ROWS) {
    const block = min(GRAM_ROWS, rows - start);
    const xs = x + (<usize>start * <usize>rs << 3);
    const ys = y + (<usize>start * <usize>yrs << 3);
    centreBlock(xs, rs, cs, p, block, shift, scratch, GRAM_STEP);
    centreBlock(ys, yrs, ycs, t, block, shift + (<usize>p << 3), scratch + <usize>p * GRAM_STEP, GRAM_STEP);
    for (let j = 0; j < q; j++) {
      const to = sums + (<usize>j << 3);
      store<f64>(to, load<f64>(to) + sum(scratch + <usize>j * GRAM_STEP, 8, block));
    }
    gramBlock(scratch, (block + 1) & ~1, width, c);
  }
  return finish(c, width, q, rows, shift, sums, node);
}

/** Mean of some rows of a column with a row stride in bytes. */
export function sampleMean(x: usize, stride: usize, rows: i32): f64 {
  const count = min(rows, SAMPLE);
  const step = <usize>(rows / count) * stride;
  let total: f64 = 0;
  for (let i = 0; i < count; i++) total += load<f64>(x + <usize>i * step);
  return total / <f64>count;
}

/** Sums of products about the shift -> moments about the mean. */
function finish(c: usize, width: i32, q: i32, rows: i32, shift: usize, sums: usize, node: usize): i32 {
  const n = <f64>rows;
  const means = node + 8;
  const m = means + (<usize>q << 3);
  store<f64>(node, n);
  for (let j = 0; j < q; j++) {
    const row = c + (<usize>(j * width) << 3);
    const sum = load<f64>(sums + (<usize>j << 3));
    if (sum - sum != 0 || !(load<f64>(row + (<usize>j << 3)) < LARGEST)) return j;
    const rest = sum / n;
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
 * @param node   f64[1 + q + q q], q = p + t
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
