import { axpy, clear, copy, dot, scal } from '../blas/vector';
import { Status } from '../status';
import { factorG, factorLow, factorMean, factorS, factorV } from './factor';

/** Share of a row of k, squared, that must lie across the others, so that its digits are in c. */
const LEAST_LEFT: f64 = 0.1;

/** Scratch of `asideErrors`, in bytes, for `count` rows set aside. */
export function asideScratch(p: i32, count: i32): usize {
  return <usize>(count * (4 * p + 3 * count + 3) + p) << 3;
}

/**
 * Leave-one-out errors of rows whose leverage is near 1, where 1 - h has no digits left: from the factor of all other rows,
 * with no subtraction of the row's own part.
 *
 * With x~ = x - mean and a ridge fit on the other rows (m the rows set aside, r the rest):
 *
 *     d := y_m - (fit of the rest at x_m)
 *     c := diag(1/w_m) + 1/n_r + x~_m (x~_r' x~_r + alpha)^-1 x~_m'   (covariance of what the rest predicts, plus noise)
 *     e_i = [c^-1 d]_i / [c^-1]_ii                                  (each row predicted from the rest and the others of m)
 *
 * c = k k', k the roots of its parts side by side, and c^-1 = l' l. Where the rows of k lie across each other, as those of
 * categories seen once, l comes of Cholesky. Of long rows along each other c would keep nothing of what tells them apart: what
 * makes the rows of k orthonormal makes l of the identity then, as 1 / [c^-1]_ii, what of row i lies across all others, shows.
 *
 * @param factor   settled factor of the rows that were not set aside
 * @param alphas   f64[na], each > 0
 * @param na       alphas
 * @param aside    f64[asideLength(p, t)], the rows
 * @param errors   f64[t, na, rows], output: e
 * @param scratch  asideScratch(p, count) bytes
 * @returns        OK
 *
 * Cost: m^3 + 2 m^2 p flops for every alpha by Cholesky, else 6 m^3 + 8 m^2 p.
 * Accuracy: that of x, to its last digit: it does not mind that some rows are 1e8 times as long. By Cholesky the share left of
 * a row, LEAST_LEFT at the least, costs one digit.
 * Source: Rasmussen & Williams, Gaussian Processes for Machine Learning, 5.4.2.
 */
export function asideErrors(factor: usize, alphas: usize, na: i32, aside: usize, errors: usize, scratch: usize): i32 {
  const p = <i32>load<f64>(factor);
  const t = <i32>load<f64>(factor, 8);
  const rank = <i32>load<f64>(factor, 16);
  const total = load<f64>(factor, 32);
  const mean = factorMean(factor);
  const low = factorLow(factor, p, t);
  const v = factorV(factor, p, t);
  const s = factorS(factor, p, t);
  const count = <i32>load<f64>(aside);
  const entries = aside + 16;
  const step = <usize>(2 + p + t) << 3;

  // Each row along v, and what of it lies outside all v: there the rest knows nothing, and only alpha holds.
  const along = scratch;
  const outside = along + (<usize>(count * p) << 3);
  // Rows of k, and behind each one of l.
  const length = count + p + rank + 1;
  const stride = <usize>(length + count) << 3;
  const rows = outside + (<usize>(count * p) << 3);
  const d = rows + <usize>count * stride;
  const roots = d + (<usize>(2 * count) << 3);
  const weights = roots + (<usize>(count * count) << 3);
  for (let i = 0; i < count; i++) {
    const u = along + (<usize>(i * p) << 3);
    const w = outside + (<usize>(i * p) << 3);
    copy(entries + <usize>i * step + 16, w, p);
    axpy(-1, mean, w, p);
    axpy(-1, low, w, p);
    clear(u, p);
    // Twice is enough (Kahan): the second turn takes away what rounding left of v in w.
    for (let turn = 0; turn < 2; turn++) {
      for (let k = 0; k < rank; k++) {
        const vk = v + (<usize>(k * p) << 3);
        const part = dot(vk, w, p);
        axpy(-part, vk, w, p);
        const at = u + (<usize>k << 3);
        store<f64>(at, load<f64>(at) + part);
      }
    }
  }

  for (let a = 0; a < na; a++) {
    const alpha = load<f64>(alphas + (<usize>a << 3));
    for (let k = 0; k < rank; k++) {
      const sk = load<f64>(s + (<usize>k << 3));
      store<f64>(weights + (<usize>k << 3), 1 / (sk * sk + alpha));
    }
    clear(rows, count * (length + count));
    for (let i = 0; i < count; i++) {
      const row = rows + <usize>i * stride;
      store<f64>(row + (<usize>i << 3), 1 / sqrt(load<f64>(entries + <usize>i * step, 8)));
      if (total != 0) store<f64>(row + (<usize>count << 3), 1 / sqrt(total));
      axpy(1 / sqrt(alpha), outside + (<usize>(i * p) << 3), row + (<usize>(count + 1) << 3), p);
      for (let k = 0; k < rank; k++) {
        const part = load<f64>(along + (<usize>(i * p + k) << 3)) * sqrt(load<f64>(weights + (<usize>k << 3)));
        store<f64>(row + (<usize>(count + 1 + p + k) << 3), part);
      }
    }
    invertRoot(rows, count, length, roots);
    let orthonormal = false;
    for (let target = 0; target < t; target++) {
      const g = factorG(factor, p, t) + (<usize>(target * p) << 3);
      for (let i = 0; i < count; i++) {
        let rest = load<f64>(entries + <usize>i * step + (<usize>(2 + p + target) << 3));
        rest -= load<f64>(mean + (<usize>(p + target) << 3));
        for (let k = 0; k < rank; k++) {
          const at = <usize>k << 3;
          const share = load<f64>(s + at) * load<f64>(weights + at) * load<f64>(g + at);
          rest -= load<f64>(along + (<usize>(i * p + k) << 3)) * share;
        }
        store<f64>(d + (<usize>i << 3), rest);
      }
      const out = errors + (<usize>((target * na + a) * count) << 3);
      if (solveErrors(rows, length, d, count, d + (<usize>count << 3), out) || orthonormal) continue;
      // c had not the digits: the same target once more.
      orthonormalise(rows, count, length);
      orthonormal = true;
      target--;
    }
  }
  return Status.OK;
}

/**
 * out[i] := [c^-1 d]_i / [c^-1]_ii with c^-1 = l' l, l lower, behind the rows of k.
 *
 * @returns  whether enough of every row lies across all others for c to have its digits
 */
function solveErrors(rows: usize, length: i32, d: usize, count: i32, solved: usize, out: usize): bool {
  const stride = <usize>(length + count) << 3;
  const l = rows + (<usize>length << 3);
  let most: f64 = 0;
  for (let i = 0; i < count; i++) {
    store<f64>(solved + (<usize>i << 3), dot(l + <usize>i * stride, d, i + 1));
  }
  for (let i = 0; i < count; i++) {
    const row = rows + <usize>i * stride;
    let top: f64 = 0;
    let bottom: f64 = 0;
    for (let k = i; k < count; k++) {
      const lk = load<f64>(l + <usize>k * stride + (<usize>i << 3));
      top += lk * load<f64>(solved + (<usize>k << 3));
      bottom += lk * lk;
    }
    store<f64>(out + (<usize>i << 3), top / bottom);
    most = max(most, bottom * dot(row, row, length));
  }
  return most < 1 / LEAST_LEFT;
}

/**
 * Makes l = r^-1, behind the rows of k, by Cholesky: c = k k' = r r'. The first n elements of the rows are a diagonal.
 *
 * @param r  f64[n, n], output
 */
function invertRoot(rows: usize, n: i32, length: i32, r: usize): void {
  const stride = <usize>(length + n) << 3;
  const from = <usize>n << 3;
  const dense = length - n;
  for (let i = 0; i < n; i++, r += from) {
    const row = rows + <usize>i * stride;
    const l = row + (<usize>length << 3);
    store<f64>(l + (<usize>i << 3), 1);
    let rk = r - <usize>i * from;
    for (let k = 0; k < i; k++, rk += from) {
      const other = rows + <usize>k * stride;
      const rest = dot(row + from, other + from, dense) - dot(r, rk, k);
      const part = rest / load<f64>(rk + (<usize>k << 3));
      store<f64>(r + (<usize>k << 3), part);
      axpy(-part, other + (<usize>length << 3), l, k + 1);
    }
    const root = sqrt(dot(row, row, length) - dot(r, r, i));
    store<f64>(r + (<usize>i << 3), root);
    scal(1 / root, l, i + 1);
  }
}

/** Makes the first `length` elements of n rows orthonormal, and l, behind them, of the identity by the same steps. */
function orthonormalise(rows: usize, n: i32, length: i32): void {
  const all = length + n;
  for (let i = 0; i < n; i++) {
    const row = rows + (<usize>(i * all) << 3);
    clear(row + (<usize>length << 3), n);
    store<f64>(row + (<usize>(length + i) << 3), 1);
    for (let turn = 0; turn < 2; turn++) {
      for (let k = 0; k < i; k++) {
        const other = rows + (<usize>(k * all) << 3);
        axpy(-dot(other, row, length), other, row, all);
      }
    }
    const norm = sqrt(dot(row, row, length));
    scal(1 / norm, row, all);
  }
}
