import { Operand, Status, report } from '../status';

/**
 * Regression metrics.
 *
 * @param y     f64[n], truth
 * @param yhat  f64[n], predictions
 * @param n     rows, n >= 1
 * @param out   f64[6], output: mse, rmse, mae, r2, max error, bias (mean of yhat - y)
 * @param info  i32[4], output
 * @returns     OK | BAD_SHAPE | NON_FINITE (operand X stands for yhat)
 *
 * r2 is 1 - sum (y - yhat)^2 / sum (y - mean)^2; with a constant y it is 1 when exact and 0 else, as in scikit-learn.
 * Accuracy: sums in one run over rows, n eps relative.
 */
export function metrics(y: usize, yhat: usize, n: i32, out: usize, info: usize): i32 {
  if (n < 1) return report(info, Status.BAD_SHAPE, 0, 0, Operand.Y);
  let total: f64 = 0;
  let squares: f64 = 0;
  let absolute: f64 = 0;
  let bias: f64 = 0;
  let largest: f64 = 0;
  for (let i: usize = 0; i < <usize>n << 3; i += 8) {
    const truth = load<f64>(y + i);
    const d = load<f64>(yhat + i) - truth;
    if (d - d != 0) {
      const operand = truth - truth != 0 ? Operand.Y : Operand.X;
      return report(info, Status.NON_FINITE, <i32>(i >> 3), 0, operand);
    }
    total += truth;
    squares += d * d;
    absolute += abs(d);
    bias += d;
    largest = max(largest, abs(d));
  }
  const rows = <f64>n;
  const mean = total / rows;
  let spread: f64 = 0;
  for (let i: usize = 0; i < <usize>n << 3; i += 8) {
    const d = load<f64>(y + i) - mean;
    spread += d * d;
  }
  store<f64>(out, squares / rows, 0);
  store<f64>(out, sqrt(squares / rows), 8);
  store<f64>(out, absolute / rows, 16);
  store<f64>(out, spread > 0 ? 1 - squares / spread : squares == 0 ? 1 : 0, 24);
  store<f64>(out, largest, 32);
  store<f64>(out, bias / rows, 40);
  return Status.OK;
}
