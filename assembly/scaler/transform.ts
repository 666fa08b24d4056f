import { Status } from '../status';

/**
 * Standardises: out[i,j] := (x[i,j] - mean[j]) / scale[j]. NaN stays NaN.
 *
 * @param x      f64[n, p], input
 * @param n      rows
 * @param p      columns
 * @param rs     row stride of x in elements
 * @param cs     column stride of x in elements
 * @param mean   f64[p]; 0 = no centring
 * @param scale  f64[p]; 0 = no scaling
 * @param out    f64[n, p], output; may be x itself
 * @param ors    row stride of out in elements
 * @param ocs    column stride of out in elements
 * @returns      OK
 *
 * Accuracy: a subtraction and a division, each rounded once, as scikit-learn does it; a multiplication by 1/scale would
 * be faster and have other bits.
 */
export function transform(
  x: usize, n: i32, p: i32, rs: i32, cs: i32, mean: usize, scale: usize, out: usize, ors: i32, ocs: i32,
): i32 {
  for (let j = 0; j < p; j++) {
    const at = <usize>j << 3;
    const m = mean != 0 ? load<f64>(mean + at) : 0;
    const s = scale != 0 ? load<f64>(scale + at) : 1;
    let from = x + (<usize>j * <usize>cs << 3);
    let to = out + (<usize>j * <usize>ocs << 3);
    let i = 0;
    if (ASC_FEATURE_SIMD) {
      if (rs == 1 && ors == 1) {
        const vm = f64x2.splat(m);
        const vs = f64x2.splat(s);
        for (; i + 4 <= n; i += 4) {
          v128.store(to, f64x2.div(f64x2.sub(v128.load(from), vm), vs));
          v128.store(to, f64x2.div(f64x2.sub(v128.load(from, 16), vm), vs), 16);
          from += 32;
          to += 32;
        }
      }
    }
    for (; i < n; i++) {
      store<f64>(to, (load<f64>(from) - m) / s);
      from += <usize>rs << 3;
      to += <usize>ors << 3;
    }
  }
  return Status.OK;
}

/** Undoes `transform`: out[i,j] := x[i,j] * scale[j] + mean[j]. Arguments as there. */
export function inverse(
  x: usize, n: i32, p: i32, rs: i32, cs: i32, mean: usize, scale: usize, out: usize, ors: i32, ocs: i32,
): i32 {
  for (let j = 0; j < p; j++) {
    const at = <usize>j << 3;
    const m = mean != 0 ? load<f64>(mean + at) : 0;
    const s = scale != 0 ? load<f64>(scale + at) : 1;
    let from = x + (<usize>j * <usize>cs << 3);
    let to = out + (<usize>j * <usize>ocs << 3);
    for (let i = 0; i < n; i++) {
      store<f64>(to, load<f64>(from) * s + m);
      from += <usize>rs << 3;
      to += <usize>ors << 3;
    }
  }
  return Status.OK;
}
