import { beforeAll, describe, expect, it } from 'vitest';
import { RidgeCV } from '../../src/core/array-estimators.ts';
import type { FittedRidge } from '../../src/core/array-estimators.ts';
import type { Core } from '../../src/core/core.ts';
import { defaultCore } from '../../src/core/default-core.ts';
import { JACKKNIFE_PLUS_VALUES, JACKKNIFE_VALUES } from '../../src/core/interval-fit.ts';
import type { IntervalMethod } from '../../src/core/interval-predict.ts';
import { orderStatistic } from '../../src/core/order-statistic.ts';
import { regressionData, seeded } from '../reference/random.ts';

let core: Core;
beforeAll(async () => {
  core = await defaultCore();
});

const without = (values: ArrayLike<number>, row: number): Float64Array =>
  Float64Array.from(values).filter((_, i) => i !== row);

/** Of noise, with intervals. */
const fitNoise = (n: number, weights?: Float64Array): FittedRidge =>
  new RidgeCV(core, { alpha: 1, intervals: true }).fit([seeded(10).column(n)], seeded(9).column(n), weights);

/** Half of a jackknife's interval at x = 0. */
const width = (fitted: FittedRidge, level: number): number =>
  fitted.predictInterval([[0]], level, 'jackknife').upper[0]! - fitted.predict([[0]])[0]!;

/** The n fits one by one: prediction of each at the row it leaves out, and at other rows. */
function refit(
  x: readonly Float64Array[],
  y: Float64Array,
  alpha: number,
  fitIntercept: boolean,
  at: Float64Array[],
  weights?: Float64Array,
) {
  return Array.from(y, (truth, i) => {
    const model = new RidgeCV(core, { alpha, fitIntercept }).fit(
      x.map((column) => without(column, i)),
      without(y, i),
      weights && without(weights, i),
    );
    return {
      residual: Math.abs(truth - model.predict(x.map((column) => [column[i]!]))[0]!),
      predicted: model.predict(at),
    };
  });
}

const ascending = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);

describe('leave-one-out intervals', () => {
  it.each([
    { n: 30, p: 4, alpha: 0.5, fitIntercept: true, what: 'ordinary' },
    { n: 30, p: 4, alpha: 0.5, fitIntercept: false, what: 'through the origin' },
    { n: 30, p: 4, alpha: 0, fitIntercept: true, what: 'least squares' },
    { n: 20, p: 18, alpha: 1e-3, fitIntercept: true, what: 'p near n' },
    { n: 20, p: 19, alpha: 0.1, fitIntercept: true, what: 'interpolated' },
    { n: 15, p: 40, alpha: 0.1, fitIntercept: true, what: 'fewer rows than columns' },
  ])('equal n refits to 1e-10: $what', ({ n, p, alpha, fitIntercept }) => {
    const { x, y } = regressionData(n, p, 11);
    const at = regressionData(7, p, 12).x;
    const fitted = new RidgeCV(core, { alpha, fitIntercept, intervals: true }).fit(x, y);
    const refits = refit(x, y, alpha, fitIntercept, at);
    const size = Math.max(...refits.flatMap(({ residual, predicted }) => [residual, ...predicted.map(Math.abs)]));
    const k = Math.ceil(0.8 * (n + 1));
    const q = ascending(refits.map(({ residual }) => residual))[k - 1]!;
    const plain = fitted.predictInterval(at, 0.8, 'jackknife');
    const plus = fitted.predictInterval(at, 0.8);
    fitted.predict(at).forEach((mu, row) => {
      expect(Math.abs(plain.lower[row]! - (mu - q)) / size).toBeLessThan(1e-10);
      expect(Math.abs(plain.upper[row]! - (mu + q)) / size).toBeLessThan(1e-10);
      const low = ascending(refits.map(({ residual, predicted }) => predicted[row]! - residual))[n - k]!;
      const high = ascending(refits.map(({ residual, predicted }) => predicted[row]! + residual))[k - 1]!;
      expect(Math.abs(plus.lower[row]! - low) / size).toBeLessThan(1e-10);
      expect(Math.abs(plus.upper[row]! - high) / size).toBeLessThan(1e-10);
    });
  });

  it('equal n refits to 1e-10 where a row has a column of its own', () => {
    const n = 60;
    const { x, y } = regressionData(n, 2, 21);
    const own = Float64Array.from({ length: n }, (_, i) => Number(i === 17));
    const at = [...regressionData(5, 2, 22).x, Float64Array.of(0, 0, 0, 0, 1)];
    const fitted = new RidgeCV(core, { alpha: 1e-9, intervals: true }).fit([...x, own], y);
    refit([...x, own], y, 1e-9, true, at).forEach(({ residual, predicted }, i) => {
      const { intercept, coef, residual: kept } = fitted.intervals!.jackknifePlus!;
      expect(Math.abs(kept[i]! / residual - 1)).toBeLessThan(1e-10);
      const model = { coef: coef.slice(i * 3, i * 3 + 3), intercept: intercept[i]! };
      core.predict(model, at).forEach((mu, row) => expect(Math.abs(mu - predicted[row]!)).toBeLessThan(1e-10));
    });
  });

  it.each([
    { n: 30, p: 4, alpha: 0.5, fitIntercept: true, own: false, what: 'ordinary' },
    { n: 30, p: 4, alpha: 0.5, fitIntercept: false, own: false, what: 'through the origin' },
    { n: 20, p: 19, alpha: 0.1, fitIntercept: true, own: false, what: 'interpolated' },
    { n: 15, p: 40, alpha: 0.1, fitIntercept: true, own: false, what: 'fewer rows than columns' },
    { n: 60, p: 2, alpha: 1e-9, fitIntercept: true, own: true, what: 'a row with a column of its own' },
  ])('with weights equal n weighted refits; a row of weight 0 has none: $what', (design) => {
    const { n, p, alpha, fitIntercept, own } = design;
    const { x: plain, y } = regressionData(n, p, 13);
    const x = own ? [...plain, Float64Array.from(y, (_, i) => Number(i === 17))] : plain;
    const weights = y.map((_, i) => [0, 0.3, 1, 2.5][(i * 7) % 4]! + Number(own && i === 17));
    const at = regressionData(6, x.length, 14).x;
    const counts = (_: unknown, i: number) => weights[i]! > 0;
    const refits = refit(x, y, alpha, fitIntercept, at, weights).filter(counts);
    const fitted = new RidgeCV(core, { alpha, fitIntercept, intervals: true }).fit(x, y, weights);
    const { residual, intercept, coef } = fitted.intervals!.jackknifePlus!;
    expect(residual).toHaveLength(refits.length);
    refits.forEach((fit, i) => {
      expect(Math.abs(residual[i]! / fit.residual - 1)).toBeLessThan(1e-9);
      const model = { coef: coef.slice(i * x.length, (i + 1) * x.length), intercept: intercept[i]! };
      core.predict(model, at).forEach((mu, row) => expect(Math.abs(mu - fit.predicted[row]!)).toBeLessThan(1e-9));
    });
    // Quantiles are over rows, each once, whatever it weighs.
    const rows = refits.length;
    const k = Math.ceil(0.8 * (rows + 1));
    const plus = fitted.predictInterval(at, 0.8);
    fitted.predict(at).forEach((_, row) => {
      const low = ascending(refits.map((fit) => fit.predicted[row]! - fit.residual))[rows - k]!;
      expect(Math.abs(plus.lower[row]! - low)).toBeLessThan(1e-9);
    });
    expect(() => fitted.predictInterval(at, 1 - 1 / (rows + 2))).toThrow(`got ${rows}`);
  });

  it('have the mean of squared residuals that the sweep chose alpha by', () => {
    const { x, y } = regressionData(200, 5, 3);
    const fitted = new RidgeCV(core, { intervals: true }).fit(x, y);
    const squares = fitted.intervals!.jackknife.reduce((sum, value) => sum + value * value, 0);
    expect(-squares / 200).toBeCloseTo(fitted.bestScore!, 12);
  });

  it('refuse a row that alone decides a coefficient, by its number', () => {
    const x = [Float64Array.of(0, 0, 1, 0, 0), Float64Array.of(1, 2, 3, 4, 5.5)];
    const fit = (alpha: number) => new RidgeCV(core, { alpha, intervals: true }).fit(x, [1, 2, 3, 4, 7]);
    expect(() => fit(0)).toThrow(expect.objectContaining({ code: 'LEVERAGE_ONE', position: { row: 3 } }));
    expect(fit(0.1).intervals!.jackknife).toHaveLength(5);
  });

  it('keep what is small: every residual and model up to the limits, then 1,000 residuals', () => {
    const p = 3;
    const atMost = JACKKNIFE_PLUS_VALUES / (p + 2);
    const kept = (n: number) => {
      const { x, y } = regressionData(n, p, 5);
      return { y, x, fitted: new RidgeCV(core, { alpha: 1, intervals: true }).fit(x, y) };
    };
    expect(kept(atMost).fitted.intervals!.jackknifePlus!.coef).toHaveLength(atMost * p);
    const { x, fitted } = kept(atMost + 1);
    expect(fitted.intervals!.jackknife).toHaveLength(JACKKNIFE_VALUES);
    expect(fitted.intervals!.jackknifePlus).toBeUndefined();
    expect(() => fitted.predictInterval(x, 0.9, 'jackknife+')).toThrow(
      expect.objectContaining({ code: 'NO_JACKKNIFE_PLUS', kind: 'content' }),
    );
    expect(fitted.predictInterval(x, 0.9)).toEqual(fitted.predictInterval(x, 0.9, 'jackknife'));
  });

  it('take a thinned list at the rank asked for, and round a finer level up', () => {
    const n = 4000;
    const fitted = fitNoise(n);
    const residual = ascending([...fitted.intervals!.jackknifePlus!.residual]);
    expect(width(fitted, 0.9)).toBeCloseTo(residual[Math.ceil(0.9 * (n + 1)) - 1]!, 12);
    expect(width(fitted, 0.9003)).toBeCloseTo(residual[Math.ceil(0.901 * (n + 1)) - 1]!, 12);
    expect(width(fitted, 0.9995)).toBeCloseTo(residual[n - 1]!, 12);
  });

  it('count rows that have a residual, thinned or not, those of weight 0 left out', () => {
    const thousand = fitNoise(1000);
    const residual = ascending([...thousand.intervals!.jackknifePlus!.residual]);
    expect(width(thousand, 0.9)).toBeCloseTo(residual[901 - 1]!, 12);
    // Too many rows for jackknife+, of which few count.
    const weights = Float64Array.from({ length: 40_000 }, (_, i) => (i < 1500 ? 1 : 0));
    const few = fitNoise(40_000, weights);
    expect(few.intervals).toMatchObject({ rows: 1500 });
    expect(width(few, 0.999)).toBe(width(fitNoise(1500), 0.999));
    for (const fitted of [few, fitNoise(1500)])
      expect(() => width(fitted, 0.9995)).toThrow(expect.objectContaining({ code: 'INTERVAL_UNBOUNDED' }));
  });

  it.each<[number, string]>([
    [0.96, 'INTERVAL_UNBOUNDED'],
    [0, 'BAD_INTERVAL'],
    [1, 'BAD_INTERVAL'],
    [NaN, 'BAD_INTERVAL'],
  ])('refuse level %s with %s', (level, code) => {
    const { x, y } = regressionData(19, 2, 1);
    const fitted = new RidgeCV(core, { intervals: true }).fit(x, y);
    expect(() => fitted.predictInterval(x, level)).toThrow(expect.objectContaining({ code }));
    expect(fitted.predictInterval(x, 0.95).lower.every(Number.isFinite)).toBe(true);
  });

  it('are refused without the option', () => {
    const { x, y } = regressionData(19, 2, 1);
    expect(() => new RidgeCV(core).fit(x, y).predictInterval(x, 0.9)).toThrow(
      expect.objectContaining({ code: 'NO_INTERVALS', remedy: expect.stringContaining('--intervals') as string }),
    );
  });
});

/** Share of fresh rows within their interval. */
function coverage(n: number, p: number, alpha: number, method: IntervalMethod, trials: number): number {
  let held = 0;
  const fresh = 40;
  for (let trial = 0; trial < trials; trial += 1) {
    const all = regressionData(n + fresh, p, 100 + trial);
    const train = new RidgeCV(core, { alpha, intervals: true }).fit(
      all.x.map((column) => column.subarray(0, n)),
      all.y.subarray(0, n),
    ) satisfies FittedRidge;
    const rows = all.x.map((column) => column.subarray(n));
    const { lower, upper } = train.predictInterval(rows, 0.9, method);
    for (let i = 0; i < fresh; i += 1) if (lower[i]! <= all.y[n + i]! && all.y[n + i]! <= upper[i]!) held += 1;
  }
  return held / (trials * fresh);
}

describe('coverage at nominal 0.9, by simulation', () => {
  it('is 0.9 or so by either method with many rows to a column', () => {
    for (const method of ['jackknife', 'jackknife+'] as const) {
      const share = coverage(200, 5, 1, method, 50);
      expect(share).toBeGreaterThan(0.87);
      expect(share).toBeLessThan(0.93);
    }
  });

  it('with 100 rows and 99 columns is kept by jackknife+ and missed by the jackknife', () => {
    const plain = coverage(100, 99, 1e-6, 'jackknife', 40);
    const plus = coverage(100, 99, 1e-6, 'jackknife+', 40);
    expect(plus).toBeGreaterThanOrEqual(0.8);
    expect(plain).toBeLessThan(0.8);
  });
});

it('orderStatistic is what sorting gives, ties and all', () => {
  const { integer } = seeded(4);
  for (let trial = 0; trial < 300; trial += 1) {
    const values = Float64Array.from({ length: 1 + integer(30) }, () => integer(12));
    const sorted = values.toSorted();
    const k = 1 + integer(values.length);
    expect(orderStatistic(values, k)).toBe(sorted[k - 1]);
  }
});
