import { createHash } from 'node:crypto';
import type { Core } from '../../src/core/index.ts';
import { fitRidge, fitScaler } from './core.ts';

export interface ConformanceCase {
  readonly name: string;
  readonly n: number;
  readonly p: number;
  readonly seed: number;
  /** The last column is replaced by the sum of the first two. */
  readonly collinear: boolean;
  /** `[0]`, or absent: logspace(-3, 1, 30). */
  readonly alphas?: readonly number[];
  /** SHA-256 of the outputs as little-endian f64, one after the other. */
  readonly sha256: string;
}

/** Hash of what a core makes of one case: scaler, ridge on the fly, predictions. */
export function conformanceHash(
  core: Core,
  { n, p, seed, collinear, alphas }: Omit<ConformanceCase, 'sha256'>,
): string {
  let state = seed >>> 0;
  const next = () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  const x = Array.from({ length: p }, (_, j) => Float64Array.from({ length: n }, () => (j + 1) * (next() + j)));
  if (collinear) x[p - 1] = x[0]!.map((value, i) => value + x[1]![i]!);
  const y = Float64Array.from({ length: n }, (_, i) => x[0]![i]! - 2 * x[p - 1]![i]! + next());
  const { mean, scale } = fitScaler(core, x);
  const fitted = fitRidge(core, x, y, { alphas: alphas ?? core.logspace(-3, 1, 30), mean, scale });
  const preds = core.predict({ mean, scale, coef: fitted.coef, intercept: fitted.intercept }, x);
  const numbers = [mean, scale, fitted.mse, fitted.coef, Float64Array.of(fitted.intercept), preds];
  const hash = createHash('sha256');
  for (const values of numbers) hash.update(values);
  return hash.digest('hex');
}
