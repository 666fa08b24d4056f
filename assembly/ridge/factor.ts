import { axpy, clear, copy, dot } from '../blas/vector';
import { pivotedCholesky } from '../linalg/cholesky';
import { jacobi } from '../linalg/jacobi';
import { Status } from '../status';

/**
 * A factored ridge problem: everything the sweep and the coefficients of any alpha need. Flat f64, to be saved or sent.
 *
 *     [0] p  [1] t  [2] rank  [3] weight (rows)  [4] 1 with intercept, else 0  [5] status bits  [6] 0  [7] 0
 *     mean[p + t]   of [x y]; 0 without intercept
 *     v[p, p]       column-major; columns 0..rank are the right singular vectors of centred x
 *     s[p]          singular values
 *     g[t, p]       u' y per target: left singular vectors times centred y
 *
 * With x = u s v' (centred):  coef(alpha) = v diag(s / (s^2 + alpha)) g.
 */
export const FACTOR_HEADER: i32 = 8;

export function factorLength(p: i32, t: i32): i32 {
  return FACTOR_HEADER + p + t + p * p + p + t * p;
}

// @ts-ignore: decorator
@inline
export function factorMean(factor: usize): usize {
  return factor + (FACTOR_HEADER << 3);
}

// @ts-ignore: decorator
@inline
export function factorV(factor: usize, p: i32, t: i32): usize {
  return factor + (<usize>(FACTOR_HEADER + p + t) << 3);
}

// @ts-ignore: decorator
@inline
export function factorS(factor: usize, p: i32, t: i32): usize {
  return factor + (<usize>(FACTOR_HEADER + p + t + p * p) << 3);
}

// @ts-ignore: decorator
@inline
export function factorG(factor: usize, p: i32, t: i32): usize {
  return factor + (<usize>(FACTOR_HEADER + p + t + p * p + p) << 3);
}

/**
 * Factors the moments of all rows.
 *
 * @param node       f64[1 + q + q q], folded moments of [x y], q = p + t
 * @param p          columns of x
 * @param t          targets
 * @param intercept  1 when the moments are centred
 * @param factor     f64[factorLength(p, t)], output
 * @param scratch    f64[2p]
 * @returns          OK or warnings | NO_CONVERGENCE
 *
 * Cost: p^3 / 3 (Cholesky) and about 25 p^3 (Jacobi) flops.
 * Accuracy: eps * s_max^2 / (s_min^2 + alpha) relative in what alpha lets through.
 */
export function factorMoments(node: usize, p: i32, t: i32, intercept: i32, factor: usize, scratch: usize): i32 {
  const q = p + t;
  const m = node + (<usize>(1 + q) << 3);
  const v = factorV(factor, p, t);
  const s = factorS(factor, p, t);
  const g = factorG(factor, p, t);
  const n = load<f64>(node);
  copy(node + 8, factorMean(factor), q);
  clear(v, p * p + p + t * p);

  let status = Status.OK;
  for (let j = 0; j < p; j++) {
    if (!(load<f64>(m + (<usize>(j * q + j) << 3)) > 0)) status |= Status.CONSTANT_FEATURE;
  }
  if (n < <f64>(p + intercept)) status |= Status.FEWER_ROWS_THAN_COLUMNS;

  // Moments carry errors of about eps per unit of correlation: what is left of a direction below that is noise.
  const rank = pivotedCholesky(m, q, p, <f64>p * 4 * f64.EPSILON, v, scratch);
  if (!jacobi(v, p, rank, s)) return Status.NO_CONVERGENCE;
  for (let j = 0; j < t; j++) {
    for (let k = 0; k < rank; k++) {
      const vk = v + (<usize>(k * p) << 3);
      let total: f64 = 0;
      for (let i = 0; i < p; i++) {
        total += load<f64>(vk + (<usize>i << 3)) * load<f64>(m + (<usize>(i * q + p + j) << 3));
      }
      store<f64>(g + (<usize>(j * p + k) << 3), total / load<f64>(s + (<usize>k << 3)));
    }
  }
  store<f64>(factor, <f64>p, 0);
  store<f64>(factor, <f64>t, 8);
  store<f64>(factor, <f64>rank, 16);
  store<f64>(factor, n, 24);
  store<f64>(factor, <f64>intercept, 32);
  store<f64>(factor, <f64>status, 40);
  store<f64>(factor, 0, 48);
  store<f64>(factor, 0, 56);
  return status;
}

/**
 * Coefficients of one alpha from a factor.
 *
 *     coef := v diag(s / (s^2 + alpha)) g,   intercept := mean(y) - mean(x) coef
 *
 * @param factor     as made by factorMoments
 * @param alpha      >= 0
 * @param target     which target
 * @param coef       f64[p], output
 * @param intercept  f64[1], output
 * @returns          OK
 */
export function coefficients(factor: usize, alpha: f64, target: i32, coef: usize, intercept: usize): i32 {
  const p = <i32>load<f64>(factor);
  const t = <i32>load<f64>(factor, 8);
  const rank = <i32>load<f64>(factor, 16);
  const mean = factorMean(factor);
  const v = factorV(factor, p, t);
  const s = factorS(factor, p, t);
  const g = factorG(factor, p, t) + (<usize>(target * p) << 3);
  clear(coef, p);
  for (let k = 0; k < rank; k++) {
    const sk = load<f64>(s + (<usize>k << 3));
    axpy((load<f64>(g + (<usize>k << 3)) * sk) / (sk * sk + alpha), v + (<usize>(k * p) << 3), coef, p);
  }
  store<f64>(intercept, load<f64>(mean + (<usize>(p + target) << 3)) - dot(mean, coef, p));
  return Status.OK;
}
