import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Scoring } from '../../src/contracts/model.ts';
import { createCore, RidgeCV, StandardScaler } from '../../src/core/index.ts';
import type { FittedRidge } from '../../src/core/index.ts';
import { relativeError } from '../reference/core.ts';

/** What scikit-learn 1.9.1 makes of the same rows: test/reference/sklearn-options.py. */
interface Fit {
  readonly scoring: Scoring | null;
  readonly alphaPerTarget: boolean;
  readonly fitIntercept: boolean;
  /** Per target. */
  readonly alpha: number[];
  readonly bestScore: number[];
  readonly coef: number[][];
  readonly intercept: number[];
  /** [targets, alphas, rows]. */
  readonly cvResults?: number[][][];
}

interface Reference {
  readonly alphas: number[];
  readonly targets: readonly { x: number[][]; y: number[][]; fits: Fit[] }[];
  readonly weights: readonly { name: string; x: number[][]; y: number[]; weights: number[]; fits: Fit[] }[];
  readonly zeroWeights: {
    readonly x: number[][];
    readonly y: number[];
    readonly weights: number[];
    readonly alpha: number;
    readonly bestScore: number;
    readonly coef: number[];
    readonly intercept: number;
    /** [alphas, rows]. */
    readonly cvResults: number[][];
  };
  readonly scalers: readonly {
    readonly x: (number | null)[][];
    readonly weights: number[];
    readonly fit: Record<'nSamplesSeen' | 'mean' | 'var' | 'scale', number[]>;
    readonly parts: Record<'nSamplesSeen' | 'mean' | 'var' | 'scale', number[]>;
  }[];
  readonly individual: { x: number[][]; y: number[][]; alphas: number[]; coef: number[][] };
}

const core = await createCore();
const file = new URL('../reference/sklearn-options.json', import.meta.url);
const reference = JSON.parse(readFileSync(file, 'utf8')) as Reference;
const { alphas, targets, weights, zeroWeights, scalers, individual } = reference;

function optionsOf({ scoring, alphaPerTarget, fitIntercept, cvResults }: Fit) {
  const storeCvResults = cvResults !== undefined;
  return { alphas, alphaPerTarget, fitIntercept, storeCvResults, ...(scoring !== null && { scoring }) };
}

/** Rows that are interpolated cost scikit-learn some digits. */
function expectFit(model: FittedRidge, fit: Fit, target: number, tolerance: number): void {
  expect(model.alpha).toBe(fit.alpha[target]);
  expect(relativeError([model.bestScore!], [fit.bestScore[target]!])).toBeLessThan(tolerance);
  expect(relativeError(model.coef, fit.coef[target]!)).toBeLessThan(tolerance);
  expect(relativeError([model.intercept], [fit.intercept[target]!])).toBeLessThan(tolerance);
  fit.cvResults?.[target]!.forEach((rows, a) => {
    const scale = Math.max(...rows.map(Math.abs));
    model.cvResults![a]!.forEach((value, i) => expect(Math.abs(value - rows[i]!) / scale).toBeLessThan(tolerance));
  });
}

describe('several targets, as scikit-learn', () => {
  it.each(targets.map((design) => [design.x[0]!.length, design.x.length, design] as const))(
    '%i x %i: alpha, score, coefficients and per-row results, by every scoring, one alpha or one each',
    (n, p, { x, y, fits }) => {
      for (const fit of fits) {
        const models = new RidgeCV(core, optionsOf(fit)).fit(x, y);
        models.forEach((model, target) => expectFit(model, fit, target, n > p ? 1e-11 : 1e-9));
      }
    },
  );

  it('a penalty for each target is a fit for each', () => {
    const { x, y, alphas: penalties, coef } = individual;
    penalties.forEach((alpha, k) => {
      expect(relativeError(new RidgeCV(core, { alpha }).fit(x, y[k]!).coef, coef[k]!)).toBeLessThan(1e-11);
    });
  });
});

describe('sample weights, as scikit-learn', () => {
  it.each(weights.map((design) => [design.name, design.x[0]!.length, design.x.length, design] as const))(
    '%s, %i x %i: alpha, score, coefficients and per-row results, by every scoring',
    (_, n, p, { x, y, weights: w, fits }) => {
      for (const fit of fits) {
        const model = new RidgeCV(core, optionsOf(fit)).fit(x, y, w);
        expectFit(model, fit, 0, n > p ? 1e-10 : 1e-8);
      }
    },
  );

  it('of 0: no error, but the row counts in the mean', () => {
    const { x, y, weights: w, alpha, bestScore, coef, intercept, cvResults } = zeroWeights;
    const model = new RidgeCV(core, { alphas, storeCvResults: true }).fit(x, y, w);
    expect(model.alpha).toBe(alpha);
    expect(
      relativeError([model.bestScore!, ...model.coef, model.intercept], [bestScore, ...coef, intercept]),
    ).toBeLessThan(1e-11);
    model.cvResults!.forEach((column, a) => expect(relativeError(column, cvResults[a]!)).toBeLessThan(1e-10));
  });

  it('in the scaler, at once and in parts, with and without missing values', () => {
    for (const { x, weights: w, fit, parts } of scalers) {
      const columns = x.map((column) => Float64Array.from(column, (value) => value ?? NaN));
      const rows = (from: number, to: number) => columns.map((column) => column.subarray(from, to));
      const whole = new StandardScaler(core).fit(columns, w);
      const grown = new StandardScaler(core).fit(rows(0, 11), w.slice(0, 11)).partialFit(rows(11, 30), w.slice(11));
      for (const [ours, theirs] of [
        [whole, fit],
        [grown, parts],
      ] as const) {
        for (const key of ['nSamplesSeen', 'mean', 'var', 'scale'] as const)
          expect(relativeError(ours[key], theirs[key])).toBeLessThan(1e-14);
      }
      expect([grown.mean, grown.var, grown.scale]).toEqual([whole.mean, whole.var, whole.scale]);
    }
  });
});
