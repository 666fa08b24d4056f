import { GRAM_ROWS } from '../blas/gram';
import { firstInfinite } from '../blas/vector';
import { CHUNK_ROWS, Kind, fold, isRagged, nextNode, pushChunk } from '../linalg/forest';
import { LARGEST, sampleMean } from '../linalg/moments';
import { Operand, Status, report, reportState, reportWeight } from '../status';

/**
 * Takes rows into a standard scaler's state (a forest of kind COLUMNS). NaN means missing and is ignored.
 *
 * @param forest  state
 * @param x       f64[n, p], input
 * @param n       rows: a multiple of CHUNK_ROWS, except in the last call
 * @param rs      row stride of x in elements
 * @param cs      column stride of x in elements
 * @param w       f64[n], weights >= 0; 0 = all of them 1
 * @param info    i32[4], output
 * @returns       OK | BAD_SHAPE after a ragged block | WORKSPACE | NON_FINITE at an infinity, or with row -1 at values too large to square
 *                (state then undefined); BAD_WEIGHT
 *
 * Cost: one read.
 * Accuracy: values are shifted by the mean of some of them and what is left of the mean is subtracted, as in `chunkMoments`:
 * n eps in m2 and not n eps mean^2. Missing values: the corrected two-pass algorithm. Chunks are merged by means that are
 * doubles: of a column r standard deviations from 0 more than one chunk has a variance to about r eps.
 * Source: Chan, Golub & LeVeque (1983).
 */
export function updateScaler(forest: usize, x: usize, n: i32, rs: i32, cs: i32, w: usize, info: usize): i32 {
  const p = load<i32>(forest, 16);
  const stride = <usize>rs << 3;
  for (let start = 0; start < n; start += CHUNK_ROWS) {
    const rows = min(CHUNK_ROWS, n - start);
    const node = nextNode(forest);
    if (node == 0) return reportState(isRagged(forest), start, info);
    const ws = w != 0 ? w + (<usize>start << 3) : 0;
    for (let j = 0; j < p; j++) {
      const column = x + <usize>start * stride + (<usize>j * <usize>cs << 3);
      const to = node + (<usize>j << 3);
      const finite = ws != 0
        ? firstInfinite(column, stride, rows) < 0 && summarisePresent(column, stride, rows, ws, to, <usize>p << 3)
        : summarise(column, stride, rows, to, <usize>p << 3);
      if (!finite) {
        const row = firstInfinite(column, stride, rows);
        if (row < 0 && load<f64>(to) - load<f64>(to) != 0) return reportWeight(ws, rows, start, info);
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
 * @param forest  state of kind COLUMNS; or of kind MOMENTS, when it is the scaler of those columns too
 * @param count   f64[p], output; rows (or weight) seen in the column
 * @param mean    f64[p], output
 * @param variance f64[p], output
 * @param scale   f64[p], output; never 0, NaN for a column with no value at all
 * @param scratch a node of the forest
 * @returns       OK | CONSTANT_FEATURE | BAD_SHAPE without rows
 *
 * Accuracy: "constant" is variance <= n*eps*variance + (n*mean*eps)^2, as in scikit-learn.
 */
export function finishScaler(forest: usize, count: usize, mean: usize, variance: usize, scale: usize, scratch: usize): i32 {
  const p = load<i32>(forest, 16);
  const columns = load<i32>(forest) == Kind.COLUMNS;
  if (!fold(forest, scratch)) return Status.BAD_SHAPE;
  let status = Status.OK;
  for (let j = 0; j < p; j++) {
    const at = <usize>j << 3;
    const n = load<f64>(columns ? scratch + at : scratch);
    const m = n > 0 ? load<f64>(scratch + (<usize>(columns ? p + j : 1 + j) << 3)) : NaN;
    const v = max(load<f64>(scratch + (<usize>(columns ? 2 * p + j : 1 + p + j * (p + 1)) << 3)), 0) / n;
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
  const n = <f64>rows;
  const shift = sampleMean(x, stride, rows);
  let total: f64 = 0;
  let squares: f64 = 0;
  for (let start = 0; start < rows; start += GRAM_ROWS) {
    // As in `chunkMoments`: four sums of the values, and of the squares one of even and one of odd rows.
    const block = min(GRAM_ROWS, rows - start);
    let s0: f64 = 0, s1: f64 = 0, s2: f64 = 0, s3: f64 = 0;
    let even: f64 = 0, odd: f64 = 0;
    let i = 0;
    if (ASC_FEATURE_SIMD) {
      if (stride == 8) {
        const c = f64x2.splat(shift);
        let sa = f64x2.splat(0);
        let sb = sa, both = sa;
        for (; i + 4 <= block; i += 4) {
          const a = f64x2.sub(v128.load(x), c);
          const b = f64x2.sub(v128.load(x, 16), c);
          sa = f64x2.add(sa, a);
          sb = f64x2.add(sb, b);
          both = f64x2.add(f64x2.add(both, f64x2.mul(a, a)), f64x2.mul(b, b));
          x += 32;
        }
        s0 = f64x2.extract_lane(sa, 0);
        s1 = f64x2.extract_lane(sa, 1);
        s2 = f64x2.extract_lane(sb, 0);
        s3 = f64x2.extract_lane(sb, 1);
        even = f64x2.extract_lane(both, 0);
        odd = f64x2.extract_lane(both, 1);
      }
    }
    for (; i < block; i += 4) {
      let d = load<f64>(x) - shift;
      s0 += d;
      even += d * d;
      if (i + 1 < block) {
        d = load<f64>(x + stride) - shift;
        s1 += d;
        odd += d * d;
      }
      if (i + 2 < block) {
        d = load<f64>(x + stride * 2) - shift;
        s2 += d;
        even += d * d;
      }
      if (i + 3 < block) {
        d = load<f64>(x + stride * 3) - shift;
        s3 += d;
        odd += d * d;
      }
      x += stride * 4;
    }
    total += s0 + s2 + (s1 + s3);
    squares += even + odd;
  }
  if (total - total != 0) {
    x -= <usize>((rows + 3) & ~3) * stride;
    return firstInfinite(x, stride, rows) < 0 && summarisePresent(x, stride, rows, 0, node, step);
  }
  const rest = total / n;
  store<f64>(node, n);
  store<f64>(node + step, shift + rest);
  store<f64>(node + step * 2, squares - rest * total);
  return squares < LARGEST;
}

/** The same for a chunk with missing values or weights, one after the other. */
function summarisePresent(x: usize, stride: usize, rows: i32, w: usize, node: usize, step: usize): bool {
  let n: f64 = 0;
  let total: f64 = 0;
  for (let i = 0; i < rows; i++) {
    const value = load<f64>(x + <usize>i * stride);
    if (value == value) {
      const weight = w != 0 ? load<f64>(w + (<usize>i << 3)) : 1;
      total += weight * value;
      n += weight >= 0 ? weight : NaN;
    }
  }
  const mean = n > 0 ? total / n : 0;
  let m2: f64 = 0;
  let rest: f64 = 0;
  for (let i = 0; i < rows; i++) {
    const d = load<f64>(x + <usize>i * stride) - mean;
    if (d == d) {
      const weight = w != 0 ? load<f64>(w + (<usize>i << 3)) : 1;
      m2 += weight * (d * d);
      rest += weight * d;
    }
  }
  const correction = n > 0 ? rest / n : 0;
  store<f64>(node, n);
  store<f64>(node + step, mean + correction);
  store<f64>(node + step * 2, max(m2 - rest * correction, 0));
  return m2 < LARGEST && n - n == 0;
}
