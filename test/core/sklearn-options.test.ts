import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Scoring } from '../../src/contracts/model.ts';
import { createCore, RidgeCV } from '../../src/core/index.ts';
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
  readonly individual: { x: number[][]; y: number[][]; alphas: number[]; coef: number[][] };
}

const core = await createCore();
const file = new URL('../reference/sklearn-options.json', import.meta.url);
const { alphas, targets, individual } = JSON.parse(readFileSync(file, 'utf8')) as Reference;

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
