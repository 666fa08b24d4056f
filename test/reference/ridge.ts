import { add, dd, div, mul, negate, sqrt, sub } from './double-double.ts';
import type { DD } from './double-double.ts';
import { addScaled, addSquares, addTo, at, copyOf, dot, scale, scaleEach, vectorOf } from './double-double-vector.ts';
import type { Vector } from './double-double-vector.ts';

/**
 * Ridge regression with exact leave-one-out errors, in double-double: normal equations and a Cholesky factorisation for
 * every alpha.
 *
 * @param x columns, p of length n
 * @param roots of sample weights, one a row; default 1
 * @returns per alpha: coef, intercept, each row's leave-one-out error times its root, and the mean of their squares over rows
 */
export function ridgeTwin(
  x: readonly Float64Array[],
  y: Float64Array,
  alphas: readonly number[],
  intercept = true,
  roots?: Float64Array,
) {
  const n = y.length;
  const rooted = roots ?? new Float64Array(n).fill(1);
  const weights = vectorOf(rooted.map((root) => root * root));
  const total = dot(weights, vectorOf(new Float64Array(n).fill(1)));
  const meanOf = (column: Float64Array) => (intercept ? div(dot(vectorOf(column), weights), total) : dd(0));
  const centred = (column: Float64Array, by: DD) => scaleEach(addTo(vectorOf(column), negate(by)), rooted);
  const means = x.map(meanOf);
  const yMean = meanOf(y);
  const columns = x.map((column, j) => centred(column, means[j]!));
  const target = centred(y, yMean);
  const gram = columns.map((a) => columns.map((b) => dot(a, b)));
  const right = columns.map((a) => dot(a, target));

  return alphas.map((alpha) => {
    const factor = cholesky(gram.map((row, j) => row.map((value, k) => (j === k ? add(value, dd(alpha)) : value))));
    const coef = solve(factor, right);
    const offset = coef.reduce((sum, b, j) => sub(sum, mul(b, means[j]!)), yMean);
    const residuals = copyOf(target);
    coef.forEach((b, j) => addScaled(residuals, columns[j]!, negate(b)));
    // With L w = x of every row at once, its leverage x' (L L')^-1 x is w'w.
    const leverages = copyOf(weights);
    scale(leverages, intercept ? div(dd(1), total) : dd(0));
    const w: Vector[] = [];
    columns.forEach((column, j) => {
      const own = copyOf(column);
      w.forEach((before, k) => addScaled(own, before, negate(factor[j]![k]!)));
      scale(own, div(dd(1), factor[j]![j]!));
      addSquares(leverages, own);
      w.push(own);
    });
    const errors = Array.from(y, (_, i) => div(at(residuals, i), sub(dd(1), at(leverages, i))));
    const mse = div(
      errors.reduce((sum, e) => add(sum, mul(e, e)), dd(0)),
      dd(n),
    );
    return {
      alpha,
      coef: coef.map((value) => value[0]),
      intercept: offset[0],
      errors: errors.map((e) => e[0]),
      mse: mse[0],
    };
  });
}

/**
 * Coefficients alone, for designs of many rows.
 *
 * @param x columns, p of length n
 * @param scales of columns that are standardised before alpha is added; default 1
 */
export function ridgeCoefficients(
  x: readonly Float64Array[],
  y: Float64Array,
  alpha: number,
  scales: Float64Array = new Float64Array(x.length).fill(1),
): number[] {
  const columns = [...x, y].map((column) => addTo(vectorOf(column), negate(mean(column))));
  const gram = columns.map((a, j) => columns.slice(0, j + 1).map((b) => dot(a, b)));
  const right = gram.pop()!.slice(0, -1);
  const at = (j: number, k: number): DD => gram[Math.max(j, k)]![Math.min(j, k)]!;
  const added = (j: number): DD => mul(dd(alpha), mul(dd(scales[j]!), dd(scales[j]!)));
  const factor = cholesky(x.map((_, j) => x.map((__, k) => (j === k ? add(at(j, j), added(j)) : at(j, k)))));
  return solve(factor, right).map(([value]) => value);
}

/** Leave-one-out errors as they are defined: n fits, each without one row. */
export function refitErrors(x: readonly Float64Array[], y: Float64Array, alpha: number, intercept = true): number[] {
  return Array.from(y, (_, i) => {
    const without = (column: Float64Array) => column.filter((_, row) => row !== i);
    const [fit] = ridgeTwin(x.map(without), without(y), [alpha], intercept);
    const predicted = x.reduce(
      (sum, column, j) => add(sum, mul(dd(column[i]!), dd(fit!.coef[j]!))),
      dd(fit!.intercept),
    );
    return sub(dd(y[i]!), predicted)[0];
  });
}

export function mean(values: Float64Array): DD {
  const ones = vectorOf(new Float64Array(values.length).fill(1));
  return div(dot(vectorOf(values), ones), dd(values.length));
}

/** Lower factor l of a symmetric positive definite a = l l'. */
export function cholesky(a: readonly (readonly DD[])[]): DD[][] {
  const l: DD[][] = a.map(() => []);
  for (let j = 0; j < a.length; j++) {
    for (let i = j; i < a.length; i++) {
      let value = a[i]![j]!;
      for (let k = 0; k < j; k++) value = sub(value, mul(l[i]![k]!, l[j]![k]!));
      l[i]![j] = i === j ? sqrt(value) : div(value, l[j]![j]!);
    }
  }
  return l;
}

/** x with l l' x = b. */
export function solve(l: readonly (readonly DD[])[], b: readonly DD[]): DD[] {
  const x = [...b];
  for (let i = 0; i < x.length; i++) {
    for (let k = 0; k < i; k++) x[i] = sub(x[i]!, mul(l[i]![k]!, x[k]!));
    x[i] = div(x[i]!, l[i]![i]!);
  }
  for (let i = x.length - 1; i >= 0; i--) {
    for (let k = i + 1; k < x.length; k++) x[i] = sub(x[i]!, mul(l[k]![i]!, x[k]!));
    x[i] = div(x[i]!, l[i]![i]!);
  }
  return x;
}
