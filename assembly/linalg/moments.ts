import { PANEL_BYTES, PANEL_ROWS, gramPanels } from '../blas/gram';
import { clear } from '../blas/vector';

/** Sums of squares beyond this would overflow on their way through the solver. */
const LARGEST: f64 = 1e290;

/** Rows of a chunk that the shift is taken from. */
const SAMPLE: i32 = 16;

/** Scratch of `chunkMoments`, in bytes. */
export function momentsScratch(q: i32): usize {
  const ld = <usize>packedLength(q);
  return (ld >> 2) * PANEL_BYTES + ((ld * ld + ld) << 3);
}

/** q columns and one of ones, rounded up to a tile. */
// @ts-ignore: decorator
@inline
function packedLength(q: i32): i32 {
  return (q + 4) & ~3;
}

/**
 * Augmented centred moments of one chunk, the node of a forest of kind MOMENTS:
 *
 *     weight := n,  mean[j] := sum_i a[i,j] / n,  m[j,k] := sum_i (a[i,j] - mean[j]) (a[i,k] - mean[k]),  k >= j
 *
 * where a = [z y], z = x or (x - scalerMean) / scale. Without an intercept nothing is centred: mean = 0.
 *
 * @param x        f64[rows, p], strides in elements
 * @param y        f64[rows, t], strides in elements
 * @param mean     f64[p] of a fused scaler, or 0
 * @param scale    f64[p] of a fused scaler, or 0
 * @param node     f64[1 + q + q q], q = p + t, output
 * @param scratch  momentsScratch(q) bytes, 16-aligned
 * @returns        -1, or the column (of a) that is not finite or too large to square (node then undefined)
 *
 * Rows are shifted by the mean of some of them before they are multiplied, and what is left of the mean is subtracted from
 * the products (a column of ones sums it up). Cost: rows * q^2 flops in the tiles.
 * Accuracy: the sample's mean is within sqrt(n / 16) standard deviations of the chunk's, whatever the data (Cauchy), so the
 * subtraction costs a factor of 1 + n / 16 in the worst case and nothing ordinarily.
 */
export function chunkMoments(
  x: usize, rs: i32, cs: i32, p: i32, y: usize, yrs: i32, ycs: i32, t: i32,
  rows: i32, centre: bool, mean: usize, scale: usize, node: usize, scratch: usize,
): i32 {
  const q = p + t;
  if (rows == 0) {
    clear(node, 1 + q + q * q);
    return -1;
  }
  const ld = packedLength(q);
  const c = scratch + <usize>(ld >> 2) * PANEL_BYTES;
  const shift = c + (<usize>(ld * ld) << 3);
  clear(c, ld * ld + ld);
  if (centre) {
    for (let j = 0; j < q; j++) {
      const value = j < p
        ? sampleMean(x + (<usize>j * <usize>cs << 3), rs, rows, at(mean, j, 0), at(scale, j, 1))
        : sampleMean(y + (<usize>(j - p) * <usize>ycs << 3), yrs, rows, 0, 1);
      store<f64>(shift + (<usize>j << 3), value);
    }
  }
  for (let start = 0; start < rows; start += PANEL_ROWS) {
    const block = min(PANEL_ROWS, rows - start);
    const xs = x + (<usize>start * <usize>rs << 3);
    const ys = y + (<usize>start * <usize>yrs << 3);
    for (let j = 0; j <= q; j++) {
      const panel = scratch + <usize>(j >> 2) * PANEL_BYTES;
      if (j + 4 <= p && rs == 1) {
        packFour(xs + (<usize>j * <usize>cs << 3), <usize>cs << 3, block, mean, scale, shift, j, panel);
        j += 3;
        continue;
      }
      const to = panel + (<usize>(j & 3) << 3);
      const s = load<f64>(shift + (<usize>j << 3));
      if (j < p) packOne(xs + (<usize>j * <usize>cs << 3), rs, block, at(mean, j, 0), at(scale, j, 1), s, to);
      else if (j < q) packOne(ys + (<usize>(j - p) * <usize>ycs << 3), yrs, block, 0, 1, s, to);
      else if (start == 0) fillOnes(block, to, 3 - (q & 3));
    }
    gramPanels(scratch, block, q + 1, ld, c);
  }
  return finish(c, ld, q, rows, centre, shift, node);
}

/** Sums of products about the shift -> moments about the mean. */
function finish(c: usize, ld: i32, q: i32, rows: i32, centre: bool, shift: usize, node: usize): i32 {
  const n = <f64>rows;
  const means = node + 8;
  const m = means + (<usize>q << 3);
  store<f64>(node, n);
  for (let j = 0; j < q; j++) {
    const row = c + (<usize>(j * ld) << 3);
    const sum = load<f64>(row + (<usize>q << 3));
    if (sum - sum != 0 || !(load<f64>(row + (<usize>j << 3)) < LARGEST)) return j;
    const rest = centre ? sum / n : 0;
    for (let k = j; k < q; k++) {
      const sumK = load<f64>(c + (<usize>(k * ld + q) << 3));
      store<f64>(m + (<usize>(j * q + k) << 3), load<f64>(row + (<usize>k << 3)) - rest * sumK);
    }
    store<f64>(means + (<usize>j << 3), load<f64>(shift + (<usize>j << 3)) + rest);
  }
  return -1;
}

// @ts-ignore: decorator
@inline
function at(values: usize, j: i32, otherwise: f64): f64 {
  return values != 0 ? load<f64>(values + (<usize>j << 3)) : otherwise;
}

function sampleMean(x: usize, rs: i32, rows: i32, mean: f64, scale: f64): f64 {
  const count = min(rows, SAMPLE);
  const step = rows / count;
  let total: f64 = 0;
  for (let i = 0; i < count; i++) total += (load<f64>(x + (<usize>(i * step) * <usize>rs << 3)) - mean) / scale;
  return total / <f64>count;
}

/** Column j of a panel: to[4i] := (x[i] - mean) / scale - shift. */
function packOne(x: usize, rs: i32, rows: i32, mean: f64, scale: f64, shift: f64, to: usize): void {
  const stride = <usize>rs << 3;
  const end = to + (<usize>rows << 5);
  if (mean == 0 && scale == 1) {
    for (; to < end; to += 32) {
      store<f64>(to, load<f64>(x) - shift);
      x += stride;
    }
  } else {
    for (; to < end; to += 32) {
      store<f64>(to, (load<f64>(x) - mean) / scale - shift);
      x += stride;
    }
  }
}

/** Columns j .. j + 3, contiguous each: two rows at a time are turned about in registers. */
function packFour(
  x: usize, step: usize, rows: i32, mean: usize, scale: usize, shift: usize, j: i32, to: usize,
): void {
  if (!ASC_FEATURE_SIMD) {
    for (let k = 0; k < 4; k++) {
      const s = load<f64>(shift + (<usize>(j + k) << 3));
      packOne(x + <usize>k * step, 1, rows, at(mean, j + k, 0), at(scale, j + k, 1), s, to + (<usize>k << 3));
    }
    return;
  }
  const offset = <usize>j << 3;
  const s0 = v128.load(shift + offset);
  const s1 = v128.load(shift + offset, 16);
  const scaled = mean != 0 || scale != 0;
  const m0 = mean != 0 ? v128.load(mean + offset) : f64x2.splat(0);
  const m1 = mean != 0 ? v128.load(mean + offset, 16) : f64x2.splat(0);
  const d0 = scale != 0 ? v128.load(scale + offset) : f64x2.splat(1);
  const d1 = scale != 0 ? v128.load(scale + offset, 16) : f64x2.splat(1);
  const x1 = x + step;
  const x2 = x1 + step;
  const x3 = x2 + step;
  const end = <usize>(rows & ~1) << 3;
  let i: usize = 0;
  for (; i < end; i += 16) {
    const a = v128.load(x + i);
    const b = v128.load(x1 + i);
    const c = v128.load(x2 + i);
    const d = v128.load(x3 + i);
    let r0 = v128.shuffle<f64>(a, b, 0, 2);
    let r1 = v128.shuffle<f64>(c, d, 0, 2);
    let r2 = v128.shuffle<f64>(a, b, 1, 3);
    let r3 = v128.shuffle<f64>(c, d, 1, 3);
    if (scaled) {
      r0 = f64x2.div(f64x2.sub(r0, m0), d0);
      r1 = f64x2.div(f64x2.sub(r1, m1), d1);
      r2 = f64x2.div(f64x2.sub(r2, m0), d0);
      r3 = f64x2.div(f64x2.sub(r3, m1), d1);
    }
    v128.store(to, f64x2.sub(r0, s0));
    v128.store(to, f64x2.sub(r1, s1), 16);
    v128.store(to, f64x2.sub(r2, s0), 32);
    v128.store(to, f64x2.sub(r3, s1), 48);
    to += 64;
  }
  if ((rows & 1) != 0) {
    for (let k: usize = 0; k < 4; k++) {
      const column = j + <i32>k;
      const s = load<f64>(shift + (<usize>column << 3));
      packOne(x + k * step + i, 1, 1, at(mean, column, 0), at(scale, column, 1), s, to + (k << 3));
    }
  }
}

/** A column of ones, and behind it as many of zeros. */
function fillOnes(rows: i32, to: usize, zeros: i32): void {
  for (let i = 0; i < rows; i++) {
    store<f64>(to, 1);
    for (let k = 1; k <= zeros; k++) store<f64>(to + (<usize>k << 3), 0);
    to += 32;
  }
}
