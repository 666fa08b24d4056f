import { panelBytes } from '../blas/multiply';

/**
 * Rows on their way into a kernel, as x panels of 4 rows: value (i, j) := (x[i,j] standardised) - centre[j].
 *
 * @param x       f64[rows, p]; strides in elements
 * @param rows    rows; those that fill up the last panel are 0
 * @param mean    f64[p] of a fused scaler, or 0
 * @param scale   f64[p] of a fused scaler, or 0
 * @param centre  f64[p]
 * @param to      x panels, output
 */
export function panelRows(
  x: usize, rs: i32, cs: i32, p: i32, rows: i32, mean: usize, scale: usize, centre: usize, to: usize,
): void {
  const stride = <usize>rs << 3;
  const step = panelBytes(p);
  const scaled = mean != 0 || scale != 0;
  for (let j = 0; j < p; j++) {
    const at = <usize>j << 3;
    const c = load<f64>(centre + at);
    const m = mean != 0 ? load<f64>(mean + at) : 0;
    const s = scale != 0 ? load<f64>(scale + at) : 1;
    let from = x + (<usize>j * <usize>cs << 3);
    let panel = to + (<usize>j << 5);
    let i = 0;
    if (ASC_FEATURE_SIMD) {
      if (stride == 8) {
        const vc = f64x2.splat(c);
        const vm = f64x2.splat(m);
        const vs = f64x2.splat(s);
        for (; i + 4 <= rows; i += 4) {
          let a = v128.load(from);
          let b = v128.load(from, 16);
          if (scaled) {
            a = f64x2.div(f64x2.sub(a, vm), vs);
            b = f64x2.div(f64x2.sub(b, vm), vs);
          }
          v128.store(panel, f64x2.sub(a, vc));
          v128.store(panel, f64x2.sub(b, vc), 16);
          from += 32;
          panel += step;
        }
      }
    }
    for (; i < rows; i++) {
      const value = load<f64>(from);
      store<f64>(panel + (<usize>(i & 3) << 3), (scaled ? (value - m) / s : value) - c);
      from += stride;
      if ((i & 3) == 3) panel += step;
    }
    for (; (i & 3) != 0; i++) store<f64>(panel + (<usize>(i & 3) << 3), 0);
  }
}

/** One row, standardised: to[j] := (x[j] - mean[j]) / scale[j]. */
export function copyRow(x: usize, cs: i32, p: i32, mean: usize, scale: usize, to: usize): void {
  for (let j = 0; j < p; j++) {
    const at = <usize>j << 3;
    let value = load<f64>(x + (<usize>j * <usize>cs << 3));
    if (mean != 0) value -= load<f64>(mean + at);
    if (scale != 0) value /= load<f64>(scale + at);
    store<f64>(to + at, value);
  }
}

// @ts-ignore: decorator
@inline
export function roundUp(value: i32, to: i32): i32 {
  return (value + to - 1) & -to;
}
