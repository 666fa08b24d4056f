import { factorMean } from './factor';

/** Where columns as they are read have the mean of the factor's standardised ones: to[j] := centre[j] scale[j] + mean[j]. */
export function unscaledCentre(factor: usize, p: i32, mean: usize, scale: usize, to: usize): void {
  const centre = factorMean(factor);
  for (let j = 0; j < p; j++) {
    const at = <usize>j << 3;
    const value = load<f64>(centre + at) * (scale != 0 ? load<f64>(scale + at) : 1);
    store<f64>(to + at, mean != 0 ? load<f64>(mean + at) + value : value);
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
