import { copy, largest, smallest } from '../blas/vector';
import { Status } from '../status';
import { factorS } from './factor';

/**
 * Nodes in place of alphas. The sum of squared leave-one-out errors over rows of leverage <= THETA (at the smallest alpha)
 * is an analytic function of alpha but for the negative numbers left of -a, a = (1 - THETA) s_min^2: there 1 - h has no zero.
 * In
 *
 *     u := alpha / (alpha + c),   c := a + sqrt(a^2 + a alpha_max)
 *
 * that cut lies as far to the left of the grid as to its right, and a polynomial through N Chebyshev points of u misses the
 * function by about rho^-N, rho = d + sqrt(d^2 - 1), d the distance from the middle of the grid to the cut in half grids.
 * Rows of larger leverage are evaluated at every alpha.
 *
 * Source: Trefethen, Approximation Theory and Approximation Practice, theorem 8.2.
 */
export const THETA: f64 = 0.5;

/** Nodes are used when they are fewer than alphas by this factor. */
const WORTH: i32 = 2;

/** Rows for each column, the intercept counted, below which every row is evaluated at every alpha. */
const FEW_ROWS: i32 = 4;

/**
 * Chooses the nodes.
 *
 * @param factor  settled
 * @param alphas  f64[na], each > 0
 * @param na      alphas
 * @param nodes   f64[na], output
 * @returns       how many nodes, na when the alphas themselves are best; nodes then holds them
 */
export function chooseNodes(factor: usize, alphas: usize, na: i32, nodes: usize): i32 {
  copy(alphas, nodes, na);
  const least = smallest(alphas, na);
  const most = largest(alphas, na);
  const rank = load<f64>(factor, 16);
  // With few rows many have a large leverage: of rows drawn alike hardly one is above THETA from here on.
  if (rank == 0 || load<f64>(factor, 24) < FEW_ROWS * (rank + 1) || na < 2 * WORTH || least == most) return na;
  const c = shiftOf(factor, most);
  // Of a grid next to 0 or next to 1, as u has it, too few digits are left (and beyond what a double holds none).
  if (!(least > 1e-100 * c && most < 1e8 * c)) return na;
  const a = cut(factor);
  const low = least / (least + c);
  const high = most / (most + c);
  const half = (high - low) / 2;
  const middle = (high + low) / 2;
  const d = min(a / (c - a) + middle, 1 - middle) / half;
  // 1e-14, and a factor of 4 for the growth of the function towards the cut.
  let count = 2;
  let rho = d + sqrt(d * d - 1);
  for (let bound = rho * rho; bound < 4e14; bound *= rho) {
    count++;
    if (count * WORTH > na) return na;
  }
  for (let i = 0; i < count; i++) {
    const u = middle + half * cosine(i, count);
    store<f64>(nodes + (<usize>i << 3), (c * u) / (1 - u));
  }
  return count;
}

/**
 * Sums at the alphas from sums at the nodes (barycentric form of the interpolating polynomial).
 *
 * @param nodes   f64[count], as chosen
 * @param values  f64[count], sums at the nodes
 * @param alphas  f64[na]
 * @param out     f64[na], in and out: the interpolated sum is added
 */
export function interpolate(
  factor: usize, nodes: usize, values: usize, count: i32, alphas: usize, na: i32, out: usize,
): i32 {
  const c = shiftOf(factor, largest(alphas, na));
  for (let a = 0; a < na; a++) {
    const alpha = load<f64>(alphas + (<usize>a << 3));
    let top: f64 = 0;
    let bottom: f64 = 0;
    for (let i = 0; i < count; i++) {
      const node = load<f64>(nodes + (<usize>i << 3));
      const value = load<f64>(values + (<usize>i << 3));
      if (node == alpha) {
        top = value;
        bottom = 1;
        break;
      }
      // u(alpha) - u(node) without cancellation; weights of Chebyshev points of the second kind.
      const distance = ((alpha - node) / (alpha + c) / (node + c)) * c;
      const weight = ((i & 1) != 0 ? -1.0 : 1.0) * (i == 0 || i == count - 1 ? 0.5 : 1) / distance;
      top += weight * value;
      bottom += weight;
    }
    const at = out + (<usize>a << 3);
    store<f64>(at, load<f64>(at) + top / bottom);
  }
  return Status.OK;
}

/** a: no row of leverage <= THETA has a zero of 1 - h right of -a. */
function cut(factor: usize): f64 {
  const p = <i32>load<f64>(factor);
  const t = <i32>load<f64>(factor, 8);
  const rank = <i32>load<f64>(factor, 16);
  const s = factorS(factor, p, t);
  const least = smallest(s, rank);
  return (1 - THETA) * least * least;
}

function shiftOf(factor: usize, most: f64): f64 {
  const a = cut(factor);
  return a + sqrt(a * a + a * most);
}

/** cos(pi i / (count - 1)), by doubling from a small angle: nodes need no last digit, only to be the same everywhere. */
function cosine(i: i32, count: i32): f64 {
  const x = 3.141592653589793 * <f64>i / <f64>(count - 1) / 64;
  // 1 - cos: the series, then 1 - cos 2x = 2 v (2 - v) / ... in v = 1 - cos x.
  const x2 = x * x;
  let v = (x2 / 2) * (1 - (x2 / 12) * (1 - (x2 / 30) * (1 - x2 / 56)));
  for (let k = 0; k < 6; k++) v = 2 * v * (2 - v);
  return 1 - v;
}
