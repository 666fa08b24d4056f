import { add, dd, div, mul, sub } from './double-double.ts';
import type { DD } from './double-double.ts';
import { mean } from './ridge.ts';

/** Mean, variance (ddof = 0) and scale of one column in double-double; NaN is left out. scikit-learn's rule for "constant". */
export function scalerTwin(column: ArrayLike<number>) {
  const present = Float64Array.from(column).filter((value) => !Number.isNaN(value));
  const n = present.length;
  const m = mean(present);
  const squares = present.reduce<DD>((sum, value) => {
    const d = sub(dd(value), m);
    return add(sum, mul(d, d));
  }, dd(0));
  const variance = div(squares, dd(n))[0];
  const bound = n * Number.EPSILON * variance + (n * m[0] * Number.EPSILON) ** 2;
  return { n, mean: m[0], var: variance, scale: variance <= bound ? 1 : Math.sqrt(variance) };
}
