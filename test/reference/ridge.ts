import { add, dd, div, mul, sqrt, sub } from './double-double.ts';
import type { DD } from './double-double.ts';

/**
 * Ridge regression with exact leave-one-out errors, in double-double: normal equations and a Cholesky factorisation for
 * every alpha.
 *
 * @param x columns, p of length n
 * @returns per alpha: coef, intercept, and each row's leave-one-out error
 */
export function ridgeTwin(x: readonly Float64Array[], y: Float64Array, alphas: readonly number[], intercept = true) {
  const n = y.length;
  const means = x.map((column) => (intercept ? mean(column) : dd(0)));
  const yMean = intercept ? mean(y) : dd(0);
  const centred = x.map((column, j) => Array.from(column, (value) => sub(dd(value), means[j]!)));
  const target = Array.from(y, (value) => sub(dd(value), yMean));
  const gram = centred.map((a) => centred.map((b) => inner(a, b)));
  const right = centred.map((a) => inner(a, target));

  return alphas.map((alpha) => {
    const factor = cholesky(gram.map((row, j) => row.map((value, k) => (j === k ? add(value, dd(alpha)) : value))));
    const coef = solve(factor, right);
    const offset = coef.reduce((sum, b, j) => sub(sum, mul(b, means[j]!)), yMean);
    const errors = Array.from(y, (_, i) => {
      const row = centred.map((column) => column[i]!);
      const solved = solve(factor, row);
      const leverage = row.reduce((sum, v, j) => add(sum, mul(v, solved[j]!)), intercept ? div(dd(1), dd(n)) : dd(0));
      const residual = row.reduce((sum, v, j) => sub(sum, mul(v, coef[j]!)), target[i]!);
      return div(residual, sub(dd(1), leverage));
    });
    const mse = div(
      errors.reduce((sum, e) => add(sum, mul(e, e)), dd(0)),
      dd(n),
    );
    return {
      alpha,
      coef: coef.map((b) => b[0]),
      intercept: offset[0],
      errors: errors.map((e) => e[0]),
      mse: mse[0],
    };
  });
}

/**
 * Coefficients alone, for designs of many rows: the Gram is added up in flat arrays.
 *
 * @param x columns, p of length n
 */
export function ridgeCoefficients(x: readonly Float64Array[], y: Float64Array, alpha: number): number[] {
  const columns = [...x, y];
  const means = columns.map((column) => mean(column));
  const q = columns.length;
  const [gramHigh, gramLow] = [new Float64Array(q * q), new Float64Array(q * q)];
  const [high, low] = [new Float64Array(q), new Float64Array(q)];
  for (let i = 0; i < y.length; i++) {
    for (let j = 0; j < q; j++) [high[j], low[j]] = sub(dd(columns[j]![i]!), means[j]!) as [number, number];
    for (let j = 0; j < q; j++) {
      for (let k = j; k < q; k++) {
        const at = j * q + k;
        const product = mul([high[j]!, low[j]!], [high[k]!, low[k]!]);
        [gramHigh[at], gramLow[at]] = add([gramHigh[at]!, gramLow[at]!], product) as [number, number];
      }
    }
  }
  const gram = (j: number, k: number): DD => {
    const at = Math.min(j, k) * q + Math.max(j, k);
    return j === k ? add([gramHigh[at]!, gramLow[at]!], dd(alpha)) : [gramHigh[at]!, gramLow[at]!];
  };
  const factor = cholesky(x.map((_, j) => x.map((__, k) => gram(j, k))));
  return solve(
    factor,
    x.map((_, j) => gram(j, x.length)),
  ).map(([value]) => value);
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

export function mean(values: ArrayLike<number>): DD {
  let total = dd(0);
  for (let i = 0; i < values.length; i++) total = add(total, dd(values[i]!));
  return div(total, dd(values.length));
}

export function inner(a: readonly DD[], b: readonly DD[]): DD {
  return a.reduce((sum, value, i) => add(sum, mul(value, b[i]!)), dd(0));
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
