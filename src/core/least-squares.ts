import { add, divide, multiply, twoSum } from './double-double.ts';
import type { DoubleDouble } from './double-double.ts';
import type { RidgeShape } from './ridge-pass.ts';

/** Coefficients on the columns as standardised, and as they were pushed. */
export interface Coefficients {
  readonly coef: Float64Array;
  readonly intercept: number;
  readonly coefRaw: Float64Array;
  readonly interceptRaw: number;
}

/**
 * A solution at alpha = 0 to start refining from: c, then b, rest and centre of each column as it was pushed
 * (`assembly/ridge/residual.ts`).
 *
 * @param means of the columns as standardised
 */
export function startSolution(
  { p, mean, scale, fitIntercept }: RidgeShape,
  coef: Float64Array,
  intercept: number,
  means: Float64Array,
): Float64Array {
  const solution = new Float64Array(2 + 3 * p);
  let c: DoubleDouble = [intercept, 0];
  for (let j = 0; j < p; j++) {
    const [high, low] = scale ? divide(coef[j]!, scale[j]!) : [coef[j]!, 0];
    const centre = mean?.[j] ?? (fitIntercept ? means[j]! : 0);
    if (!mean) c = add(c, multiply([high, low], centre));
    solution.set([high, low, centre], 2 + 3 * j);
  }
  solution.set(fitIntercept ? c : [0, 0]);
  return solution;
}

/** Reads a refined solution, each number rounded once. */
export function readSolution({ p, mean, scale }: RidgeShape, solution: Float64Array): Coefficients {
  const coef = new Float64Array(p);
  const coefRaw = new Float64Array(p);
  let intercept: DoubleDouble = [solution[0]!, solution[1]!];
  let offset = intercept;
  for (let j = 0; j < p; j++) {
    const [high, low, centre] = solution.subarray(2 + 3 * j, 5 + 3 * j) as unknown as [number, number, number];
    coefRaw[j] = high;
    coef[j] = scale ? multiply([high, low], scale[j]!)[0] : high;
    if (!mean) intercept = subtractProduct(intercept, [high, low], centre);
    offset = subtractProduct(offset, [high, low], centre);
  }
  return { coef, intercept: intercept[0], coefRaw, interceptRaw: offset[0] };
}

/** Coefficients in the units of the columns as they were pushed, from those on standardised ones. */
export function unscaled(
  { mean, scale }: { readonly mean?: ArrayLike<number> | undefined; readonly scale?: ArrayLike<number> | undefined },
  coef: Float64Array,
  intercept: number,
): Coefficients {
  const coefRaw = new Float64Array(coef.length);
  let offset: DoubleDouble = [intercept, 0];
  for (let j = 0; j < coef.length; j++) {
    const raw: DoubleDouble = scale ? divide(coef[j]!, scale[j]!) : [coef[j]!, 0];
    coefRaw[j] = raw[0];
    if (mean) offset = subtractProduct(offset, raw, mean[j]!);
  }
  return { coef, intercept, coefRaw, interceptRaw: offset[0] };
}

function subtractProduct(sum: DoubleDouble, a: DoubleDouble, b: number): DoubleDouble {
  const product = multiply(a, b);
  return add(sum, twoSum(-product[0], -product[1]));
}
