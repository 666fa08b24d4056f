import { sumError } from '../blas/double-double';

/**
 * Joins the statistics of two runs of rows, a before b; `out` may be a or b.
 *
 *     d := mean_b - mean_a,  n := n_a + n_b
 *     m := m_a + m_b + d d' n_a n_b / n
 *     mean := mean_a + d n_b / n
 *
 * Source: Chan, Golub & LeVeque, Algorithms for computing the sample variance (1983).
 */

/** f64[3p]: count[p], mean[p], m2[p]; a column may have no rows at all. */
export function mergeColumns(a: usize, b: usize, p: i32, out: usize): void {
  const mean = <usize>p << 3;
  const m2 = mean << 1;
  for (let j = 0; j < p; j++) {
    const na = load<f64>(a);
    const nb = load<f64>(b);
    const n = na + nb;
    const share = n > 0 ? nb / n : 0;
    const d = load<f64>(b + mean) - load<f64>(a + mean);
    const sum = load<f64>(a + m2) + load<f64>(b + m2) + d * (na * share) * d;
    store<f64>(out + mean, nb == n ? load<f64>(b + mean) : load<f64>(a + mean) + d * share);
    store<f64>(out + m2, sum);
    store<f64>(out, n);
    a += 8;
    b += 8;
    out += 8;
  }
}

/** f64[2 + q + q q]: weight, mean[q], m[q,q] with the upper triangle filled, rows. */
export function mergeMoments(a: usize, b: usize, q: i32, out: usize): void {
  const na = load<f64>(a);
  const nb = load<f64>(b);
  const n = na + nb;
  const share = n > 0 ? nb / n : 0;
  const factor = na * share;
  const row = <usize>q << 3;
  const meanA = a + 8;
  const meanB = b + 8;
  for (let j = 0; j < q; j++) {
    const at = <usize>j << 3;
    const dj = (load<f64>(meanB + at) - load<f64>(meanA + at)) * factor;
    const m = 8 + row + row * j;
    for (let k = at; k < row; k += 8) {
      const dk = load<f64>(meanB + k) - load<f64>(meanA + k);
      store<f64>(out + m + k, load<f64>(a + m + k) + load<f64>(b + m + k) + dj * dk);
    }
  }
  for (let k: usize = 0; k < row; k += 8) {
    const mean = load<f64>(meanA + k);
    store<f64>(out + 8 + k, mean + (load<f64>(meanB + k) - mean) * share);
  }
  store<f64>(out, n);
  const rows = 8 + row + row * q;
  store<f64>(out + rows, load<f64>(a + rows) + load<f64>(b + rows));
}

/** f64[length]: out := a + b. */
export function mergeSums(a: usize, b: usize, length: i32, out: usize): void {
  const end = a + (<usize>length << 3);
  for (; a < end; a += 8) {
    store<f64>(out, load<f64>(a) + load<f64>(b));
    b += 8;
    out += 8;
  }
}

/** f64[2 length]: sums in double-double, high and low by turns. */
export function mergePairs(a: usize, b: usize, length: i32, out: usize): void {
  const end = a + (<usize>length << 4);
  for (; a < end; a += 16) {
    const x = load<f64>(a);
    const y = load<f64>(b);
    const s = x + y;
    const e = sumError(x, y, s) + (load<f64>(a, 8) + load<f64>(b, 8));
    store<f64>(out, s + e);
    store<f64>(out, e - (s + e - s), 8);
    b += 16;
    out += 16;
  }
}
