import { describe, expect, it } from 'vitest';
import { createCore, RidgeCV } from '../../src/core/index.ts';
import { fitRidge, fitScaler, relativeError } from '../reference/core.ts';
import { regressionData, seeded } from '../reference/random.ts';

const core = await createCore();

/** Designs on which a polynomial in alpha could go wrong: rows of any leverage, small singular values, both together. */
const DESIGNS: Record<string, () => { x: Float64Array[]; y: Float64Array }> = {
  ordinary: () => regressionData(3000, 6, 1),
  'one row far out': () => {
    const { x, y } = regressionData(3000, 4, 2);
    x[0]![17] = 400;
    y[17] = -50;
    return { x, y };
  },
  'leverages from 0 to 1 in one column': () => {
    const { x, y } = regressionData(2000, 3, 3);
    for (let i = 0; i < 12; i++) x[1]![100 * i] = 3 ** i;
    return { x, y };
  },
  'heavy tails': () => {
    const random = seeded(4);
    const { x, y } = regressionData(2500, 4, 4);
    return { x: x.map((column) => column.map((value) => value / (random.uniform() + 1e-4))), y };
  },
  'nearly collinear': () => {
    const random = seeded(5);
    const { x, y } = regressionData(2500, 4, 5);
    return { x: [...x, x[0]!.map((value) => value + 0.05 * random.normal())], y };
  },
  'five rows for each column': () => regressionData(105, 20, 7),
  'few rows and heavy tails': () => {
    const random = seeded(8);
    const { x, y } = regressionData(60, 8, 8);
    return { x: x.map((column) => column.map((value) => value / (random.uniform() + 1e-3))), y };
  },
  'rare categories': () => {
    const random = seeded(6);
    const { x, y } = regressionData(2500, 2, 6);
    for (let k = 1; k <= 5; k++) x.push(random.column(2500, () => (random.uniform() < 0.0005 * k ? 1 : 0)));
    return { x, y };
  },
};

describe('the sweep at nodes', () => {
  const alphas = core.logspace(-3, 1, 30);

  it.each(Object.keys(DESIGNS))('has the errors of every alpha evaluated by itself: %s', (name) => {
    const { x, y } = DESIGNS[name]!();
    const { mean, scale } = fitScaler(core, x);
    const swept = fitRidge(core, x, y, { alphas, mean, scale });
    const direct = Array.from(alphas, (alpha) => fitRidge(core, x, y, { alphas: [alpha], mean, scale }).mse[0]!);
    expect(relativeError(swept.mse, direct)).toBeLessThan(1e-12);
    expect(swept.alpha).toBe(alphas[direct.indexOf(Math.min(...direct))]);
  });

  it('is what ordinary data gets, with fewer evaluations than alphas', () => {
    const { x, y } = DESIGNS['ordinary']!();
    const fit = core.ridgeFit({ p: x.length, alphas });
    fit.push(x, y);
    fit.next();
    const { job } = fit;
    expect(job.pass === 'sweep' && job.nodes.length).toBeGreaterThan(2);
    expect(job.pass === 'sweep' && job.nodes.length).toBeLessThan(12);
  });

  it('takes more alphas than a call has arguments', () => {
    const { x, y } = DESIGNS['ordinary']!();
    const { mse } = fitRidge(core, x, y, { alphas: core.logspace(-3, 1, 200_000) });
    const ends = fitRidge(core, x, y, { alphas: [1e-3, 10] });
    expect(relativeError([mse[0]!, mse.at(-1)!], ends.mse)).toBeLessThan(1e-12);
    const folds = new RidgeCV(core, { alphas: core.logspace(-3, 1, 200_000), cv: 3 }).fit(x, y);
    expect(folds.alpha).toBe(new RidgeCV(core, { alphas: [folds.alpha, 1e-3, 10], cv: 3 }).fit(x, y).alpha);
  });
});
