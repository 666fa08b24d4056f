/**
 * Pivoted Cholesky of a correlation matrix, for a matrix given by its upper triangle:
 *
 *     m = d r d,  d = sqrt(diag m);   r[perm, perm] = l l'
 *
 * @param m     f64[p, ld], row-major, the upper triangle is read
 * @param ld    row length of m
 * @param p     size
 * @param tol   a direction whose remaining correlation is <= tol is left out
 * @param l     f64[p, p], column-major, output: column k of the lower factor in the matrix' own row order, times d
 * @param work  f64[2p]: remaining diagonal, d
 * @returns     rank: columns of l that were filled
 *
 * So m ~ l l' with l p x rank, rows not permuted. A column of zero variance has d = 0 and takes no part.
 * Cost: p^3 / 3 flops.
 * Source: Higham, Accuracy and Stability of Numerical Algorithms, 10.3; scaling first makes the pivots free of units.
 */
export function pivotedCholesky(m: usize, ld: i32, p: i32, tol: f64, l: usize, work: usize): i32 {
  const d = work + (<usize>p << 3);
  const column = <usize>p << 3;
  for (let j = 0; j < p; j++) {
    const diagonal = load<f64>(m + (<usize>(j * ld + j) << 3));
    store<f64>(d + (<usize>j << 3), diagonal > 0 ? sqrt(diagonal) : 0);
    store<f64>(work + (<usize>j << 3), diagonal > 0 ? 1 : 0);
  }
  let rank = 0;
  for (; rank < p; rank++) {
    let pivot = 0;
    for (let j = 1; j < p; j++) {
      if (load<f64>(work + (<usize>j << 3)) > load<f64>(work + (<usize>pivot << 3))) pivot = j;
    }
    const remaining = load<f64>(work + (<usize>pivot << 3));
    if (!(remaining > tol)) break;
    const root = sqrt(remaining);
    const to = l + <usize>rank * column;
    const dp = load<f64>(d + (<usize>pivot << 3));
    for (let i = 0; i < p; i++) {
      const at = <usize>i << 3;
      const left = load<f64>(work + at);
      // Rows already taken (marked by a negative remainder) and empty ones are 0 in this column.
      if (i == pivot) {
        store<f64>(to + at, root);
        store<f64>(work + at, -1);
      } else if (left > 0) {
        const mij = i < pivot ? load<f64>(m + (<usize>(i * ld + pivot) << 3)) : load<f64>(m + (<usize>(pivot * ld + i) << 3));
        let value = mij / load<f64>(d + at) / dp;
        for (let k = l; k < to; k += column) value -= load<f64>(k + at) * load<f64>(k + (<usize>pivot << 3));
        value /= root;
        store<f64>(to + at, value);
        store<f64>(work + at, max(left - value * value, 0));
      } else {
        store<f64>(to + at, 0);
      }
    }
  }
  for (let k = 0; k < rank; k++) {
    for (let i = 0; i < p; i++) {
      const at = l + <usize>k * column + (<usize>i << 3);
      store<f64>(at, load<f64>(at) * load<f64>(d + (<usize>i << 3)));
    }
  }
  return rank;
}
