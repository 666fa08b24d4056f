/**
 * Pivoted Cholesky of a correlation matrix, for moments given by their upper triangle, carrying further rows along:
 *
 *     m[p,p] = d r d,  d = sqrt(diag m);   r + shift i = l l'  (rows in the matrix' own order);   out := d l
 *     rows p.. of out solve  m[p.., 0..p] = out[p..] out[0..p]'   (for targets: u' y)
 *
 * @param m      f64[q, ld], row-major, upper triangle; the first p rows and columns are factored
 * @param ld     row length of m
 * @param p      columns to pivot among
 * @param q      rows carried, q >= p
 * @param shift  added to the unit diagonal of the correlations
 * @param tol    stop when what is left of every column is <= tol
 * @param out    f64[q, p], column-major, output; rank columns are filled
 * @param work   f64[2p]: what is left of each column, d
 * @returns      rank
 *
 * A column of zero variance takes no part. The smallest pivot is left in work[0].
 * Cost: p^2 q / 3 flops or so.
 * Source: Higham, Accuracy and Stability of Numerical Algorithms, 10.3; the shift as in Fukaya et al., Shifted Cholesky QR
 * (2020).
 */
export function pivotedCholesky(
  m: usize, ld: i32, p: i32, q: i32, shift: f64, tol: f64, out: usize, work: usize,
): i32 {
  const d = work + (<usize>p << 3);
  const column = <usize>q << 3;
  for (let j = 0; j < p; j++) {
    const diagonal = load<f64>(m + (<usize>(j * ld + j) << 3));
    store<f64>(d + (<usize>j << 3), diagonal > 0 ? sqrt(diagonal) : 0);
    store<f64>(work + (<usize>j << 3), diagonal > 0 ? 1 + shift : -1);
  }
  let smallest: f64 = 1;
  let rank = 0;
  for (; rank < p; rank++) {
    let pivot = 0;
    for (let j = 1; j < p; j++) {
      if (load<f64>(work + (<usize>j << 3)) > load<f64>(work + (<usize>pivot << 3))) pivot = j;
    }
    const remaining = load<f64>(work + (<usize>pivot << 3));
    if (!(remaining > tol)) break;
    smallest = remaining;
    const root = sqrt(remaining);
    const to = out + <usize>rank * column;
    const dp = load<f64>(d + (<usize>pivot << 3));
    for (let i = 0; i < q; i++) {
      const at = <usize>i << 3;
      const left = i < p ? load<f64>(work + at) : 1;
      if (i == pivot) {
        store<f64>(to + at, root);
        store<f64>(work + at, -1);
      } else if (left >= 0) {
        const mij = i < pivot ? load<f64>(m + (<usize>(i * ld + pivot) << 3)) : load<f64>(m + (<usize>(pivot * ld + i) << 3));
        let value = i < p ? mij / load<f64>(d + at) / dp : mij / dp;
        for (let k = out; k < to; k += column) value -= load<f64>(k + at) * load<f64>(k + (<usize>pivot << 3));
        value /= root;
        store<f64>(to + at, value);
        if (i < p) store<f64>(work + at, max(left - value * value, 0));
      } else {
        // Taken already (marked by -1), or without variance.
        store<f64>(to + at, 0);
      }
    }
  }
  for (let k = 0; k < rank; k++) {
    for (let i = 0; i < p; i++) {
      const at = out + <usize>k * column + (<usize>i << 3);
      store<f64>(at, load<f64>(at) * load<f64>(d + (<usize>i << 3)));
    }
  }
  store<f64>(work, smallest);
  return rank;
}
