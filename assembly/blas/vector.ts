/**
 * Level 1: vectors of contiguous f64.
 *
 * Elementwise operations have the same bits in every build by themselves. A sum has an order: here always four running
 * sums, element i into sum i mod 4, joined as (s0 + s2) + (s1 + s3). The scalar build writes that order out.
 */

/** Sums of squares below this have lost digits to underflow. */
export const UNDERFLOW: f64 = 1e-290;

/** sum_i x[i] y[i] */
export function dot(x: usize, y: usize, n: i32): f64 {
  const end = x + (<usize>(n & ~3) << 3);
  let tail = n & 3;
  let s0: f64, s1: f64, s2: f64, s3: f64;
  if (ASC_FEATURE_SIMD) {
    let a = f64x2.splat(0);
    let b = f64x2.splat(0);
    while (x < end) {
      a = f64x2.add(a, f64x2.mul(v128.load(x), v128.load(y)));
      b = f64x2.add(b, f64x2.mul(v128.load(x, 16), v128.load(y, 16)));
      x += 32;
      y += 32;
    }
    s0 = f64x2.extract_lane(a, 0);
    s1 = f64x2.extract_lane(a, 1);
    s2 = f64x2.extract_lane(b, 0);
    s3 = f64x2.extract_lane(b, 1);
  } else {
    s0 = s1 = s2 = s3 = 0;
    while (x < end) {
      s0 += load<f64>(x) * load<f64>(y);
      s1 += load<f64>(x, 8) * load<f64>(y, 8);
      s2 += load<f64>(x, 16) * load<f64>(y, 16);
      s3 += load<f64>(x, 24) * load<f64>(y, 24);
      x += 32;
      y += 32;
    }
  }
  if (tail > 0) s0 += load<f64>(x) * load<f64>(y);
  if (tail > 1) s1 += load<f64>(x, 8) * load<f64>(y, 8);
  if (tail > 2) s2 += load<f64>(x, 16) * load<f64>(y, 16);
  return s0 + s2 + (s1 + s3);
}

/** y += a x */
export function axpy(a: f64, x: usize, y: usize, n: i32): void {
  axpyInline(a, x, y, n);
}

/** The same without a call, for inner loops of factorisations: 3 to 6 % of them. */
// @ts-ignore: decorator
@inline
export function axpyInline(a: f64, x: usize, y: usize, n: i32): void {
  let i = 0;
  if (ASC_FEATURE_SIMD) {
    const va = f64x2.splat(a);
    for (; i + 2 <= n; i += 2) {
      v128.store(y, f64x2.add(v128.load(y), f64x2.mul(va, v128.load(x))));
      x += 16;
      y += 16;
    }
  }
  for (; i < n; i++) {
    store<f64>(y, load<f64>(y) + a * load<f64>(x));
    x += 8;
    y += 8;
  }
}

/** x := a x */
export function scal(a: f64, x: usize, n: i32): void {
  for (let i = 0; i < n; i++) store<f64>(x + (<usize>i << 3), a * load<f64>(x + (<usize>i << 3)));
}

/** Plane rotation: (x, y) := (c x - s y, s x + c y) */
export function rotate(x: usize, y: usize, c: f64, s: f64, n: i32): void {
  let i = 0;
  if (ASC_FEATURE_SIMD) {
    const vc = f64x2.splat(c);
    const vs = f64x2.splat(s);
    for (; i + 2 <= n; i += 2) {
      const a = v128.load(x);
      const b = v128.load(y);
      v128.store(x, f64x2.sub(f64x2.mul(vc, a), f64x2.mul(vs, b)));
      v128.store(y, f64x2.add(f64x2.mul(vs, a), f64x2.mul(vc, b)));
      x += 16;
      y += 16;
    }
  }
  for (; i < n; i++) {
    const a = load<f64>(x);
    const b = load<f64>(y);
    store<f64>(x, c * a - s * b);
    store<f64>(y, s * a + c * b);
    x += 8;
    y += 8;
  }
}

/** sum_i x[i] of a column with a row stride in bytes, in the order of `dot`. */
export function sum(x: usize, stride: usize, n: i32): f64 {
  let s0: f64 = 0;
  let s1: f64 = 0;
  let s2: f64 = 0;
  let s3: f64 = 0;
  let i = 0;
  if (ASC_FEATURE_SIMD) {
    if (stride == 8) {
      let a = f64x2.splat(0);
      let b = f64x2.splat(0);
      for (; i + 4 <= n; i += 4) {
        a = f64x2.add(a, v128.load(x));
        b = f64x2.add(b, v128.load(x, 16));
        x += 32;
      }
      s0 = f64x2.extract_lane(a, 0);
      s1 = f64x2.extract_lane(a, 1);
      s2 = f64x2.extract_lane(b, 0);
      s3 = f64x2.extract_lane(b, 1);
    }
  }
  for (; i + 4 <= n; i += 4) {
    s0 += load<f64>(x);
    s1 += load<f64>(x + stride);
    s2 += load<f64>(x + stride * 2);
    s3 += load<f64>(x + stride * 3);
    x += stride * 4;
  }
  if (i < n) s0 += load<f64>(x);
  if (i + 1 < n) s1 += load<f64>(x + stride);
  if (i + 2 < n) s2 += load<f64>(x + stride * 2);
  return s0 + s2 + (s1 + s3);
}

/** Row of the first NaN or infinity in a column, or -1. */
export function firstNonFinite(x: usize, stride: usize, n: i32): i32 {
  for (let i = 0; i < n; i++) {
    const value = load<f64>(x + <usize>i * stride);
    if (value - value != 0) return i;
  }
  return -1;
}

/** Row of the first infinity in a column where NaN means missing, or -1. */
export function firstInfinite(x: usize, stride: usize, n: i32): i32 {
  for (let i = 0; i < n; i++) {
    if (Math.abs(load<f64>(x + <usize>i * stride)) == Infinity) return i;
  }
  return -1;
}

/** x[0..n) := 0 */
export function clear(x: usize, n: i32): void {
  for (let i = 0; i < n; i++) store<f64>(x + (<usize>i << 3), 0);
}

/** y := x */
export function copy(x: usize, y: usize, n: i32): void {
  for (let i = 0; i < n; i++) store<f64>(y + (<usize>i << 3), load<f64>(x + (<usize>i << 3)));
}

/** Smallest of some values; Infinity of none. */
export function smallest(x: usize, n: i32): f64 {
  let least: f64 = Infinity;
  for (const end = x + (<usize>n << 3); x < end; x += 8) least = min(least, load<f64>(x));
  return least;
}

/** Largest of some values, not below 0. */
export function largest(x: usize, n: i32): f64 {
  let most: f64 = 0;
  for (const end = x + (<usize>n << 3); x < end; x += 8) most = max(most, load<f64>(x));
  return most;
}
