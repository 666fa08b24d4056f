/**
 * Error-free transformations: what a sum or a product lost in rounding, exactly.
 * Source: Dekker, A floating-point technique for extending the available precision (1971); Knuth, TAOCP 2, 4.2.2.
 */

/** (a + low) / b - q for q = fl(a / b). */
export function quotientError(a: f64, low: f64, b: f64, q: f64): f64 {
  const back = q * b;
  return (a - back - productError(q, b, back) + low) / b;
}

/** a + b - s for s = fl(a + b). */
// @ts-ignore: decorator
@inline
export function sumError(a: f64, b: f64, s: f64): f64 {
  const bb = s - a;
  return a - (s - bb) + (b - bb);
}

/** a b - p for p = fl(a b); |a|, |b| below 2^996. WebAssembly has no fused multiply-add, so the factors are split. */
// @ts-ignore: decorator
@inline
export function productError(a: f64, b: f64, p: f64): f64 {
  const ta = 134217729.0 * a;
  const ah = ta - (ta - a);
  const al = a - ah;
  const tb = 134217729.0 * b;
  const bh = tb - (tb - b);
  const bl = b - bh;
  return al * bl - (p - ah * bh - al * bh - ah * bl);
}
