import { describe, expect, it } from 'vitest';
import { createCore, RidgeCV, StandardScaler } from '../../src/core/index.ts';
import type { Core } from '../../src/core/index.ts';
import { RidgeCV as TableRidgeCV } from '../../src/core/estimators/ridge-cv.ts';
import { StandardScaler as TableScaler } from '../../src/core/estimators/standard-scaler.ts';
import { foldsByHash, foldsInOrder } from '../../src/core/fold-fit.ts';
import type { FoldFit } from '../../src/core/fold-fit.ts';
import { keptRange } from '../../src/core/kept-range.ts';
import { readModel } from '../../src/core/model-read.ts';
import { writeModel } from '../../src/core/model-write.ts';
import type { Scoring } from '../../src/contracts/model.ts';
import { memoryOf } from '../../src/contracts/table.ts';
import { tableFromColumns } from '../../src/data/table/from-columns.ts';
import { builds, relativeError } from '../reference/core.ts';
import { householder } from '../reference/householder.ts';
import { regressionData, seeded } from '../reference/random.ts';

const core = await createCore();

/** Twelve rows with an outlier, on which the scorings differ. */
const rows = Float64Array.from({ length: 12 }, (_, i) => i);
const x = [rows.map(Math.sin), rows.map((i) => Math.cos(2 * i)), rows.map((i) => (i * i) % 7)];
const y = rows.map((i) => (i === 7 ? 40 : (i % 5) + 3 * Math.sin(i)));

describe('cv: k', () => {
  it.each([1, 2, 3, 4, 5, 6])('takes columns that repeat others, standardised or not: %d', (seed) => {
    const random = seeded(seed);
    const { x: own, y: target } = regressionData(100, 40, seed);
    for (let j = 1; j < own.length; j++) if (random.uniform() < 0.3) own[j] = own[Math.floor(random.uniform() * j)]!;
    for (const columns of [own, new StandardScaler(core).fit(own).transform(own)]) {
      const folds = new RidgeCV(core, { cv: 5, alpha: 1 }).fit(columns, target);
      expect(relativeError(folds.coef, new RidgeCV(core, { alpha: 1 }).fit(columns, target).coef)).toBeLessThan(1e-9);
    }
  });

  it.each<[string, number[][]]>([
    [
      'two different rows',
      [
        [0.68, 0.7, 0.68, 0.68],
        [0.16, 0.41, 0.16, 0.16],
      ],
    ],
    [
      'far from 0',
      [
        [1e6, 1e6 + 1, 1e6 + 3, 1e6 + 2],
        [3e6, 3e6 + 3, 3e6 + 9, 3e6 + 6],
      ],
    ],
  ])('at alpha 0 has the least norm among all solutions: %s', (_, columns) => {
    const target = [8, 9, 5, 9];
    const { coef } = new RidgeCV(core, { cv: 2, alpha: 0 }).fit(columns, target);
    expect(relativeError(coef, new RidgeCV(core, { alpha: 0 }).fit(columns, target).coef)).toBeLessThan(1e-7);
  });

  it('says when rounding comes through in the coefficients', () => {
    const { x: own, y: target } = regressionData(50, 2, 3);
    const columns = [...own, own[0]!.map((value, i) => value + 1e-13 * own[1]![i]! ** 2)];
    const warnings = (alpha: number) => new RidgeCV(core, { cv: 5, alpha }).fit(columns, target).result.warnings;
    expect(warnings(0)).toContain('ILL_CONDITIONED');
    expect(warnings(1)).not.toContain('ILL_CONDITIONED');
  });

  // RidgeCV(alphas=[0, 0.01, 1, 100], cv=…, scoring=…, fit_intercept=…) of scikit-learn 1.9.1
  const ridge = [0.4075030103943465, 0.03409553392913038, -0.5666407982497235, 5.9273253990332275];
  const origin = [6.763568068723295, 1.0456360847670667, 0.7872084315954754, 0];
  const strong = [0.4406409539933733, 0.060113540082175676, 0.250490846926415, 0];
  it.each<[number, boolean, Scoring | undefined, number, number, number[]]>([
    [3, true, undefined, 100, -2.112442651335216, ridge],
    [3, true, 'neg_mean_squared_error', 100, -137.59887092893257, ridge],
    [3, true, 'neg_mean_absolute_error', 100, -6.330447240764226, ridge],
    [3, false, undefined, 100, -0.7429528046782045, strong],
    [3, false, 'neg_mean_squared_error', 1, -133.00669452737736, origin],
    [3, false, 'neg_mean_absolute_error', 1, -5.689755131763022, origin],
    [
      ...([5, true, undefined, 1, -241.26585169392342] as const),
      [5.595499425477563, -0.4487987575066081, -2.5241367599784503, 9.501304544266706],
    ],
    [5, true, 'neg_mean_squared_error', 100, -166.9038869441079, ridge],
    [5, true, 'neg_mean_absolute_error', 100, -7.35545169894351, ridge],
    [5, false, 'r2', 100, -64.75903837740273, strong],
    [5, false, 'neg_mean_squared_error', 1, -158.86032167590446, origin],
    [5, false, 'neg_mean_absolute_error', 100, -6.422690033356598, strong],
  ])('%i, intercept %s, %s: alpha, score and coefficients of scikit-learn', async (cv, ...rest) => {
    const [fitIntercept, scoring, alpha, bestScore, solution] = rest;
    const options = { alphas: [0, 0.01, 1, 100], cv, fitIntercept, ...(scoring && { scoring }) };
    const model = new RidgeCV(core, options).fit(x, y);
    expect(model.alpha).toBe(alpha);
    expect(Math.abs(model.bestScore! / bestScore - 1)).toBeLessThan(1e-12);
    expect(relativeError([...model.coef, model.intercept], solution)).toBeLessThan(1e-12);
    const table = tableFromColumns({ a: x[0]!, b: x[1]!, c: x[2]!, y });
    const { artifact } = await new TableRidgeCV({ target: 'y', ...options }).fit(table);
    expect(artifact).toMatchObject({ alpha, bestScore: model.bestScore, coef: [...model.coef], cv: 'k-fold' });
    expect(artifact).toMatchObject({ scoring: scoring ?? 'r2', folds: { count: cv, rows: 'in-order' } });
    expect(readModel(writeModel(artifact), 'model.json')).toEqual(artifact);
  });

  it('of several targets takes the alpha of the best mean score, as scikit-learn', () => {
    const both = new RidgeCV(core, { alphas: [0.01, 1, 100], cv: 4 }).fit(x, [y, rows.map((i) => i * i)]);
    expect(both.map(({ alpha }) => alpha)).toEqual([100, 100]);
    expect(Math.abs(both[0]!.bestScore! / -133.55373566974333 - 1)).toBeLessThan(1e-12);
    const second = [-0.9736008147722306, -0.6271616589217112, 0.47982439616970796, 41.280217653957735];
    expect(relativeError([...both[1]!.coef, both[1]!.intercept], second)).toBeLessThan(1e-12);
  });

  it.each(['r2', 'neg_mean_squared_error', 'neg_mean_absolute_error'] as const)(
    'has the scores of as many refits, by %s',
    (scoring) => {
      const { x, y } = regressionData(1003, 6, 3);
      const alphas = core.logspace(-2, 3, 8);
      const scores = new RidgeCV(core, { alphas, cv: 7, scoring }).fit(x, y).result.scores;
      expect(relativeError(scores, refits(x, y, alphas, 7, scoring))).toBeLessThan(1e-12);
    },
  );

  it('keeps 11 digits on columns of condition 1e9, and the coefficients of a fit that reads the rows again', () => {
    const random = seeded(11);
    const n = 4000;
    const base = Array.from({ length: 6 }, () => random.column(n));
    const x = [...base, base[0]!.map((value, i) => value + 1e-9 * base[1]![i]! + 1e-9 * random.normal())];
    const y = base[0]!.map((value, i) => value - base[2]![i]! + 0.1 * random.normal());
    const alphas = [1e-12, 1e-3];
    const folds = new RidgeCV(core, { alphas: [1e-3], cv: 5 }).fit(x, y);
    expect(relativeError(folds.coef, new RidgeCV(core, { alpha: 1e-3 }).fit(x, y).coef)).toBeLessThan(1e-10);
    const scores = new RidgeCV(core, { alphas, cv: 5 }).fit(x, y).result.scores;
    expect(relativeError(scores, refits(x, y, Float64Array.from(alphas), 5, 'r2'))).toBeLessThan(1e-11);
  });

  it('keeps 12 digits of the largest coefficient on a polynomial of degree 10', () => {
    const n = 20_000;
    const t = Float64Array.from({ length: n }, (_, i) => -8.8 + (5.6 * i) / n);
    const powers = Array.from({ length: 10 }, (_, j) => t.map((value) => value ** (j + 1)));
    const random = seeded(3);
    const y = t.map((value) => Math.sin(value) + 0.01 * random.normal());
    const x = new StandardScaler(core).fit(powers).transform(powers);
    const folds = new RidgeCV(core, { alpha: 1e-3, cv: 5 }).fit(x, y);
    const { coef } = new RidgeCV(core, { alpha: 1e-3 }).fit(x, y);
    const error = Math.max(...folds.coef.map((value, j) => Math.abs(value - coef[j]!)));
    expect(error / Math.max(...coef.map(Math.abs))).toBeLessThan(1e-12);
  });

  it('standardises beneath a scaler with the numbers of standardised columns, whatever was read how often', async () => {
    const data = regressionData(700, 3, 9);
    const table = tableFromColumns({ a: data.x[0]!, b: data.x[1]!.map((v) => 5e3 + v), c: data.x[2]!, y: data.y });
    const scaled = (await new TableScaler({ columns: ['a', 'b', 'c'] }).fit(table)).transform(table);
    const copied = tableFromColumns(
      Object.fromEntries(await Promise.all(['a', 'b', 'c', 'y'].map(async (c) => [c, await scaled.column(c)]))),
    );
    const fit = (rows: typeof table) => new TableRidgeCV({ target: 'y', cv: 5, scoring: 'r2' }).fit(rows);
    const [fused, plain] = [await fit(scaled), await fit(copied)];
    expect(fused.alpha).toBe(plain.alpha);
    expect(relativeError(fused.coef, plain.coef)).toBeLessThan(1e-12);
    expect(relativeError(fused.artifact.scores!, plain.artifact.scores!)).toBeLessThan(1e-12);
    const { r2 } = await fused.evaluate(table);
    expect(Math.abs(fused.artifact.r2! - r2)).toBeLessThan(1e-12);
    // A filtered table cannot say how many rows it has.
    const unknown = await fit(copied.dropMissing());
    expect(unknown.artifact).toEqual(plain.artifact);
  });

  it('passes over a constant column, says so, and fits more columns than rows', () => {
    const model = new RidgeCV(core, { cv: 3, alphas: [1, 10] }).fit([...x, new Float64Array(12).fill(0.1)], y);
    expect(model.coef[3]).toBe(0);
    expect(model.result.warnings).toContain('CONSTANT_FEATURE');
    const wide = regressionData(20, 30, 4);
    const both = new RidgeCV(core, { cv: 4, alphas: [0.1, 10], scoring: 'neg_mean_squared_error' }).fit(wide.x, wide.y);
    expect(both.result.warnings).toContain('FEWER_ROWS_THAN_COLUMNS');
    const expected = refits(wide.x, wide.y, Float64Array.of(0.1, 10), 4, 'neg_mean_squared_error');
    expect(relativeError(both.result.scores, expected)).toBeLessThan(1e-11);
  });

  it('is refused with what needs leave-one-out, of too few rows, and with other numbers than 2 to 1000', () => {
    for (const [options, message] of [
      [{ cv: 1 }, 'expected from 2 to 1000 folds, got 1'],
      [{ cv: 2.5 }, 'got 2.5'],
      [{ cv: 3, storeCvResults: true }, 'expected cv or storeCvResults, got both'],
      [{ cv: 3, intervals: true }, 'expected cv or intervals, got both'],
      [{ cv: 3, alphas: [-1, 1] }, 'alphas must be finite and >= 0, got -1'],
      [{ cv: 13 }, 'at least as many rows as folds (13), got 12'],
      [{ cv: 12 }, 'r2 needs 2 rows in every fold, got 1'],
    ] as const) {
      expect(() => new RidgeCV(core, options).fit(x, y)).toThrow(message);
    }
    const broken = x.map((column) => column.slice());
    broken[1]![4] = Number.NaN;
    expect(() => new RidgeCV(core, { cv: 3 }).fit(broken, y)).toThrow('column "1" must be finite, got NaN at row 5');
    const huge = x.map((column) => column.map((value) => value * 1e300));
    expect(() => new RidgeCV(core, { cv: 3 }).fit(huge, y)).toThrow('squares can be added up, got an overflow');
  });
});

describe('statistics of folds', () => {
  it('lose no digits behind a column whose squares are about to underflow', () => {
    const { x: own, y: target } = regressionData(100, 2, 4);
    const fit = core.foldFit({ p: 2, folds: 2, foldOf: foldsInOrder(100, 2) });
    fit.push([own[0]!.map((value) => 2e-161 * value), own[1]!, target]);
    const { r } = core.mergeRuns(fit.finish());
    const mean = own[1]!.reduce((sum, value) => sum + value, 0) / 100;
    const squares = own[1]!.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    expect(relativeError([r[1]! ** 2 + r[4]! ** 2], [squares])).toBeLessThan(1e-13);
  });

  const data = regressionData(3000, 5, 21);
  const columns = [...data.x, data.y];
  const statistics = (of: Core, pieces: readonly number[], saved = false): FoldFit => {
    const options = { p: 5, folds: 4, foldOf: foldsByHash(4) };
    let fit = of.foldFit(options);
    let from = 0;
    for (const to of [...pieces, 3000]) {
      fit.push(columns.map((column) => column.subarray(from, to)));
      from = to;
      if (!saved) continue;
      const state = fit.save();
      fit = of.foldFit({ ...options, foldOf: foldsByHash(4) });
      fit.resume(state);
    }
    return fit;
  };

  it('have the bits of one piece however the rows came, also taken up again, and in every build', () => {
    const whole = statistics(core, []);
    const random = seeded(5);
    for (let turn = 0; turn < 6; turn++) {
      const pieces = Array.from({ length: 9 }, () => random.integer(3000)).toSorted((a, b) => a - b);
      const cut = statistics(core, pieces, turn % 2 === 1);
      expect(cut.finish()).toEqual(whole.finish());
      expect(cut.save()).toEqual(whole.save());
    }
    for (const other of Object.values(builds())) expect(statistics(other, []).finish()).toEqual(whole.finish());
  });

  it('have the bits of one read when ranges of the rows are done elsewhere, after others that were kept', async () => {
    const random = seeded(8);
    const names = columns.map((_, j) => `c${j}`);
    for (let turn = 0; turn < 6; turn++) {
      const first = random.integer(400);
      const rest = tableFromColumns(Object.fromEntries(columns.map((column, j) => [names[j]!, column.slice(first)])));
      const kept = [{ p: 5, folds: 4, origin: first }];
      const table = memoryOf(rest, names)!;
      const fit = core.foldFit({ p: 5, folds: 4, foldOf: foldsByHash(4) });
      fit.push(columns.map((column) => column.subarray(0, first)));
      const cuts = Array.from({ length: 5 }, () => random.integer(3000 - first));
      const ends = [0, ...cuts, 3000 - first].toSorted((a, b) => a - b);
      for (let i = 0; i + 1 < ends.length; i++) {
        const rows = [ends[i]!, ends[i + 1]!] as const;
        const done = await keptRange(core, rest, { table, rows, kept, columns: names });
        fit.append(done.parts[0]!, done.rows);
      }
      const whole = statistics(core, []);
      expect(fit.finish()).toEqual(whole.finish());
      expect(fit.save().map(({ nodes }) => nodes)).toEqual(whole.save().map(({ nodes }) => nodes));
    }
  });

  it('are the R factor of the centred rows', () => {
    const foldOf = foldsByHash(4);
    const mine = Array.from({ length: 3000 }, (_, i) => i).filter((i) => foldOf(i) === 2);
    const centred = columns.map((column) => {
      const mean = mine.reduce((sum, i) => sum + column[i]!, 0) / mine.length;
      return mine.map((i) => column[i]! - mean);
    });
    const { r, rows } = statistics(core, []).finish()[2]!;
    expect(rows).toBe(mine.length);
    householder(centred).forEach((row, i) => {
      const sign = Math.sign(r[i * 6 + i]!);
      for (let j = i; j < 6; j++)
        expect(Math.abs(sign * r[i * 6 + j]! - row[j]!)).toBeLessThan(1e-12 * row[i]! + 1e-13);
    });
  });

  it('hash deals the rows evenly, in no order, and as before when more come', () => {
    const foldOf = foldsByHash(5);
    const folds = Array.from({ length: 50_000 }, (_, i) => foldOf(i));
    for (let i = 0; i < 50_000; i += 5) expect(new Set(folds.slice(i, i + 5)).size).toBe(5);
    const after = Array.from({ length: 25 }, () => 0);
    folds.forEach((fold, i) => (after[fold * 5 + (folds[i + 5] ?? 0)]! += 1));
    for (const count of after) expect(Math.abs(count - 2000)).toBeLessThan(250);
    expect(foldOf(7)).toBe(folds[7]);
    expect(foldOf(2 ** 40 + 3)).toBeLessThan(5);
  });
});

/** Scores of every alpha by fitting the other folds' rows anew each time. */
function refits(x: Float64Array[], y: Float64Array, alphas: Float64Array, k: number, scoring: Scoring): Float64Array {
  const foldOf = foldsInOrder(y.length, k);
  return alphas.map((alpha) => {
    let score = 0;
    for (let fold = 0; fold < k; fold++) {
      const pick = (column: Float64Array, inside: boolean) => column.filter((_, i) => (foldOf(i) === fold) === inside);
      const model = new RidgeCV(core, { alpha }).fit(
        x.map((column) => pick(column, false)),
        pick(y, false),
      );
      const truth = pick(y, true);
      const { mse, mae, r2 } = core.metrics(truth, model.predict(x.map((column) => pick(column, true))));
      score += (scoring === 'r2' ? r2 : scoring === 'neg_mean_squared_error' ? -mse : -mae) / k;
    }
    return score;
  });
}
