import { describe, expect, it } from 'vitest';
import { createCore, RidgeCV, StandardScaler } from '../../src/core/index.ts';
import { fitScaler, relativeError } from '../reference/core.ts';
import { regressionData, seeded } from '../reference/random.ts';
import { ridgeTwin } from '../reference/ridge.ts';

const core = await createCore();
const alphas = [1e-3, 0.1, 1, 10, 1000];

/** Each sends a fit down another path. */
const designs: Readonly<Record<string, (random: ReturnType<typeof seeded>) => Float64Array[]>> = {
  'ordinary rows, interpolated between alphas': () => regressionData(1500, 4, 1).x,
  'many columns': () => regressionData(400, 17, 2).x,
  'fewer rows than columns': () => regressionData(12, 20, 3).x,
  'nearly collinear columns': (random) => {
    const { x } = regressionData(300, 3, 4);
    return [...x, x[0]!.map((value) => value + 1e-7 * random.normal())];
  },
  'rows of leverage near 1': () => {
    const { x } = regressionData(1200, 3, 5);
    return [...x, new Float64Array(1200).fill(1, 1111, 1112)];
  },
};

/** Whole numbers, 0 among them; `repeat` gives each row as many times as it weighs. */
function weighted(x: readonly Float64Array[], random: ReturnType<typeof seeded>) {
  const n = x[0]!.length;
  const y = Float64Array.from({ length: n }, (_, i) => x.reduce((sum, column) => sum + column[i]!, random.normal()));
  const weights = random.column(n, () => random.integer(4));
  weights[n - 1] = weights[0] = 2;
  if (n > 1111) weights[1111] = 1;
  const times = Array.from(weights, (count, i) => Array.from({ length: count }, () => i)).flat();
  const repeat = (column: Float64Array): Float64Array => Float64Array.from(times, (i) => column[i]!);
  return { y, weights, repeat };
}

describe('sample weights', () => {
  it.each(Object.keys(designs))('of whole numbers are repeated rows, 0 is none: %s', (name) => {
    const random = seeded(9);
    const x = designs[name]!(random);
    const { y, weights, repeat } = weighted(x, random);
    for (const fitIntercept of [true, false]) {
      for (const alpha of [0.5, 0]) {
        if (alpha === 0 && name === 'fewer rows than columns') continue; // which solution is a matter of the rows
        const once = new RidgeCV(core, { alpha, fitIntercept }).fit(x, y, weights);
        const repeated = new RidgeCV(core, { alpha, fitIntercept }).fit(x.map(repeat), repeat(y));
        // Values sum_i w_i x_i differ in their last bits; what is solved from them differs by as much as it is hard.
        const difference = core.predict(once, x).map((value, i) => value - core.predict(repeated, x)[i]!);
        expect(Math.max(...difference.map(Math.abs))).toBeLessThan(1e-8);
      }
    }
  });

  it.each(Object.keys(designs))(
    'of any size, against rows times their roots in 31 digits, left out one by one: %s',
    (name) => {
      const random = seeded(10);
      const x = designs[name]!(random);
      const y = weighted(x, random).y;
      const weights = y.map(() => 10 ** (4 * random.uniform() - 2));
      const roots = weights.map(Math.sqrt);
      const times = (column: Float64Array) => column.map((value, i) => value * roots[i]!);
      const fitted = new RidgeCV(core, { alphas, fitIntercept: false }).fit(x, y, weights);
      const twin = ridgeTwin(x.map(times), times(y), alphas, false);
      const mse = twin.map((fit) => fit.mse);
      expect(relativeError(fitted.result.mse, mse)).toBeLessThan(1e-9);
      const chosen = twin.find(({ alpha }) => alpha === fitted.alpha)!;
      expect(relativeError(fitted.coef, chosen.coef)).toBeLessThan(1e-8);
    },
  );

  it('times a number are alphas divided by it, and all 1 are no weights', () => {
    const { x, y } = regressionData(200, 3, 6);
    const weights = y.map((_, i) => 1 + (i % 3));
    const plain = new RidgeCV(core, { alphas }).fit(x, y);
    expect(
      relativeError(
        new RidgeCV(core, { alphas }).fit(
          x,
          y,
          y.map(() => 1),
        ).coef,
        plain.coef,
      ),
    ).toBeLessThan(1e-13);
    const one = new RidgeCV(core, { alpha: 1 }).fit(x, y, weights);
    const three = new RidgeCV(core, { alpha: 3 }).fit(
      x,
      y,
      weights.map((weight) => 3 * weight),
    );
    expect(relativeError(three.coef, one.coef)).toBeLessThan(1e-13);
  });

  it('may be true and false', () => {
    const { x, y } = regressionData(30, 2, 4);
    const kept = y.map((_, i) => (i % 4 === 0 ? 0 : 1));
    const estimator = new RidgeCV(core, { scoring: 'r2', intervals: true });
    const told = estimator.fit(x, y, Array.from(kept, Boolean) as never);
    const { result, intervals } = estimator.fit(x, y, kept);
    expect({ result: told.result, intervals: told.intervals }).toEqual({ result, intervals });
  });

  it('in blocks, and through a fused scaler, come to the same', () => {
    const { x, y } = regressionData(2500, 3, 7);
    const weights = y.map((_, i) => (i * 7) % 5);
    const options = { p: 3, alphas, weighted: true, ...fitScaler(core, x) };
    const fits = [[2500], [1, 1500, 2500]].map((ends) => {
      const fit = core.ridgeFit(options);
      do {
        let from = 0;
        for (const to of ends) {
          fit.push(
            x.map((column) => column.subarray(from, to)),
            y.subarray(from, to),
            weights.subarray(from, to),
          );
          from = to;
        }
      } while (fit.next());
      return fit.finish();
    });
    expect(fits[0]).toEqual(fits[1]);
    expect(fits[0]!.n).toBe(2500);
  });

  it('that are none are refused with their row', () => {
    const { x, y } = regressionData(40, 2, 8);
    const ones = y.map(() => 1);
    const fit = (weights: Float64Array, options = {}) => new RidgeCV(core, options).fit(x, y, weights);
    expect(() => fit(ones.with(6, -1))).toThrow('weights must be >= 0, got -1 at row 7');
    expect(() => fit(ones.with(6, NaN))).toThrow('weights must be finite, got NaN at row 7');
    expect(() => fit(ones.with(6, Infinity))).toThrow('weights must be finite, got Infinity at row 7');
    expect(() => fit(ones.map(() => 0))).toThrow('expected a weight above 0, got none');
    expect(() => fit(ones.subarray(1))).toThrow('columns of one length');
    expect(() =>
      fit(
        ones.map((_, i) => (i < 8 ? 1 : 0)),
        { cv: 5 },
      ),
    ).toThrow('expected a weight above 0 in each of 5 folds, got none');
    expect(() => fit(ones.with(6, -1), { cv: 5 })).toThrow('weights must be >= 0, got -1 at row 7');
    expect(() => fit(ones.with(6, NaN), { cv: 5 })).toThrow('weights must be finite, got NaN at row 7');
    const scale = (weights: Float64Array) => new StandardScaler(core).fit(x, weights);
    expect(() => scale(ones.with(6, -1))).toThrow('weights must be >= 0, got -1 at row 7');
    expect(() => scale(ones.with(6, NaN))).toThrow('weights must be finite, got NaN at row 7');
    expect(() => new RidgeCV(core).fit([x[0]!.with(3, NaN), x[1]!], y, ones.with(3, 0))).toThrow('got NaN at row 4');
  });

  it('over folds: each is fitted and scored with them', () => {
    const random = seeded(14);
    const { x, y } = regressionData(300, 4, 15);
    const weights = random.column(300, () => random.integer(4) / 2);
    const fitted = new RidgeCV(core, { alphas, cv: 3 }).fit(x, y, weights);
    const folds = [0, 100, 200].map((from) => {
      const held = (column: Float64Array) => column.subarray(from, from + 100);
      const rest = (column: Float64Array) => column.filter((_, i) => i < from || i >= from + 100);
      return Array.from(alphas, (alpha) => {
        const model = new RidgeCV(core, { alpha }).fit(x.map(rest), rest(y), rest(weights));
        return r2(held(y), model.predict(x.map(held)), held(weights));
      });
    });
    const scores = alphas.map((_, a) => folds.reduce((sum, fold) => sum + fold[a]! / 3, 0));
    expect(relativeError(fitted.result.scores, scores)).toBeLessThan(1e-12);
    const all = new RidgeCV(core, { alpha: fitted.alpha }).fit(x, y, weights);
    expect(relativeError(fitted.coef, all.coef)).toBeLessThan(1e-12);
    expect(
      new RidgeCV(core, { alphas, cv: 3 }).fit(
        x,
        y,
        y.map(() => 1),
      ).result,
    ).toEqual(new RidgeCV(core, { alphas, cv: 3 }).fit(x, y).result);
  });

  it('come and go between parts of a scaler', () => {
    const { x } = regressionData(30, 2, 9);
    const rows = (from: number, to: number) => x.map((column) => column.subarray(from, to));
    const twos = new Float64Array(10).fill(2);
    const grown = new StandardScaler(core).fit(rows(0, 10)).partialFit(rows(10, 20), twos).partialFit(rows(20, 30));
    const whole = new StandardScaler(core).fit(
      x.map((column) => Float64Array.of(...column, ...column.subarray(10, 20))),
    );
    expect(grown.nSamplesSeen).toEqual(whole.nSamplesSeen);
    for (const key of ['mean', 'var', 'scale'] as const)
      expect(relativeError(grown[key], whole[key])).toBeLessThan(1e-13);
  });
});

function r2(truth: Float64Array, predicted: Float64Array, w: Float64Array): number {
  const sum = (value: (i: number) => number) => w.reduce((total, weight, i) => total + weight * value(i), 0);
  const mean = sum((i) => truth[i]!) / sum(() => 1);
  return 1 - sum((i) => (truth[i]! - predicted[i]!) ** 2) / sum((i) => (truth[i]! - mean) ** 2);
}
