import { productError } from '../blas/double-double';
import { factorLow, factorMean } from './factor';

/**
 * Where columns as they are read have the mean of the factor's standardised ones: to[j] := centre[j] scale[j] + mean[j].
 *
 * @param to  f64[2p], output; the second half is what is to be taken off after the first, 0 unless that takes more than a double
 */
export function unscaledCentre(factor: usize, p: i32, t: i32, mean: usize, scale: usize, to: usize): void {
  const centre = factorMean(factor);
  const low = factorLow(factor, p, t);
  const far = load<f64>(factor, 64) != 0;
  for (let j = 0; j < p; j++) {
    const at = <usize>j << 3;
    const c = load<f64>(centre + at);
    const unit = scale != 0 ? load<f64>(scale + at) : 1;
    const value = c * unit;
    let first = mean != 0 ? load<f64>(mean + at) : value;
    let rest: f64 = 0;
    if (far) {
      rest = (mean != 0 ? value : productError(c, unit, value)) + load<f64>(low + at) * unit;
    } else if (mean != 0) {
      first += value;
    }
    store<f64>(to + at, first);
    store<f64>(to + at + (<usize>p << 3), rest);
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
