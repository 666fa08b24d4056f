import { describe, expect, it } from 'vitest';
import { createCore, RidgeCV } from '../../src/core/index.ts';
import { fitRidge, fitScaler, relativeError } from '../reference/core.ts';
import { regressionData, seeded } from '../reference/random.ts';
import { ridgeCoefficients, ridgeTwin } from '../reference/ridge.ts';

const core = await createCore();
const ALPHAS = [1e-3, 1e-2, 0.1, 1, 10];

interface Tolerance {
  readonly mse: number;
  readonly coef: number;
}

function expectTwin(x: Float64Array[], y: Float64Array, tolerance: Tolerance, alphas = ALPHAS, fitIntercept = true) {
  const fitted = fitRidge(core, x, y, { alphas, fitIntercept });
  const twin = ridgeTwin(x, y, alphas, fitIntercept);
  const mse = twin.map((fit) => fit.mse);
  expect(relativeError(fitted.mse, mse)).toBeLessThan(tolerance.mse);
  const chosen = twin.find((fit) => fit.alpha === fitted.alpha)!;
  expect(relativeError(fitted.coef, chosen.coef)).toBeLessThan(tolerance.coef);
  return fitted;
}

/** Powers 1 to 10 of numbers in [-9, -3], as NIST's Filip has them. */
function polynomialDesign(n: number) {
  const random = seeded(5);
  const t = random.column(n, () => -9 + 6 * random.uniform());
  const powers = Array.from({ length: 10 }, (_, k) => t.map((value) => value ** (k + 1)));
  return { powers, y: t.map((value) => Math.sin(value) + 0.1 * random.normal()) };
}

/** n rows whose last column is the first with a little noise: condition about 1 / noise. */
function nearlyCollinear(noise: number) {
  const { x, y } = regressionData(500, 4, 3);
  const random = seeded(8);
  return { x: [...x, x[0]!.map((value) => value + noise * random.normal())], y };
}

const million = (value: number) => new Float64Array(1_000_000).fill(value);

describe('on hard data, against the twin', () => {
  it.each([
    [500, 8],
    [2000, 12],
  ])('ordinary data (%i x %i): leave-one-out to 1e-13', (n, p) => {
    const { x, y } = regressionData(n, p, 1);
    expect(expectTwin(x, y, { mse: 1e-14, coef: 1e-13 }).passes).toBe(2);
  });

  it.each([82, 2000])('a polynomial of degree 10 on %i rows: leave-one-out to 1e-13', (n) => {
    const { powers, y } = polynomialDesign(n);
    const standardised = [...core.transform(powers, fitScaler(core, powers))];
    expectTwin(standardised, y, { mse: 1e-13, coef: 5e-12 }, [1e-3]);
  });

  it.each([82, 20_000, 1_000_000])('a polynomial of degree 10 on %i rows: 12.5 digits of every coefficient', (n) => {
    const { powers, y } = polynomialDesign(n);
    const standardised = [...core.transform(powers, fitScaler(core, powers))];
    const { coef } = fitRidge(core, standardised, y, { alphas: [1e-3] });
    const exact = ridgeCoefficients(standardised, y, 1e-3);
    expect(Math.hypot(...coef.map((value, j) => value - exact[j]!)) / Math.hypot(...exact)).toBeLessThan(10 ** -14);
    expect(relativeError(coef, exact)).toBeLessThan(10 ** -12.5);
  });

  it.each([82, 20_000])('the same, %i rows standardised on the way in: 12.5 digits in units of the data', (n) => {
    const { powers, y } = polynomialDesign(n);
    const { coefRaw } = fitRidge(core, powers, y, { alphas: [1e-3], standardize: true });
    const exact = ridgeCoefficients(powers, y, 1e-3, fitScaler(core, powers).scale);
    expect(relativeError(coefRaw, exact)).toBeLessThan(10 ** -12.5);
  });

  it.each([1e-4, 1e-6, 1e-9])('a column that is another one and noise of %d: 1e-13', (noise) => {
    const { x, y } = nearlyCollinear(noise);
    expectTwin(x, y, { mse: 1e-13, coef: 1e-12 });
  });

  it('keeps digits where alpha is too small to help', () => {
    const { x, y } = nearlyCollinear(1e-6);
    const fitted = expectTwin(x, y, { mse: 1e-11, coef: 1e-8 }, [1e-15]);
    expect(fitted.warnings).toContain('ILL_CONDITIONED');
  });

  it('takes exact collinearity as it is', () => {
    const { x, y } = regressionData(500, 4, 3);
    const sum = x[0]!.map((value, i) => value + x[1]![i]!);
    const fitted = expectTwin([...x, sum], y, { mse: 1e-13, coef: 1e-12 });
    expect(fitted.warnings).not.toContain('ILL_CONDITIONED');
  });

  it('gives ordinary least squares of collinear columns the smallest coefficients, as scikit-learn', () => {
    const { x, y } = regressionData(300, 2, 3);
    const fitted = fitRidge(core, [x[0]!, x[1]!, x[0]!], y, { alphas: [0] });
    const [twin] = ridgeTwin(x, y, [0]);
    expect(relativeError(fitted.coef, [twin!.coef[0]! / 2, twin!.coef[1]!, twin!.coef[0]! / 2])).toBeLessThan(1e-13);
  });

  it.each([false, true])('one-hot columns of one row (standardised: %s): leverage near 1', (standardise) => {
    const { x, y } = regressionData(3000, 3, 4);
    for (const row of [1777, 5]) x.push(new Float64Array(3000).fill(1, row, row + 1));
    const columns = standardise ? [...core.transform(x, fitScaler(core, x))] : x;
    expectTwin(columns, y, { mse: 1e-13, coef: 1e-12 });
  });

  it('one-hot columns of one row, of 200,000: leverage 1 - 1e-8, leave-one-out to 1e-11', () => {
    const { x, y } = regressionData(200_000, 2, 4);
    for (const row of [177_777, 5]) x.push(new Float64Array(200_000).fill(1, row, row + 1));
    expectTwin(x, y, { mse: 1e-13, coef: 1e-12 }, [1e-8]);
  });

  it.each([false, true])(
    'categories seen once beside some seen more often (standardised: %s), in seven passes',
    (standardise) => {
      const { x, y } = regressionData(600, 3, 4);
      const random = seeded(8);
      const categories = Array.from({ length: 600 }, (_, i) => (i % 10 === 0 ? i : random.integer(9)));
      for (const category of new Set(categories))
        x.push(Float64Array.from(categories, (each) => Number(each === category)));
      const columns = standardise ? [...core.transform(x, fitScaler(core, x))] : x;
      expect(expectTwin(columns, y, { mse: 1e-13, coef: 1e-12 }).passes).toBeLessThanOrEqual(7);
    },
  );

  it('rows set aside, each across those before it and along the next', () => {
    const [p, far, rest] = [10, 1e6, 30];
    const x = Array.from({ length: p }, () => new Float64Array(p + rest));
    for (let i = 0; i < p; i++) {
      x[i]![i] = i === 0 ? far : far * Math.sqrt(0.12);
      if (i > 0) x[i - 1]![i] = far * Math.sqrt(0.88);
    }
    const random = seeded(9);
    const y = random.column(p + rest, () => 4 * random.uniform() - 2);
    const fitted = fitRidge(core, x, y, { alphas: ALPHAS, fitIntercept: false });
    const twin = ridgeTwin(x, y, ALPHAS, false);
    expect(
      relativeError(
        fitted.mse,
        twin.map(({ mse }) => mse),
      ),
    ).toBeLessThan(1e-11);
  });

  it('weights of any size', () => {
    const { x, y } = regressionData(40, 3, 4);
    const fit = (weight: number) =>
      new RidgeCV(core, { alphas: [weight] }).fit(x, y, new Float64Array(40).fill(weight));
    expect(relativeError(fit(2 ** 60).coef, fit(1).coef)).toBeLessThan(1e-13);
    const folds = (weight: number) =>
      new RidgeCV(core, { alphas: [weight], cv: 4 }).fit(x, y, new Float64Array(40).fill(weight));
    expect(relativeError(folds(2 ** 60).coef, folds(1).coef)).toBeLessThan(1e-13);
  });

  it('so many of them that the rows set aside are more than the stack takes', () => {
    const [p, n] = [360, 500];
    const x = Array.from({ length: p }, (_, j) => new Float64Array(n).fill(1, j, j + 1));
    const y = Float64Array.from({ length: n }, (_, i) => Math.sin(i));
    // Without its row a column has no coefficient: each error is the target itself.
    const expected = y.reduce((sum, value) => sum + value * value, 0) / n;
    const fitted = fitRidge(core, x, y, { alphas: [0.1, 1], fitIntercept: false });
    expect(relativeError(fitted.mse, [expected, expected])).toBeLessThan(1e-14);
  });

  it('a million equal rows: the mean, whatever the alpha', () => {
    const fitted = fitRidge(core, [million(0.1), million(-3e5)], million(0.7), { alphas: [1e-3, 1] });
    expect([...fitted.coef, fitted.intercept, ...fitted.mse]).toEqual([0, 0, 0.7, 0, 0]);
    expect(fitted.warnings).toContain('CONSTANT_FEATURE');
    const free = fitRidge(core, [million(2)], million(6), { alphas: [4], fitIntercept: false });
    expect(relativeError(free.coef, [12 / (4 + 4e-6)])).toBeLessThan(1e-13);
  });

  it.each([1e3, 1e6, 1e9])('columns %d from 0, standardised, without an intercept', (far) => {
    const random = seeded(6);
    const x = [random.column(600, () => far + random.uniform())];
    const y = random.column(600, () => 100 + random.uniform());
    const scaler = fitScaler(core, x);
    const options = { alphas: [1], fitIntercept: false };
    const fused = fitRidge(core, x, y, { ...options, standardize: true });
    const apart = fitRidge(core, [...core.transform(x, scaler)], y, options);
    expect(relativeError(fused.coef, apart.coef)).toBeLessThan(1e-11);
  });

  it('rows far out in one column', () => {
    const { x, y } = regressionData(3000, 3, 4);
    x[0]![7] = 1e7;
    x[1]![9] = -1e6;
    expectTwin(x, y, { mse: 1e-12, coef: 1e-12 });
  });

  it.each([
    [2, 1],
    [3, 5],
    [20, 20],
    [21, 20],
    [22, 20],
    [25, 20],
    [30, 28],
    [10, 40],
    [50, 49],
    [60, 55],
  ])('few rows: %i x %i, with and without intercept', (n, p) => {
    const { x, y } = regressionData(n, p, n * p);
    expectTwin(x, y, { mse: 1e-11, coef: 1e-11 });
    expectTwin(x, y, { mse: 1e-11, coef: 1e-11 }, ALPHAS, false);
  });

  it('equal rows and equal columns, more columns than rows', () => {
    const { x, y } = regressionData(30, 3, 4);
    const indicators = Array.from({ length: 30 }, (_, k) => new Float64Array(30).fill(1, k, k + 1));
    expectTwin([...x, ...x, ...indicators], y, { mse: 1e-12, coef: 1e-11 });
  });
});
