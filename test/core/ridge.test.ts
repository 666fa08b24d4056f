import { describe, expect, it } from 'vitest';
import { createCore } from '../../src/core/index.ts';
import { distance, fitRidge, fitScaler, relativeError } from '../reference/core.ts';
import { regressionData, seeded } from '../reference/random.ts';
import { refitErrors, ridgeTwin } from '../reference/ridge.ts';

const core = await createCore();
const ALPHAS = [1e-3, 0.1, 1, 10, 1000];

function expectTwin(x: Float64Array[], y: Float64Array, fitIntercept = true, tolerance = 1e-12) {
  const fitted = fitRidge(core, x, y, { alphas: ALPHAS, fitIntercept });
  const twin = ridgeTwin(x, y, ALPHAS, fitIntercept);
  expect(
    relativeError(
      fitted.mse,
      twin.map(({ mse }) => mse),
    ),
  ).toBeLessThan(tolerance);
  const best = twin.reduce((a, b) => (b.mse < a.mse ? b : a));
  expect(fitted.alpha).toBe(best.alpha);
  expect(fitted.bestScore).toBe(-Math.min(...fitted.mse));
  expect(distance(fitted.coef, best.coef)).toBeLessThan(tolerance);
  expect(distance([fitted.intercept], [best.intercept])).toBeLessThan(tolerance);
}

describe('ridge with leave-one-out', () => {
  it.each([
    [3, 1],
    [10, 3],
    [33, 5],
    [200, 8],
    [1500, 4],
    [60, 20],
  ])('agrees with its twin on %i x %i, with and without intercept', (n, p) => {
    const { x, y } = regressionData(n, p, n + p);
    expectTwin(x, y);
    expectTwin(x, y, false);
  });

  it.each([
    [5, 9],
    [20, 20],
    [21, 20],
    [12, 11],
  ])('agrees with its twin when rows are few: %i x %i', (n, p) => {
    const { x, y } = regressionData(n, p, n * p);
    expectTwin(x, y, true, 1e-10);
    expectTwin(x, y, false, 1e-10);
  });

  it('has the errors of n refits', () => {
    const { x, y } = regressionData(25, 4, 7);
    for (const alpha of [1e-3, 1, 50]) {
      const fitted = fitRidge(core, x, y, { alphas: [alpha] });
      const errors = refitErrors(x, y, alpha);
      expect(relativeError(fitted.mse, [errors.reduce((sum, e) => sum + e * e, 0) / 25])).toBeLessThan(1e-12);
    }
  });

  it('keeps its digits when columns have large means and different units', () => {
    const { x, y } = regressionData(3000, 3, 5);
    const units = [1, 1e-6, 1e7];
    const columns = x.map((column, j) => column.map((value) => (value + 300) * units[j]!));
    expectTwin(columns, y, true, 1e-10);
  });

  it('gives a constant column the coefficient 0 and says so', () => {
    const { x, y } = regressionData(100, 2, 3);
    const fitted = fitRidge(core, [x[0]!, new Float64Array(100).fill(7), x[1]!], y, { alphas: [1] });
    const without = fitRidge(core, x, y, { alphas: [1] });
    expect(fitted.coef[1]).toBe(0);
    expect(relativeError([fitted.coef[0]!, fitted.coef[2]!], without.coef)).toBeLessThan(1e-13);
    expect(fitted.warnings).toContain('CONSTANT_FEATURE');
  });

  it('splits the weight of two equal columns', () => {
    const { x, y } = regressionData(100, 2, 4);
    const fitted = fitRidge(core, [x[0]!, x[1]!, x[0]!], y, { alphas: [0.5, 5] });
    expect(relativeError([fitted.coef[0]!], [fitted.coef[2]!])).toBeLessThan(1e-12);
    expectTwin([x[0]!, x[1]!, x[0]!], y, true, 1e-11);
  });

  it('predicts a constant target by its mean', () => {
    const { x } = regressionData(50, 3, 9);
    const fitted = fitRidge(core, x, new Float64Array(50).fill(2.5), { alphas: [1, 2] });
    expect([...fitted.coef]).toEqual([0, 0, 0]);
    expect(fitted.intercept).toBe(2.5);
    expect([...fitted.mse]).toEqual([0, 0]);
    expect(fitted.alpha).toBe(1);
  });

  it('takes alpha = 0 as ordinary least squares, without a score', () => {
    const { x, y } = regressionData(40, 3, 11);
    const fitted = fitRidge(core, x, y, { alphas: [0] });
    const [twin] = ridgeTwin(x, y, [0]);
    expect(relativeError(fitted.coef, twin!.coef)).toBeLessThan(1e-13);
    expect(fitted.mse).toHaveLength(0);
    expect(fitted.bestScore).toBeNull();
  });

  it('fits one row at one alpha, and refuses to choose among several by leaving it out', () => {
    const x = [Float64Array.of(3)];
    const y = Float64Array.of(5);
    const fitted = fitRidge(core, x, y, { alphas: [1] });
    expect([...fitted.coef, fitted.intercept, fitted.bestScore]).toEqual([0, 5, null]);
    expect(() => fitRidge(core, x, y, { alphas: [1, 2] })).toThrow('leave-one-out needs at least 2 rows, got 1');
  });

  it('says when the best alpha is at the edge of the grid', () => {
    const { x, y } = regressionData(200, 2, 1);
    expect(fitRidge(core, x, y, { alphas: [100, 1000] }).warnings).toContain('ALPHA_AT_GRID_EDGE');
    expect(fitRidge(core, x, y, { alphas: [100] }).warnings).not.toContain('ALPHA_AT_GRID_EDGE');
  });

  it.each([
    [NaN, 'NaN'],
    [Infinity, 'Infinity'],
  ])('refuses %d with its row and column', (bad, text) => {
    const { x, y } = regressionData(2000, 2, 2);
    const options = { alphas: [1], features: ['a', 'b'], target: 'price' };
    const spoilt = Float64Array.from(x[1]!).fill(bad, 1500, 1501);
    expect(() => fitRidge(core, [x[0]!, spoilt], y, options)).toThrow(
      `fit: column "b" must be finite, got ${text} at row 1501`,
    );
    expect(() => fitRidge(core, x, Float64Array.from(y).fill(bad, 3, 4), options)).toThrow(
      `fit: column "price" must be finite, got ${text} at row 4`,
    );
  });

  it.each([[[]], [[-1]], [[NaN]], [[0, 1]], [[1, Infinity]]])('refuses the alphas %j', (alphas) => {
    expect(() => core.ridgeFit({ p: 1, alphas })).toThrow('alphas must be finite and > 0');
  });

  it('leaves nothing allocated after an error', () => {
    const { x, y } = regressionData(300, 2, 2);
    const spoilt = [x[0]!, new Float64Array(300).fill(NaN)];
    const before = fitRidge(core, x, y, { alphas: [1] });
    for (let i = 0; i < 2000; i++) {
      const fit = core.ridgeFit({ p: 2, alphas: [1] });
      fit.push(spoilt, y);
      expect(() => fit.next()).toThrow('must be finite');
    }
    expect(fitRidge(core, x, y, { alphas: [1] })).toEqual(before);
  });

  it.each([true, false])(
    'fits the scaler on the way, with its bits and those of a fit through it (intercept: %s)',
    (fitIntercept) => {
      const { x, y } = regressionData(2500, 3, 9);
      const raw = [
        ...x.map((column, j) => column.map((value) => 1000 * j + 17 * value)),
        new Float64Array(2500).fill(0.3),
      ];
      const fit = core.ridgeFit({ p: 4, alphas: ALPHAS, fitIntercept, standardize: true });
      do fit.push(raw, y);
      while (fit.next());
      const scaler = fitScaler(core, raw);
      expect(fit.scaler).toEqual(scaler);
      const { mean, scale } = scaler;
      const through = fitRidge(core, raw, y, { alphas: ALPHAS, fitIntercept, mean, scale });
      expect(fit.finish()).toEqual(through);
      const apart = fitRidge(core, [...core.transform(raw, { mean, scale })], y, { alphas: ALPHAS, fitIntercept });
      expect(relativeError(through.mse, apart.mse)).toBeLessThan(1e-13);
      expect(distance(through.coef, apart.coef)).toBeLessThan(1e-13);
    },
  );

  it('sees raw columns through a scaler as it sees standardised ones', () => {
    const random = seeded(6);
    const { x, y } = regressionData(2500, 3, 8);
    const raw = x.map((column) => column.map((value) => 100 + 17 * value + random.uniform()));
    const { mean, scale } = fitScaler(core, raw);
    const fused = fitRidge(core, raw, y, { alphas: ALPHAS, mean, scale });
    const { coefRaw, interceptRaw } = fused;
    const standardised = fitRidge(core, [...core.transform(raw, { mean, scale })], y, { alphas: ALPHAS });
    for (const field of ['mse', 'coef'] as const) {
      expect(relativeError(fused[field], standardised[field])).toBeLessThan(1e-13);
    }
    expect(fused.alpha).toBe(standardised.alpha);
    const predicted = core.predict(fused, core.transform(raw, { mean, scale }));
    expect(relativeError(core.predict({ coef: coefRaw, intercept: interceptRaw }, raw), predicted)).toBeLessThan(1e-11);
  });
});
