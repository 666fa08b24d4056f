import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createCoreSync } from '../../src/core/index.ts';
import type { Core } from '../../src/core/index.ts';
import { fitRidge, fitScaler } from './core.ts';

/**
 * The conformance vectors every host and build must reproduce: `assembly/conformance.json`, shipped with the package.
 * `node --conditions=source test/reference/conformance.ts` writes it anew, for a release that changes bits on purpose.
 */
export const CONFORMANCE_FILE = new URL('../../assembly/conformance.json', import.meta.url);

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

export interface Conformance {
  readonly about: string;
  readonly coreVersion: string;
  readonly inputs: string;
  readonly outputs: string;
  readonly cases: readonly ConformanceCase[];
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

export function readConformance(): Conformance {
  return JSON.parse(readFileSync(CONFORMANCE_FILE, 'utf8')) as Conformance;
}

const CASES: readonly Omit<ConformanceCase, 'sha256'>[] = [
  { name: 'two chunks and a rest', n: 2500, p: 8, seed: 1, collinear: false },
  { name: 'wide', n: 300, p: 40, seed: 2, collinear: false },
  { name: 'more columns than rows', n: 20, p: 30, seed: 3, collinear: false },
  { name: 'collinear', n: 1500, p: 6, seed: 4, collinear: true },
  { name: 'ordinary least squares', n: 1100, p: 5, seed: 5, collinear: false, alphas: [0] },
];

if (process.argv[1] === import.meta.filename) {
  const core = createCoreSync(readFileSync(new URL('../../build/ridgeline.wasm', import.meta.url)));
  const conformance: Conformance = {
    about: 'Same inputs, same core version: same output bytes, in every host and build, streamed or whole.',
    coreVersion: core.version,
    inputs:
      'u := 1664525 u + 1013904223 mod 2^32 from u = seed; r := u / 2^32 - 0.5; x[i,j] := (j + 1) (r + j), column by column; collinear: x[,p-1] := x[,0] + x[,1]; y[i] := x[i,0] - 2 x[i,p-1] + r',
    outputs: 'mean, scale of the scaler; mse per alpha, coef, intercept of ridge on standardised columns; predictions',
    cases: CASES.map((entry) => ({ ...entry, sha256: conformanceHash(core, entry) })),
  };
  writeFileSync(CONFORMANCE_FILE, `${JSON.stringify(conformance, null, 2)}\n`);
}
