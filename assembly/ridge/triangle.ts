import { clear, copy } from '../blas/vector';
import { Status } from '../status';
import { decompose, factorLow, factorMean, settleRank } from './factor';

/**
 * A factored ridge problem from the triangle of a QR factorisation, in place of moments.
 *
 *     [x y] centred = q [r_xx r_xy; 0 r_yy]   =>   x'x = r_xx' r_xx,  u'y from r_xy
 *
 * @param r          f64[q, q], row-major, upper triangle, q = p + t; 0 below the diagonal in rows 0..p. Destroyed
 * @param mean       f64[q]; 0 without intercept
 * @param n          rows
 * @param intercept  1 when the rows were centred
 * @param factor     f64[factorLength(p, t)], output, settled
 * @returns          OK | NO_CONVERGENCE
 *
 * Cost: about 25 p^3 flops (Jacobi).
 * Accuracy: eps * s_max / s_min, where moments have the square of that; no further pass over the rows.
 */
export function factorTriangle(
  r: usize, mean: usize, p: i32, t: i32, n: f64, intercept: i32, factor: usize,
): i32 {
  store<f64>(factor, <f64>p);
  store<f64>(factor, <f64>t, 8);
  store<f64>(factor, n, 24);
  store<f64>(factor, intercept != 0 ? n : 0, 32);
  store<f64>(factor, 0, 40);
  store<f64>(factor, 0, 48);
  store<f64>(factor, 0, 64);
  clear(factorLow(factor, p, t), p);
  copy(mean, factorMean(factor), p + t);
  // Row k of r is column k of a factor of x'x, with the targets behind it.
  if (!decompose(r, p, t, p, factor)) return Status.NO_CONVERGENCE;
  settleRank(factor);
  return Status.OK;
}
