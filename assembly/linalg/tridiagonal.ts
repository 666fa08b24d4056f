import { axpyInline, clear, dot } from '../blas/vector';

/**
 * Reduces a symmetric matrix to tridiagonal form by Householder reflections:  a = q t q'.
 *
 * @param a     f64[p, p], column-major, the lower triangle is read and destroyed
 * @param p     size
 * @param d     f64[p], output: diagonal of t
 * @param e     f64[p], output: e[k] couples k and k + 1; e[p - 1] = 0
 * @param q     f64[p, p], column-major, output, orthogonal
 * @param work  f64[2p]
 *
 * Cost: 4/3 p^3 flops for t and as many for q; the lower triangle is read twice a step.
 * Source: Martin, Reinsch & Wilkinson, Householder's tridiagonalization of a symmetric matrix (1968).
 */
export function tridiagonalise(a: usize, p: i32, d: usize, e: usize, q: usize, work: usize): void {
  const column = <usize>p << 3;
  const w = work;
  const taus = work + column;
  clear(e, p);
  clear(taus, p);
  for (let k = 0; k < p - 1; k++) {
    const ak = a + <usize>k * (column + 8);
    store<f64>(d + (<usize>k << 3), load<f64>(ak));
    const n = p - k - 1;
    const v = ak + 8;
    if (n == 1) {
      store<f64>(e + (<usize>k << 3), load<f64>(v));
      break;
    }
    const first = load<f64>(v);
    const rest = dot(v + 8, v + 8, n - 1);
    if (rest == 0) {
      store<f64>(e + (<usize>k << 3), first);
      continue;
    }
    // v := x - alpha e_1 with the sign that does not cancel; h = i - tau v v' maps x to alpha e_1.
    const norm = sqrt(first * first + rest);
    const alpha = first > 0 ? -norm : norm;
    const tau = 1 / (norm * (norm + abs(first)));
    store<f64>(v, first - alpha);
    store<f64>(e + (<usize>k << 3), alpha);
    store<f64>(taus + (<usize>k << 3), tau);
    const block = ak + column + 8;
    multiplyLower(block, p, n, v, w);
    const half = (tau * tau * dot(v, w, n)) / 2;
    for (let i = 0; i < n; i++) {
      const at = <usize>i << 3;
      store<f64>(w + at, tau * load<f64>(w + at) - half * load<f64>(v + at));
    }
    updateLower(block, p, n, v, w);
  }
  store<f64>(d + column - 8, load<f64>(a + <usize>(p - 1) * (column + 8)));

  clear(q, p * p);
  for (let k = 0; k < p; k++) store<f64>(q + <usize>k * (column + 8), 1);
  for (let k = p - 3; k >= 0; k--) {
    const tau = load<f64>(taus + (<usize>k << 3));
    if (tau == 0) continue;
    const n = p - k - 1;
    reflect(a + <usize>k * (column + 8) + 8, tau, n, q + <usize>(k + 1) * (column + 8), column);
  }
}

/**
 * q := (i - tau v v') q, n rows and columns: 4 columns at a time, so that v is read once for all of them.
 *
 * @param step  bytes from one column of q to the next
 */
function reflect(v: usize, tau: f64, n: i32, q: usize, step: usize): void {
  const pairs = v + (<usize>(n & ~1) << 3);
  const end = v + (<usize>n << 3);
  let j = 0;
  if (ASC_FEATURE_SIMD) {
    for (; j + 4 <= n; j += 4) {
      let s0 = f64x2.splat(0);
      let s1 = s0, s2 = s0, s3 = s0;
      let at = q;
      for (let from = v; from < pairs; from += 16) {
        const x = v128.load(from);
        s0 = f64x2.add(s0, f64x2.mul(x, v128.load(at)));
        s1 = f64x2.add(s1, f64x2.mul(x, v128.load(at + step)));
        s2 = f64x2.add(s2, f64x2.mul(x, v128.load(at + 2 * step)));
        s3 = f64x2.add(s3, f64x2.mul(x, v128.load(at + 3 * step)));
        at += 16;
      }
      s0 = along(s0, tau, v, n, q);
      s1 = along(s1, tau, v, n, q + step);
      s2 = along(s2, tau, v, n, q + 2 * step);
      s3 = along(s3, tau, v, n, q + 3 * step);
      at = q;
      for (let from = v; from < pairs; from += 16) {
        const x = v128.load(from);
        v128.store(at, f64x2.add(v128.load(at), f64x2.mul(s0, x)));
        v128.store(at + step, f64x2.add(v128.load(at + step), f64x2.mul(s1, x)));
        v128.store(at + 2 * step, f64x2.add(v128.load(at + 2 * step), f64x2.mul(s2, x)));
        v128.store(at + 3 * step, f64x2.add(v128.load(at + 3 * step), f64x2.mul(s3, x)));
        at += 16;
      }
      q += 4 * step;
    }
  }
  for (; j < n; j++) {
    let even: f64 = 0;
    let odd: f64 = 0;
    let at = q;
    for (let from = v; from < pairs; from += 16) {
      even += load<f64>(from) * load<f64>(at);
      odd += load<f64>(from, 8) * load<f64>(at, 8);
      at += 16;
    }
    let sum = even + odd;
    if (pairs < end) sum += load<f64>(pairs) * load<f64>(at);
    axpyInline(-tau * sum, v, q, n);
    q += step;
  }
}

/** -tau v'q in both lanes, from the sums of even and odd rows; the odd row out is done with. */
// @ts-ignore: decorator
@inline
function along(sums: v128, tau: f64, v: usize, n: i32, q: usize): v128 {
  let sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
  const last = <usize>(n - 1) << 3;
  if ((n & 1) != 0) sum += load<f64>(v + last) * load<f64>(q + last);
  const factor = -tau * sum;
  if ((n & 1) != 0) store<f64>(q + last, load<f64>(q + last) + factor * load<f64>(v + last));
  return f64x2.splat(factor);
}

/** w := a v for a symmetric block given by its lower triangle; each element is read once. */
function multiplyLower(a: usize, p: i32, n: i32, v: usize, w: usize): void {
  const step = <usize>(p + 1) << 3;
  clear(w, n);
  for (let j = 0; j < n; j++) {
    const at = <usize>j << 3;
    const below = n - j - 1;
    const vj = load<f64>(v + at);
    axpyInline(vj, a, w + at, below + 1);
    store<f64>(w + at, load<f64>(w + at) + dot(a + 8, v + at + 8, below));
    a += step;
  }
}

/** a := a - v w' - w v', lower triangle. */
// @ts-ignore: decorator
@inline
function updateLower(a: usize, p: i32, n: i32, v: usize, w: usize): void {
  const step = <usize>(p + 1) << 3;
  for (let j = 0; j < n; j++) {
    const at = <usize>j << 3;
    const vj = load<f64>(v + at);
    const wj = load<f64>(w + at);
    let i = 0;
    if (ASC_FEATURE_SIMD) {
      const vv = f64x2.splat(vj);
      const vw = f64x2.splat(wj);
      for (; i + 2 <= n - j; i += 2) {
        const from = at + (<usize>i << 3);
        const to = a + (<usize>i << 3);
        const sum = f64x2.add(f64x2.mul(v128.load(v + from), vw), f64x2.mul(v128.load(w + from), vv));
        v128.store(to, f64x2.sub(v128.load(to), sum));
      }
    }
    for (; i < n - j; i++) {
      const from = at + (<usize>i << 3);
      const to = a + (<usize>i << 3);
      store<f64>(to, load<f64>(to) - (load<f64>(v + from) * wj + load<f64>(w + from) * vj));
    }
    a += step;
  }
}
