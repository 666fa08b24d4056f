/**
 * Rows on their way into a kernel: to[i + j * stride] := (x[i,j] standardised) - centre[j], column-major.
 *
 * @param x       f64[rows, p]; strides in elements
 * @param padded  column stride of `to`; rows beyond the last are 0
 * @param mean    f64[p] of a fused scaler, or 0
 * @param scale   f64[p] of a fused scaler, or 0
 * @param centre  f64[p], or 0
 */
export function centreRows(
  x: usize, rs: i32, cs: i32, p: i32, rows: i32, padded: i32, mean: usize, scale: usize, centre: usize, to: usize,
): void {
  const stride = <usize>rs << 3;
  const scaled = mean != 0 || scale != 0;
  for (let j = 0; j < p; j++) {
    const at = <usize>j << 3;
    const c = centre != 0 ? load<f64>(centre + at) : 0;
    const m = mean != 0 ? load<f64>(mean + at) : 0;
    const s = scale != 0 ? load<f64>(scale + at) : 1;
    let from = x + (<usize>j * <usize>cs << 3);
    let i = 0;
    if (ASC_FEATURE_SIMD) {
      if (stride == 8) {
        const vc = f64x2.splat(c);
        const vm = f64x2.splat(m);
        const vs = f64x2.splat(s);
        if (scaled) {
          for (; i + 2 <= rows; i += 2) {
            v128.store(to, f64x2.sub(f64x2.div(f64x2.sub(v128.load(from), vm), vs), vc));
            from += 16;
            to += 16;
          }
        } else {
          for (; i + 2 <= rows; i += 2) {
            v128.store(to, f64x2.sub(v128.load(from), vc));
            from += 16;
            to += 16;
          }
        }
      }
    }
    for (; i < rows; i++) {
      const value = load<f64>(from);
      store<f64>(to, (scaled ? (value - m) / s : value) - c);
      from += stride;
      to += 8;
    }
    for (; i < padded; i++) {
      store<f64>(to, 0);
      to += 8;
    }
  }
}

// @ts-ignore: decorator
@inline
export function roundUp(value: i32, to: i32): i32 {
  return (value + to - 1) & -to;
}
