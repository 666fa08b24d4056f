import { describe, expect, it } from 'vitest';
import { createCore, RidgeCV } from '../../src/core/index.ts';
import type { Scoring } from '../../src/contracts/model.ts';
import { RidgeCV as TableRidgeCV } from '../../src/core/estimators/ridge-cv.ts';
import { writeModel } from '../../src/core/model-write.ts';
import { readModel } from '../../src/core/model-read.ts';
import { tableFromColumns } from '../../src/data/table/from-columns.ts';
import { regressionData, seeded } from '../reference/random.ts';
import { ridgeTwin } from '../reference/ridge.ts';

const core = await createCore();

/** Twelve rows with an outlier, on which the scorings differ. */
const rows = Float64Array.from({ length: 12 }, (_, i) => i);
const x = [rows.map(Math.sin), rows.map((i) => Math.cos(2 * i)), rows.map((i) => (i * i) % 7)];
const y = rows.map((i) => (i === 7 ? 40 : (i % 5) + 3 * Math.sin(i)));
const alphas = [0.01, 1, 100];

describe('scoring', () => {
  it.each<[Scoring | undefined, number, number, number[]]>([
    [undefined, 100, -142.43316111043288, [1332.1927169834248, 1353.6314711727252, 1463.8513511575977]],
    ['neg_mean_squared_error', 100, -142.43316111043288, [3.500784707292337, 3.2082689837413954, 1.73968960975881]],
    ['r2', 100, -0.18315503443085857, [3.500784707292337, 3.2082689837413954, 1.73968960975881]],
    ['neg_mean_absolute_error', 100, -6.781325649844285, [3.500784707292337, 3.2082689837413954, 1.73968960975881]],
  ])('%s chooses as scikit-learn 1.9.1', (scoring, alpha, bestScore, seventh) => {
    const model = new RidgeCV(core, { alphas, storeCvResults: true, ...(scoring && { scoring }) }).fit(x, y);
    expect(model.alpha).toBe(alpha);
    expect(Math.abs(model.bestScore! / bestScore - 1)).toBeLessThan(1e-12);
    expect(Math.max(...model.result.scores)).toBe(model.bestScore);
    model.cvResults!.forEach((column, a) => expect(Math.abs(column[7]! / seventh[a]! - 1)).toBeLessThan(1e-12));
  });

  it('by the absolute error may choose another alpha than by the squared one', () => {
    const random = seeded(1);
    const data = regressionData(60, 8, 12);
    const heavy = data.y.map((value) => value + random.normal() ** 5);
    const grid = [0.01, 0.1, 1, 10, 100, 1000];
    const twin = ridgeTwin(data.x, heavy, grid);
    const absolute = twin.map(({ errors }) => errors.reduce((sum, error) => sum + Math.abs(error), 0) / 60);
    const model = new RidgeCV(core, { alphas: grid, scoring: 'neg_mean_absolute_error' }).fit(data.x, heavy);
    expect(model.alpha).toBe(grid[absolute.indexOf(Math.min(...absolute))]);
    expect(model.alpha).not.toBe(new RidgeCV(core, { alphas: grid }).fit(data.x, heavy).alpha);
    model.result.scores.forEach((score, a) => expect(Math.abs(-score / absolute[a]! - 1)).toBeLessThan(1e-13));
    expect(model.cvResults).toBeUndefined();
  });

  it('by r2 of a constant target is 1 where every prediction is right, as scikit-learn, and takes the first alpha', () => {
    const model = new RidgeCV(core, { alphas, scoring: 'r2' }).fit(x, new Float64Array(12).fill(2.5));
    expect([model.alpha, model.bestScore]).toEqual([0.01, 1]);
  });

  it('refuses another word, alpha 0, and one row, which has no leave-one-out', () => {
    expect(() => new RidgeCV(core, { scoring: 'mse' as never })).toThrow(
      'scoring must be one of neg_mean_squared_error',
    );
    expect(() => new RidgeCV(core, { alpha: 0, scoring: 'r2' }).fit(x, y)).toThrow('need alphas > 0, got 0');
    expect(() => new RidgeCV(core, { alpha: 1, storeCvResults: true }).fit([[1]], [2])).toThrow('at least 2 rows');
  });
});

describe('over a table', () => {
  const table = tableFromColumns({ a: x[0]!, b: x[1]!, c: x[2]!, y });

  it('is kept in the model, per-row results beside it', async () => {
    const options = { target: 'y', alphas, scoring: 'neg_mean_absolute_error', storeCvResults: true } as const;
    const model = await new TableRidgeCV(options).fit(table);
    const arrays = new RidgeCV(core, options).fit(x, y);
    expect(model.cvResults).toEqual(arrays.cvResults);
    expect(model.artifact.scores).toEqual([...arrays.result.scores]);
    expect(model.artifact).toMatchObject({
      scoring: options.scoring,
      alpha: arrays.alpha,
      bestScore: arrays.bestScore,
    });
    expect(readModel(writeModel(model.artifact), 'm.json')).toEqual(model.artifact);
    expect((await new TableRidgeCV({ target: 'y', alphas }).fit(table)).artifact).not.toHaveProperty('scoring');
  });

  it('is worked out from the alpha it chose, intervals included', async () => {
    const options = { target: 'y', alphas, scoring: 'neg_mean_absolute_error', intervals: true } as const;
    const model = await new TableRidgeCV({ ...options, storeCvResults: true }).fit(table);
    const chosen = model.cvResults![alphas.indexOf(model.alpha)]!;
    const errors = y.map((value, i) => Math.abs(value - chosen[i]!)).toSorted();
    model.artifact.intervals!.jackknife.forEach((value, i) => expect(value).toBeCloseTo(errors[i]!, 11));
  });
});
