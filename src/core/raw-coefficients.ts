import type { TransformerState } from '../contracts/model.ts';
import { add, divide, multiply } from './double-double.ts';
import type { DoubleDouble } from './double-double.ts';

/**
 * Coefficients in the data's own units from those on the columns as they come out of the chain:
 *
 *     coefRaw[j]   := coef[j] / scale[j]
 *     interceptRaw := intercept - sum_j coefRaw[j] * mean[j]
 *
 * The sum cancels when means are large beside scales (a longitude, a year): everything is carried in double-double and
 * rounded once, so the result is as good as `coef` and `intercept` themselves.
 *
 * @param chain restricted to `features`; each step's columns are its own
 */
export function rawCoefficients(
  features: readonly string[],
  chain: readonly TransformerState[],
  coef: ArrayLike<number>,
  intercept: number,
): { coefRaw: number[]; interceptRaw: number } {
  let sum: DoubleDouble = [intercept, 0];
  const coefRaw = features.map((feature, j) => {
    let raw: DoubleDouble = [coef[j]!, 0];
    // Last transformer first: each step back turns a slope per unit out into a slope per unit in.
    for (const state of chain.toReversed()) {
      if (state.type !== 'StandardScaler') continue; // others keep the unit of what they make
      const column = state.columns.indexOf(feature);
      if (column < 0) continue;
      if (state.scale) raw = divideBy(raw, state.scale[column]!);
      if (state.mean) sum = add(sum, negate(multiply(raw, state.mean[column]!)));
    }
    return raw[0] + 0; // + 0: never a negative zero, which JSON would lose
  });
  return { coefRaw, interceptRaw: sum[0] + 0 };
}

function divideBy(value: DoubleDouble, divisor: number): DoubleDouble {
  return add(divide(value[0], divisor), [value[1] / divisor, 0]);
}

function negate(value: DoubleDouble): DoubleDouble {
  return [-value[0], -value[1]];
}
