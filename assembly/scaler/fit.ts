import { firstInfinite, sum } from '../blas/vector';
import { CHUNK_ROWS, accepts, fold, nextNode, pushChunk } from '../linalg/forest';
import { Operand, Status, report } from '../status';

/** Sums of squares beyond this would overflow when many are added up. */
const LARGEST: f64 = 1e290;

/**
 * Takes rows into a standard scaler's state (a forest of kind COLUMNS). NaN means missing and is ignored.
 *
 * @param forest  state
 * @param x       f64[n, p], input
 * @param n       rows: a multiple of CHUNK_ROWS, except in the last call
 * @param rs      row stride of x in elements
 * @param cs      column stride of x in elements
 * @param info    i32[4], output
 * @returns       OK | BAD_SHAPE after a ragged block | WORKSPACE | NON_FINITE at an infinity, or with row -1 at values too large to square
 *                (state then undefined)
 *
 * Cost: two reads of each chunk, the second from cache.
 * Accuracy: two-pass with the residual sum subtracted, n eps in m2 and not n eps mean^2.
 * Source: Chan, Golub & LeVeque (1983), the corrected two-pass algorithm.
 */
export function updateScaler(forest: usize, x: usize, n: i32, rs: i32, cs: i32, info: usize): i32 {
  const p = load<i32>(forest, 16);
  const stride = <usize>rs << 3;
  for (let start = 0; start < n; start += CHUNK_ROWS) {
    const rows = min(CHUNK_ROWS, n - start);
    if (!accepts(forest)) return report(info, Status.BAD_SHAPE, start, 0, Operand.X);
    const node = nextNode(forest);
    if (node == 0) return report(info, Status.WORKSPACE, start, 0, Operand.X);
    for (let j = 0; j < p; j++) {
      const column = x + <usize>start * stride + (<usize>j * <usize>cs << 3);
      if (!summarise(column, stride, rows, node + (<usize>j << 3), <usize>p << 3)) {
        const row = firstInfinite(column, stride, rows);
        return report(info, Status.NON_FINITE, row < 0 ? -1 : start + row, j, Operand.X);
      }
    }
    pushChunk(forest, rows);
  }
  return Status.OK;
}

/**
 * Ends a scaler's fit; the state stays as it is, more rows may follow unless the last block was ragged.
 *
 *     var[j]   := m2[j] / count[j]                    (ddof = 0)
 *     scale[j] := sqrt(var[j]), 1 when constant
 *
 * @param count   f64[p], output; rows seen in the column
 * @param mean    f64[p], output
 * @param variance f64[p], output
 * @param scale   f64[p], output; never 0, NaN for a column with no value at all
 * @param scratch f64[3p]
 * @returns       OK | CONSTANT_FEATURE | BAD_SHAPE without rows
 *
 * Accuracy: "constant" is variance <= n*eps*variance + (n*mean*eps)^2, as in scikit-learn.
 */
export function finishScaler(forest: usize, count: usize, mean: usize, variance: usize, scale: usize, scratch: usize): i32 {
  const p = load<i32>(forest, 16);
  if (!fold(forest, scratch)) return Status.BAD_SHAPE;
  let status = Status.OK;
  for (let j = 0; j < p; j++) {
    const at = <usize>j << 3;
    const n = load<f64>(scratch + at);
    const m = n > 0 ? load<f64>(scratch + at + (<usize>p << 3)) : NaN;
    const v = load<f64>(scratch + at + (<usize>p << 4)) / n;
    const rounding = n * m * f64.EPSILON;
    const constant = v <= n * f64.EPSILON * v + rounding * rounding;
    if (constant) status = Status.CONSTANT_FEATURE;
    store<f64>(count + at, n);
    store<f64>(mean + at, m);
    store<f64>(variance + at, v);
    store<f64>(scale + at, constant ? 1 : sqrt(v));
  }
  return status;
}

/** Count, mean and m2 of one column of one chunk into node[0], node[step], node[2 step]; false when not finite. */
function summarise(x: usize, stride: usize, rows: i32, node: usize, step: usize): bool {
  let n = <f64>rows;
  let total = sum(x, stride, rows);
  if (total - total != 0) {
    if (firstInfinite(x, stride, rows) >= 0) return false;
    return summarisePresent(x, stride, rows, node, step);
  }
  const mean = total / n;
  // Element i goes into sum i mod 4, in every build.
  let m0: f64 = 0, m1: f64 = 0, m2: f64 = 0, m3: f64 = 0;
  let r0: f64 = 0, r1: f64 = 0, r2: f64 = 0, r3: f64 = 0;
  let i = 0;
  if (ASC_FEATURE_SIMD) {
    if (stride == 8) {
      const shift = f64x2.splat(mean);
      let ma = f64x2.splat(0);
      let mb = ma, ra = ma, rb = ma;
      for (; i + 4 <= rows; i += 4) {
        const a = f64x2.sub(v128.load(x), shift);
        const b = f64x2.sub(v128.load(x, 16), shift);
        ma = f64x2.add(ma, f64x2.mul(a, a));
        mb = f64x2.add(mb, f64x2.mul(b, b));
        ra = f64x2.add(ra, a);
        rb = f64x2.add(rb, b);
        x += 32;
      }
      m0 = f64x2.extract_lane(ma, 0);
      m1 = f64x2.extract_lane(ma, 1);
      m2 = f64x2.extract_lane(mb, 0);
      m3 = f64x2.extract_lane(mb, 1);
      r0 = f64x2.extract_lane(ra, 0);
      r1 = f64x2.extract_lane(ra, 1);
      r2 = f64x2.extract_lane(rb, 0);
      r3 = f64x2.extract_lane(rb, 1);
    }
  }
  for (; i < rows; i += 4) {
    let d = load<f64>(x) - mean;
    m0 += d * d;
    r0 += d;
    if (i + 1 < rows) {
      d = load<f64>(x + stride) - mean;
      m1 += d * d;
      r1 += d;
    }
    if (i + 2 < rows) {
      d = load<f64>(x + stride * 2) - mean;
      m2 += d * d;
      r2 += d;
    }
    if (i + 3 < rows) {
      d = load<f64>(x + stride * 3) - mean;
      m3 += d * d;
      r3 += d;
    }
    x += stride * 4;
  }
  const rest = r0 + r2 + (r1 + r3);
  store<f64>(node, n);
  store<f64>(node + step, mean + rest / n);
  const squares = m0 + m2 + (m1 + m3);
  store<f64>(node + step * 2, max(squares - rest * (rest / n), 0));
  return squares < LARGEST;
}

/** The same for a chunk with missing values, one after the other. */
function summarisePresent(x: usize, stride: usize, rows: i32, node: usize, step: usize): bool {
  let n: f64 = 0;
  let total: f64 = 0;
  for (let i = 0; i < rows; i++) {
    const value = load<f64>(x + <usize>i * stride);
    if (value == value) {
      total += value;
      n += 1;
    }
  }
  const mean = n > 0 ? total / n : 0;
  let m2: f64 = 0;
  let rest: f64 = 0;
  for (let i = 0; i < rows; i++) {
    const d = load<f64>(x + <usize>i * stride) - mean;
    if (d == d) {
      m2 += d * d;
      rest += d;
    }
  }
  const correction = n > 0 ? rest / n : 0;
  store<f64>(node, n);
  store<f64>(node + step, mean + correction);
  store<f64>(node + step * 2, max(m2 - rest * correction, 0));
  return m2 < LARGEST;
}
