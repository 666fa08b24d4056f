import { Operand, Status, report } from '../status';

/**
 * Predicts one target from rows that may still have to be standardised:
 *
 *     out[i] := (c[0] z[i,0] + c[1] z[i,1] + ... ) + intercept,    z[i,j] := (x[i,j] - mean[j]) / scale[j]
 *
 * @param x          f64[n, p], input; strides in elements
 * @param mean       f64[p], 0 = no centring
 * @param scale      f64[p], 0 = no scaling
 * @param coef       f64[p]
 * @param intercept  in the unit of the target
 * @param out        f64[n], output, stride in elements
 * @param info       i32[4], output
 * @returns          OK | NON_FINITE (out then undefined)
 *
 * The order of operations is part of the contract: columns from first to last, the intercept at the end, each operation
 * rounded once. Every exported predictor does the same, and standardising first and predicting then has these bits.
 * Cost: 2p flops a row, and with a scale one division for each value.
 */
export function predict(
  x: usize, n: i32, p: i32, rs: i32, cs: i32, mean: usize, scale: usize,
  coef: usize, intercept: f64, out: usize, os: i32, info: usize,
): i32 {
  const step = <usize>cs << 3;
  const scaled = mean != 0 || scale != 0;
  const last = <usize>p << 3;
  let i = 0;
  let bad = f64(0);
  if (ASC_FEATURE_SIMD) {
    if (rs == 1 && os == 1) {
      let check = f64x2.splat(0);
      for (; i + 4 <= n; i += 4) {
        let from = x + (<usize>i << 3);
        let a = f64x2.splat(0);
        let b = a;
        for (let j: usize = 0; j < last; j += 8) {
          let za = v128.load(from);
          let zb = v128.load(from, 16);
          if (scaled) {
            const m = f64x2.splat(mean != 0 ? load<f64>(mean + j) : 0);
            const s = f64x2.splat(scale != 0 ? load<f64>(scale + j) : 1);
            za = f64x2.div(f64x2.sub(za, m), s);
            zb = f64x2.div(f64x2.sub(zb, m), s);
          }
          const c = v128.load64_splat(coef + j);
          a = f64x2.add(a, f64x2.mul(c, za));
          b = f64x2.add(b, f64x2.mul(c, zb));
          from += step;
        }
        const shift = f64x2.splat(intercept);
        a = f64x2.add(a, shift);
        b = f64x2.add(b, shift);
        v128.store(out + (<usize>i << 3), a);
        v128.store(out + (<usize>i << 3), b, 16);
        // x - x is 0 for finite x and NaN else; NaN stays in the sum.
        check = f64x2.add(check, f64x2.add(f64x2.sub(a, a), f64x2.sub(b, b)));
      }
      bad = f64x2.extract_lane(check, 0) + f64x2.extract_lane(check, 1);
    }
  }
  for (; i < n; i++) {
    let from = x + (<usize>i * <usize>rs << 3);
    let total: f64 = 0;
    for (let j: usize = 0; j < last; j += 8) {
      let z = load<f64>(from);
      if (scaled) z = (z - (mean != 0 ? load<f64>(mean + j) : 0)) / (scale != 0 ? load<f64>(scale + j) : 1);
      total += load<f64>(coef + j) * z;
      from += step;
    }
    total += intercept;
    store<f64>(out + (<usize>i * <usize>os << 3), total);
    bad += total - total;
  }
  return bad == 0 ? Status.OK : locate(x, n, p, rs, cs, info);
}

function locate(x: usize, n: i32, p: i32, rs: i32, cs: i32, info: usize): i32 {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < p; j++) {
      const value = load<f64>(x + (<usize>i * <usize>rs + <usize>j * <usize>cs << 3));
      if (value - value != 0) return report(info, Status.NON_FINITE, i, j, Operand.X);
    }
  }
  // Every value is finite and the prediction is not: it overflowed.
  return report(info, Status.NON_FINITE, -1, -1, Operand.X);
}
