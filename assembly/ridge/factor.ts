import { sumError } from '../blas/double-double';
import { axpy, clear, copy, dot, largest, smallest } from '../blas/vector';
import { pivotedCholesky } from '../linalg/cholesky';
import { jacobi } from '../linalg/jacobi';
import { LARGEST, SMALLEST, standardiseMoments } from '../linalg/moments';
import { eigenScratch, symmetricEigen } from '../linalg/symmetric-eigen';
import { Status } from '../status';

/**
 * A factored ridge problem: everything the sweep and the coefficients of any alpha need. Flat f64, to be saved or sent.
 *
 *     [0] p  [1] t  [2] rank  [3] rows of weight > 0  [4] sum of weights with an intercept, else 0  [5] status bits
 *     [6] estimated relative error of what alpha lets through
 *     [7] 1 when the rows are interpolated, 2 when they are and no row is to be set aside
 *     [8] 1 when columns lie so far from 0 that their means need more than a double
 *     mean[p + t]   of [x y]; 0 without intercept
 *     v[p, p]       column-major; columns 0..rank are the right singular vectors of centred x
 *     s[p]          singular values
 *     g[t, p]       u' y per target: left singular vectors times centred y
 *     low[p]        what a double leaves over of the means of x
 *
 * With x = u s v' (centred):  coef(alpha) = v diag(s / (s^2 + alpha)) g.
 */
export const FACTOR_HEADER: i32 = 9;

/** Relative error above which the rows should be read once more, through the factor so far as preconditioner. */
export const TOLERANCE: f64 = 2e-13;

/**
 * Rounding of a mean, in standard deviations of its column, from which on it is found anew from rows that are centred
 * already: a column is that far from 0 when it is 450 times as far as it is wide. What is wrong with a mean is wrong with
 * every residual alike, whose sum is 0, so it counts by the share of rows that have a leverage: (p + 1) / n of them. Without
 * an intercept, of columns that a scaler took the mean off, it counts in full.
 */
const MEAN_ROUNDING: f64 = 1e-13;

/** Ratio of column lengths, squared, beyond which rounding in the longest hides the shortest. */
const LARGEST_RATIO: f64 = 1e32;

/** Alpha in s_max^2 that counts where the dual form may be taken: it leans on directions that no alpha covers. */
const DUAL_ALPHA: f64 = 1e-6;

/** Relative error from which on a user should hear of it. */
const ILL_CONDITIONED: f64 = 1e-4;

export function factorLength(p: i32, t: i32): i32 {
  return FACTOR_HEADER + p + t + p * p + p + t * p + p;
}

/** From this many columns on the eigenvalues are found by QL: Jacobi, more exact in small ones, takes longer. */
const QL_COLUMNS: i32 = 12;

/** Ratio of eigenvalues (or of column lengths, squared) below which QL has no digits left in the small ones. */
const QL_RANGE: f64 = 1e-7;

/** Scratch of `factorMoments` and `refactor`, in bytes. */
export function factorScratch(p: i32, t: i32): usize {
  return max(<usize>(2 * (p + t) * p + 2 * p + 2) << 3, (<usize>(p * p + 1) << 3) + eigenScratch(p));
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

// @ts-ignore: decorator
@inline
export function factorLow(factor: usize, p: i32, t: i32): usize {
  return factorG(factor, p, t) + (<usize>(t * p) << 3);
}

/**
 * Factors the moments of all rows.
 *
 * @param node       f64[2 + q + q q], folded moments of [x y], q = p + t; destroyed
 * @param p          columns of x
 * @param t          targets
 * @param intercept  1 with an intercept: means are not penalised
 * @param alpha      the smallest alpha that will be asked for
 * @param mean       f64[p] of a scaler: the factor is that of (x - mean) / scale; or 0
 * @param scale      f64[p] of a scaler, or 0
 * @param factor     f64[factorLength(p, t)], output
 * @param scratch    factorScratch(p, t) bytes, 16-aligned
 * @returns          OK or warnings | NON_FINITE when squares overflow | BAD_SCALE | NO_CONVERGENCE | BAD_WEIGHT when all are 0
 *
 * Cost: p^3 / 3 (Cholesky) and about 25 p^3 (Jacobi) flops.
 * Accuracy: eps * s_max^2 / (s_min^2 + alpha), left in factor[6]: above TOLERANCE read the rows again (`precondition`) and
 * call `refactor`; so too where means are not known well enough. A matrix that is singular to working precision is shifted, so that no direction is lost before that.
 */
export function factorMoments(
  node: usize, p: i32, t: i32, intercept: i32, alpha: f64, mean: usize, scale: usize, factor: usize, scratch: usize,
): i32 {
  const q = p + t;
  const m = node + (<usize>(1 + q) << 3);
  const f = scratch;
  const work = scratch + (<usize>(2 * q * p) << 3);

  const weight = load<f64>(node);
  const rows = load<f64>(node + (<usize>(1 + q + q * q) << 3));
  if (weight == 0) return Status.BAD_WEIGHT;
  standardiseMoments(node, p, t, intercept != 0, mean, scale);
  // Without an intercept they are about 0 only now, or through a scaler of one's own large.
  for (let j = 0; j < q; j++) if (!(load<f64>(m + (<usize>(j * q + j) << 3)) < LARGEST)) return Status.NON_FINITE;
  let status = Status.OK;
  let varying = 0;
  let most: f64 = 0;
  let least: f64 = Infinity;
  let far: f64 = 0;
  for (let j = 0; j < p; j++) {
    const at = <usize>j << 3;
    const length = load<f64>(m + (<usize>(j * q + j) << 3));
    const removed = mean != 0 ? load<f64>(mean + at) / (scale != 0 ? load<f64>(scale + at) : 1) : 0;
    if (isConstant(length / weight, rows, load<f64>(node + 8 + at) + removed)) {
      status |= Status.CONSTANT_FEATURE;
      for (let k = 0; k < q; k++) store<f64>(m + (<usize>(k < j ? k * q + j : j * q + k) << 3), 0);
    } else {
      varying++;
      far = max(far, abs(load<f64>(node + 8 + at) + removed) / sqrt(length / weight));
      most = max(most, length);
      least = min(least, length);
    }
  }
  if (varying > 0 && most > least * LARGEST_RATIO) return Status.BAD_SCALE;
  for (let j = p; j < q; j++) {
    // A target of zeros, or a constant one, has nothing beside any column; one that is too small to square has.
    const variance = load<f64>(m + (<usize>(j * q + j) << 3)) / weight;
    let any: f64 = 0;
    for (let k = 0; k <= j; k++) any += abs(load<f64>(m + (<usize>(k * q + j) << 3)));
    if (variance < SMALLEST && any > 0) return Status.BAD_SCALE;
  }
  if (rows < <f64>(p + intercept)) status |= Status.FEWER_ROWS_THAN_COLUMNS;

  store<f64>(factor, <f64>p);
  store<f64>(factor, <f64>t, 8);
  store<f64>(factor, rows, 24);
  store<f64>(factor, intercept != 0 ? weight : 0, 32);
  store<f64>(factor, <f64>status, 40);
  store<f64>(factor, 0, 56);
  const rounding = far * f64.EPSILON * (intercept != 0 ? min(1, <f64>(p + 1) / rows) : 1);
  const means = rounding > MEAN_ROUNDING ? rounding : 0;
  store<f64>(factor, means > 0 ? 1 : 0, 64);
  copy(node + 8, factorMean(factor), q);
  clear(factorLow(factor, p, t), p);
  // Centred rows span no more than this.
  const full = rows - (intercept != 0 ? 1 : 0);
  if (p >= QL_COLUMNS && <f64>p <= full && decomposeGram(m, p, t, factor, scratch)) {
    store<f64>(factor, max(means, 2 * f64.EPSILON * conditionAt(factor, alpha, false)), 48);
    return status;
  }

  // Moments carry errors of some eps per unit of correlation: what is left of a column below that is noise.
  const noise = <f64>p * 16 * f64.EPSILON;
  let rank = pivotedCholesky(m, q, p, q, 0, noise, f, work);
  let singular = rank < varying;
  // The span of fewer rows than columns is all there is, where it has its digits already: no later pass would add to it.
  const spanned = singular && <f64>rank >= full && decompose(f, p, t, rank, factor)
    && f64.EPSILON * conditionAt(factor, 0, false) <= TOLERANCE;
  if (spanned) singular = false;
  if (singular) rank = pivotedCholesky(m, q, p, q, noise, noise * 0.5, f, work);
  const pivot = singular ? 0 : load<f64>(work);

  if (!spanned && !decompose(f, p, t, rank, factor)) return Status.NO_CONVERGENCE;

  const estimate = min(f64.EPSILON * <f64>p / pivot, f64.EPSILON * conditionAt(factor, alpha, singular));
  if (estimate > ILL_CONDITIONED) status |= Status.ILL_CONDITIONED;
  store<f64>(factor, <f64>status, 40);
  store<f64>(factor, rank == 0 ? 0 : max(means, estimate), 48);
  return status;
}

/**
 * Improves a factor by moments of the rows as it maps them: z = (x - mean) v / s, whose moments are near the identity.
 *
 *     z'z = l l',  x = z s v'   =>   x'x = (v s l)(v s l)'
 *
 * @param factor   as made by factorMoments or this, replaced
 * @param node     f64[2 + w + w w], folded moments of [z y], w = rank + t (made by `precondition`)
 * @param scratch  factorScratch(p, t) bytes, 16-aligned
 * @returns        OK or warnings | NO_CONVERGENCE
 *
 * Accuracy: eps * cond(z'z), left in factor[6]; that is about eps after one or two turns.
 * Source: Yamamoto, Nakatsukasa, Yanagisawa & Fukaya, Roundoff error analysis of the CholeskyQR2 algorithm (2015).
 */
export function refactor(factor: usize, node: usize, scratch: usize): i32 {
  const p = <i32>load<f64>(factor);
  const t = <i32>load<f64>(factor, 8);
  const r = <i32>load<f64>(factor, 16);
  const w = r + t;
  const q = p + t;
  const v = factorV(factor, p, t);
  const s = factorS(factor, p, t);
  const m = node + (<usize>(1 + w) << 3);
  const l = scratch;
  const f = scratch + (<usize>(q * p) << 3);
  standardiseMoments(node, r, t, load<f64>(factor, 32) != 0, 0, 0);
  const work = scratch + (<usize>(2 * q * p) << 3);

  // What differed only in rows that are left out now is constant: no direction, and no sign of one that is weak. Its mean is
  // known to its rounding only: the rows are read once more about it.
  const rows = load<f64>(node + (<usize>(1 + w + w * w) << 3));
  let varying = r;
  for (let k = 0; k < r; k++) {
    const at = m + (<usize>(k * w + k) << 3);
    if (!isConstant(load<f64>(at) / load<f64>(node), rows, load<f64>(node + 8 + (<usize>k << 3)))) continue;
    store<f64>(at, 0);
    varying--;
  }
  const noise = <f64>r * 16 * f64.EPSILON;
  let rank = pivotedCholesky(m, w, r, w, 0, noise, l, work);
  const singular = rank < varying;
  if (singular) rank = pivotedCholesky(m, w, r, w, noise, noise * 0.5, l, work);
  const pivot = singular ? 0 : load<f64>(work);

  // The moments may be of fewer rows than the factor's (rows set aside): weight and means are theirs.
  const mean = factorMean(factor);
  const low = factorLow(factor, p, t);
  for (let k = 0; k < r; k++) {
    const shift = load<f64>(node + 8 + (<usize>k << 3)) * load<f64>(s + (<usize>k << 3));
    axpy(shift, v + (<usize>(k * p) << 3), load<f64>(factor, 64) != 0 ? low : mean, p);
  }
  for (let j: usize = 0; j < <usize>p << 3; j += 8) {
    const sum = load<f64>(mean + j) + load<f64>(low + j);
    store<f64>(low + j, sumError(load<f64>(mean + j), load<f64>(low + j), sum));
    store<f64>(mean + j, sum);
  }
  axpy(1, node + 8 + (<usize>r << 3), mean + (<usize>p << 3), t);
  store<f64>(factor, rows, 24);
  if (load<f64>(factor, 32) != 0) store<f64>(factor, load<f64>(node), 32);

  clear(f, q * rank);
  for (let k = 0; k < rank; k++) {
    const lk = l + (<usize>(k * w) << 3);
    const fk = f + (<usize>(k * q) << 3);
    for (let i = 0; i < r; i++) {
      const at = <usize>i << 3;
      axpy(load<f64>(lk + at) * load<f64>(s + at), v + (<usize>(i * p) << 3), fk, p);
    }
    copy(lk + (<usize>r << 3), fk + (<usize>p << 3), t);
  }
  const rounding = shiftRounding(node, r, w) * min(1, <f64>(p + 1) / load<f64>(factor, 24));
  if (!decompose(f, p, t, rank, factor)) return Status.NO_CONVERGENCE;
  const estimate = max(rounding > MEAN_ROUNDING ? rounding : 0, f64.EPSILON * <f64>r / pivot);
  store<f64>(factor, varying < r ? 1 : estimate, 48);
  // A shift may have kept a direction that is noise alone: through it the next z would be noise divided by noise.
  dropNoise(factor);
  return <i32>load<f64>(factor, 40);
}

/**
 * What rows z lose of their spread where others of the factor's rows, left out now, had moved the means away from them: their
 * largest mean in standard deviations, in eps. A direction that is less than its own rounding has nothing to lose.
 */
function shiftRounding(node: usize, r: i32, w: i32): f64 {
  const m = node + (<usize>(1 + w) << 3);
  let most: f64 = 0;
  for (let k = 0; k < r; k++) {
    const spread = sqrt(load<f64>(m + (<usize>(k * w + k) << 3)) / load<f64>(node));
    const rounding = f64.EPSILON * abs(load<f64>(node + 8 + (<usize>k << 3)));
    if (spread > 16 * rounding) most = max(most, rounding / spread);
  }
  return most;
}

/**
 * Leaves out directions that are rounding noise of the columns.
 *
 * Rounding x moves singular value k by about eps * |d v_k|, d the length of each column: a direction no longer than a few
 * times that cannot be told from an exactly dependent one.
 */
function dropNoise(factor: usize): void {
  const p = <i32>load<f64>(factor);
  const t = <i32>load<f64>(factor, 8);
  const rank = <i32>load<f64>(factor, 16);
  const v = factorV(factor, p, t);
  const s = factorS(factor, p, t);
  const most = largest(s, rank);
  let kept = 0;
  for (let k = 0; k < rank; k++) {
    const sk = load<f64>(s + (<usize>k << 3));
    if (sk > 16 * f64.EPSILON * most) {
      moveDirection(factor, p, t, k, kept++);
      continue;
    }
    const vk = v + (<usize>(k * p) << 3);
    let spread: f64 = 0;
    for (let j = 0; j < p; j++) {
      let length: f64 = 0;
      for (let i = 0; i < rank; i++) {
        const part = load<f64>(v + (<usize>(i * p + j) << 3)) * load<f64>(s + (<usize>i << 3));
        length += part * part;
      }
      const weight = load<f64>(vk + (<usize>j << 3));
      spread += weight * weight * length;
    }
    if (sk > 16 * f64.EPSILON * sqrt(spread)) moveDirection(factor, p, t, k, kept++);
  }
  store<f64>(factor, <f64>kept, 16);
}

/** Ends the work on a factor: decides its rank, and notes whether what remains interpolates the rows. */
export function settleRank(factor: usize): void {
  dropNoise(factor);
  const p = <i32>load<f64>(factor);
  const t = <i32>load<f64>(factor, 8);
  const s = factorS(factor, p, t);
  let kept = <i32>load<f64>(factor, 16);
  const most = largest(s, kept);
  // Centred rows span no more than this; what is beyond is noise, however long.
  const full = load<f64>(factor, 24) - (load<f64>(factor, 32) != 0 ? 1 : 0);
  while (<f64>kept > full) moveDirection(factor, p, t, --kept, smallestOf(s, kept + 1));
  store<f64>(factor, <f64>kept, 16);
  // As many directions as that: every row is fitted exactly as alpha goes to 0. The dual form leans on the weakest one, which
  // has lost most / least digits; where those are many the sweep sets rows aside instead.
  store<f64>(factor, kept > 0 && <f64>kept >= full && smallest(s, kept) > most * 1e-6 ? 1 : 0, 56);
}

/** Direction `from` takes the place of direction `to`. */
function moveDirection(factor: usize, p: i32, t: i32, from: i32, to: i32): void {
  if (from == to) return;
  const v = factorV(factor, p, t);
  const s = factorS(factor, p, t);
  const g = factorG(factor, p, t);
  copy(v + (<usize>(from * p) << 3), v + (<usize>(to * p) << 3), p);
  store<f64>(s + (<usize>to << 3), load<f64>(s + (<usize>from << 3)));
  for (let j = 0; j < t; j++) {
    store<f64>(g + (<usize>(j * p + to) << 3), load<f64>(g + (<usize>(j * p + from) << 3)));
  }
}

function smallestOf(values: usize, count: i32): i32 {
  let index = 0;
  for (let k = 1; k < count; k++) {
    if (load<f64>(values + (<usize>k << 3)) < load<f64>(values + (<usize>index << 3))) index = k;
  }
  return index;
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

/**
 * x'x -> v, s, g of the factor by QL on the matrix itself.
 * @returns false when small eigenvalues would have too few digits, or when it did not converge; the factor is then undefined
 */
function decomposeGram(m: usize, p: i32, t: i32, factor: usize, scratch: usize): bool {
  const q = p + t;
  const v = factorV(factor, p, t);
  const s = factorS(factor, p, t);
  const g = factorG(factor, p, t);
  let most: f64 = 0;
  let least: f64 = Infinity;
  for (let j = 0; j < p; j++) {
    const length = load<f64>(m + (<usize>(j * (q + 1)) << 3));
    most = max(most, length);
    least = min(least, length);
    // Row j from the diagonal on is column j of the lower triangle.
    copy(m + (<usize>(j * (q + 1)) << 3), scratch + (<usize>(j * (p + 1)) << 3), p - j);
  }
  if (!(least > most * QL_RANGE) || most > 1e150) return false;
  if (!symmetricEigen(scratch, p, s, v, scratch + (((<usize>(p * p) << 3) + 15) & ~(<usize>15)))) return false;
  if (!(smallest(s, p) > largest(s, p) * QL_RANGE)) return false;
  for (let k = 0; k < p; k++) {
    const sk = sqrt(load<f64>(s + (<usize>k << 3)));
    store<f64>(s + (<usize>k << 3), sk);
    for (let j = 0; j < t; j++) {
      let total: f64 = 0;
      for (let i = 0; i < p; i++) {
        const right = load<f64>(m + (<usize>(i * q + p + j) << 3));
        total += load<f64>(v + (<usize>(k * p + i) << 3)) * right;
      }
      store<f64>(g + (<usize>(j * p + k) << 3), total / sk);
    }
  }
  store<f64>(factor, <f64>p, 16);
  return true;
}

/** scikit-learn's rule: variance <= n eps variance + (n mean eps)^2; where no mean was taken off it counts as 0. */
function isConstant(variance: f64, n: f64, mean: f64): bool {
  const rounding = n * mean * f64.EPSILON;
  return !(variance > n * f64.EPSILON * variance + rounding * rounding);
}

/** f[q, rank] -> v, s, g of the factor. */
export function decompose(f: usize, p: i32, t: i32, rank: i32, factor: usize): bool {
  const q = p + t;
  const v = factorV(factor, p, t);
  const s = factorS(factor, p, t);
  const g = factorG(factor, p, t);
  clear(v, p * p + p + t * p);
  if (!jacobi(f, p, q, rank, s)) return false;
  for (let k = 0; k < rank; k++) {
    const fk = f + (<usize>(k * q) << 3);
    copy(fk, v + (<usize>(k * p) << 3), p);
    for (let j = 0; j < t; j++) store<f64>(g + (<usize>(j * p + k) << 3), load<f64>(fk + (<usize>(p + j) << 3)));
  }
  store<f64>(factor, <f64>rank, 16);
  return true;
}

/** s_max^2 / (s_min^2 + alpha); s_min counts as 0 when the matrix had to be shifted. */
function conditionAt(factor: usize, alpha: f64, singular: bool): f64 {
  const p = <i32>load<f64>(factor);
  const t = <i32>load<f64>(factor, 8);
  const rank = <i32>load<f64>(factor, 16);
  const s = factorS(factor, p, t);
  const least = smallest(s, rank);
  const most = largest(s, rank);
  const full = load<f64>(factor, 24) - (load<f64>(factor, 32) != 0 ? 1 : 0);
  if (<f64>rank >= full) alpha = min(alpha, DUAL_ALPHA * most * most);
  return (most * most) / ((singular ? 0 : least * least) + alpha);
}
