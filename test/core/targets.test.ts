import { describe, expect, it } from 'vitest';
import { createCore, RidgeCV } from '../../src/core/index.ts';
import { RidgeCV as TableRidgeCV } from '../../src/core/estimators/ridge-cv.ts';
import { tableFromColumns } from '../../src/data/table/from-columns.ts';
import { fitScaler, relativeError } from '../reference/core.ts';
import { regressionData, seeded } from '../reference/random.ts';

const core = await createCore();
const alphas = [1e-3, 0.1, 1, 10, 1000];

/** Targets that follow the columns closely, loosely and not at all: each has another best alpha. */
function targetsOf(x: readonly Float64Array[], seed: number): Float64Array[] {
  const random = seeded(seed);
  const n = x[0]!.length;
  return [0.01, 3, 300].map((noise) => {
    const slopes = x.map(() => random.normal());
    return Float64Array.from({ length: n }, (_, i) =>
      x.reduce((sum, column, j) => sum + slopes[j]! * column[i]!, 5 + noise * random.normal()),
    );
  });
}

/** What is hard: each sends a fit down another path. */
const designs: Readonly<Record<string, () => Float64Array[]>> = {
  'ordinary rows, interpolated between alphas': () => regressionData(3000, 4, 1).x,
  'many columns': () => regressionData(1500, 17, 2).x,
  'fewer rows than columns': () => regressionData(12, 20, 3).x,
  'nearly collinear columns': () => {
    const { x } = regressionData(500, 3, 4);
    const random = seeded(8);
    return [...x, x[0]!.map((value) => value + 1e-7 * random.normal())];
  },
  'rows of leverage near 1': () => {
    const { x } = regressionData(2000, 3, 5);
    return [...x, new Float64Array(2000).fill(1, 1777, 1778)];
  },
};

describe('several targets', () => {
  it.each(Object.keys(designs))('each has the bits of a fit of it alone: %s', (name) => {
    const x = designs[name]!();
    const ys = targetsOf(x, 6);
    for (const grid of [alphas, [0]]) {
      const options = { alphas: grid, alphaPerTarget: true, ...(grid.length > 1 && { storeCvResults: true }) };
      const together = new RidgeCV(core, options).fit(x, ys);
      const alone = ys.map((y) => new RidgeCV(core, options).fit(x, y));
      together.forEach((model, k) => {
        const { passes: _, ...result } = model.result;
        expect(alone[k]!.result).toMatchObject(result);
        expect(model.cvResults).toEqual(alone[k]!.cvResults);
        expect(model.predict(x)).toEqual(alone[k]!.predict(x));
      });
    }
  });

  it('standardised on the way in, refined at alpha 0, and in blocks: the same', () => {
    const { x } = regressionData(2500, 3, 7);
    const ys = targetsOf(x, 8);
    for (const grid of [alphas, [0]]) {
      const options = { p: 3, alphas: grid, ...fitScaler(core, x) };
      const together = core.ridgeFit({ ...options, targets: 3 });
      do
        for (const [a, b] of [
          [0, 700],
          [700, 2500],
        ] as const)
          together.push(
            ...([x, ys].map((all) => all.map((column) => column.subarray(a, b))) as [Float64Array[], Float64Array[]]),
          );
      while (together.next());
      const results = together.finishEach(undefined, true);
      ys.forEach((y, k) => {
        const alone = core.ridgeFit(options);
        do alone.push(x, y);
        while (alone.next());
        const { passes: _, ...result } = alone.finish();
        expect(results[k]).toMatchObject(result);
      });
    }
  });

  it('choose one alpha by the mean of their scores', () => {
    const { x } = regressionData(200, 4, 9);
    const ys = targetsOf(x, 10);
    for (const scoring of [undefined, 'r2', 'neg_mean_absolute_error'] as const) {
      const each = new RidgeCV(core, { alphas, alphaPerTarget: true, ...(scoring && { scoring }) }).fit(x, ys);
      const all = new RidgeCV(core, { alphas, ...(scoring && { scoring }) }).fit(x, ys);
      const mean = alphas.map((_, a) => each.reduce((sum, { result }) => sum + result.scores[a]!, 0) / 3);
      const best = mean.indexOf(Math.max(...mean));
      expect(new Set(each.map(({ alpha }) => alpha)).size).toBeGreaterThan(1);
      for (const model of all) {
        expect(model.alpha).toBe(alphas[best]);
        expect(relativeError(model.result.scores, mean)).toBeLessThan(1e-15);
        expect(relativeError([model.bestScore!], [mean[best]!])).toBeLessThan(1e-15);
      }
    }
  });

  it("are weighed against each other by a score of one's own", () => {
    const { x } = regressionData(200, 4, 9);
    const ys = targetsOf(x, 10);
    const fit = core.ridgeFit({ p: 4, targets: 3, alphas });
    do fit.push(x, ys);
    while (fit.next());
    const [first] = fit.finishEach((mse, target) => mse.map((error) => -error * [2, 1, 0][target]!));
    const each = fit.finishEach(undefined, true);
    const weighed = alphas.map((_, a) => -(2 * each[0]!.mse[a]! + each[1]!.mse[a]!) / 3);
    expect(relativeError(first!.scores, weighed)).toBeLessThan(1e-15);
    expect(first!.alpha).toBe(alphas[weighed.indexOf(Math.max(...weighed))]);
  });

  it('keep intervals for each', () => {
    const { x } = regressionData(60, 2, 11);
    const ys = targetsOf(x, 12);
    const together = new RidgeCV(core, { alphas, intervals: true, alphaPerTarget: true }).fit(x, ys);
    const alone = new RidgeCV(core, { alphas, intervals: true }).fit(x, ys[1]!);
    expect(together[1]!.predictInterval(x, 0.9)).toEqual(alone.predictInterval(x, 0.9));
  });

  it('name the target that holds a value that is none', () => {
    const { x, y } = regressionData(50, 2, 13);
    const bad = y.with(16, NaN);
    expect(() => new RidgeCV(core).fit(x, [y, bad])).toThrow('fit: y[1] must be finite, got NaN at row 17');
    expect(() => new RidgeCV(core).fit(x, [y, y.subarray(1)])).toThrow('columns of one length');
    expect(() => core.ridgeFit({ p: 2, targets: 0, alphas })).toThrow('expected at least one target, got 0');
  });
});

describe('several targets of a table', () => {
  const { x } = regressionData(300, 2, 14);
  const ys = targetsOf(x, 15);
  const table = tableFromColumns({ a: x[0]!, b: x[1]!, low: ys[0]!, mid: ys[1]!, high: ys[2]! });

  it('are a model each; the features are the other columns', async () => {
    const target = ['low', 'high'] as const;
    const models = await new TableRidgeCV({ target, features: ['a', 'b'], alphas, alphaPerTarget: true }).fit(table);
    for (const [k, name] of target.entries()) {
      const alone = await new TableRidgeCV({ target: name, features: ['a', 'b'], alphas }).fit(table);
      expect(models[k]!.artifact).toEqual(alone.artifact);
    }
    const [first] = await new TableRidgeCV({ target, alphas }).fit(table);
    expect(first!.features).toEqual(['a', 'b', 'mid']);
    expect(await first!.evaluate(table)).toMatchObject({ n: 300 });
  });

  const fit = (target: string[], features?: string[]) =>
    new TableRidgeCV({ target, ...(features && { features }) }).fit(table);

  it('are checked one by one', async () => {
    await expect(fit(['low', 'nothing'])).rejects.toThrow('no column "nothing"');
    await expect(fit(['low', 'low'])).rejects.toThrow('named twice');
    await expect(fit([])).rejects.toThrow('at least one column');
    await expect(fit(['low', 'a'], ['a', 'b'])).rejects.toThrow('target "a" is among the features');
  });
});
