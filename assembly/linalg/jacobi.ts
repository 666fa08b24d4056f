import { dot, largest, rotate, scal, UNDERFLOW } from '../blas/vector';

const MAX_SWEEPS: i32 = 40;

/**
 * Squared lengths of two columns that differ by more than this are rotated in every sweep, the last one too: what is left of
 * the long one in the short one, small as it is, decides of rows that lie along the long one.
 */
const GRADED: f64 = 1e-4;

/** Squared lengths that differ by more than this: the short one is rounding of the long one, and shrinks with every sweep. */
const NOISE: f64 = 1e-64;

/**
 * So is a column as much shorter than the longest, whatever the others, and one below UNDERFLOW: several such would never
 * settle with each other.
 */
const NOTHING: f64 = 1e-128;

/** Sweeps that ask for orthogonality to the last bit. */
const STRICT_SWEEPS: i32 = 15;

/**
 * Singular values and left singular vectors by one-sided Jacobi: columns are rotated against each other until they are
 * orthogonal; then a = u diag(s) w'. Further rows are rotated along: they end as row w.
 *
 * @param a  f64[q, r], column-major; rows 0..p the factor, output u there (columns of length 1); rows p.. carried
 * @param p  rows that count
 * @param q  all rows
 * @param r  columns, r <= p
 * @param s  f64[r], output
 * @returns  false when MAX_SWEEPS did not do
 *
 * Cost: about 6 sweeps of r^2 / 2 pairs, 8q flops a pair.
 * Accuracy: small singular values keep relative accuracy when columns of a (a Cholesky factor) are well scaled.
 * Source: Demmel & Veselic, Jacobi's method is more accurate than QR (1992).
 */
export function jacobi(a: usize, p: i32, q: i32, r: i32, s: usize): bool {
  const column = <usize>q << 3;
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
    let rotated = false;
    // A dot of p products is itself in doubt by p eps: where that keeps columns from settling, it is enough.
    const tol = sweep < STRICT_SWEEPS ? f64.EPSILON : <f64>p * f64.EPSILON;
    for (let k = 0; k < r; k++) {
      const ak = a + <usize>k * column;
      store<f64>(s + (<usize>k << 3), dot(ak, ak, p));
    }
    const nothing = max(NOTHING * largest(s, r), UNDERFLOW);
    for (let i = 0; i < r - 1; i++) {
      const ai = a + <usize>i * column;
      for (let j = i + 1; j < r; j++) {
        const aj = a + <usize>j * column;
        const si = load<f64>(s + (<usize>i << 3));
        const sj = load<f64>(s + (<usize>j << 3));
        const g = dot(ai, aj, p);
        const settled = abs(g) <= tol * (sqrt(si) * sqrt(sj));
        if (settled && min(si, sj) >= GRADED * max(si, sj)) continue;
        if (!settled && min(si, sj) > max(NOISE * max(si, sj), nothing)) rotated = true;
        const zeta = (sj - si) / (2 * g);
        const t = (zeta >= 0 ? 1.0 : -1.0) / (abs(zeta) + sqrt(1 + zeta * zeta));
        const c = 1 / sqrt(1 + t * t);
        rotate(ai, aj, c, c * t, q);
        store<f64>(s + (<usize>i << 3), max(si - t * g, 0));
        store<f64>(s + (<usize>j << 3), sj + t * g);
      }
    }
    if (!rotated) {
      for (let k = 0; k < r; k++) {
        const ak = a + <usize>k * column;
        const norm = sqrt(dot(ak, ak, p));
        store<f64>(s + (<usize>k << 3), norm);
        if (norm > 0) scal(1 / norm, ak, p);
      }
      return true;
    }
  }
  return false;
}
