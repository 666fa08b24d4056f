import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Scoring } from '../../src/contracts/model.ts';
import type { Table } from '../../src/contracts/table.ts';
import { threadServices } from '../../src/contracts/ports.ts';
import { RidgeCV, StandardScaler, tableFromColumns } from '../../src/index.ts';
import { readModel } from '../../src/core/model-read.ts';
import { writeModel } from '../../src/core/model-write.ts';
import { relativeError } from '../reference/core.ts';
import { regressionData, seeded } from '../reference/random.ts';

/** What scikit-learn 1.9.1 makes of the same rows: test/reference/sklearn-options.py. */
interface Fit {
  readonly cv: number | null;
  readonly scoring: Scoring | null;
  readonly targets: number[];
  readonly alpha: number;
  readonly bestScore: number;
  readonly coef: number[][];
  readonly intercept: number[];
  readonly r2: number;
}

const file = new URL('../reference/sklearn-options.json', import.meta.url);
const { alphas, tables: reference } = JSON.parse(readFileSync(file, 'utf8')) as {
  readonly alphas: number[];
  readonly tables: { x: number[][]; y: number[][]; weights: number[]; fits: Fit[] };
};
const features = reference.x.map((_, j) => `x${j}`);
const columns = {
  w: Float64Array.from(reference.weights),
  ...Object.fromEntries(reference.x.map((column, j) => [`x${j}`, Float64Array.from(column)])),
  ...Object.fromEntries(reference.y.map((column, j) => [`y${j}`, Float64Array.from(column)])),
};
const table = tableFromColumns(columns);

/** With rows read a few at a time. */
async function inPieces<T>(rows: number, work: () => Promise<T>): Promise<T> {
  threadServices().batchRows = rows;
  try {
    return await work();
  } finally {
    delete threadServices().batchRows;
  }
}

describe('a weights column of a table', () => {
  it.each(reference.fits.map((fit) => [fit.cv ?? 'leave-one-out', fit.scoring, fit.targets.length, fit] as const))(
    'gives what scikit-learn makes of scaler and fit: cv %s, scoring %s, %i targets',
    async (_, __, ___, fit) => {
      const options = {
        target: fit.targets.map((target) => `y${target}`),
        features,
        sampleWeight: 'w',
        alphas,
        ...(fit.cv !== null && { cv: fit.cv }),
        ...(fit.scoring !== null && { scoring: fit.scoring }),
      };
      const scaler = await new StandardScaler({ columns: features, sampleWeight: 'w' }).fit(table);
      const models = await new RidgeCV(options).fit(scaler.transform(table));
      models.forEach((model, k) => {
        const { alpha, bestScore, coef, intercept } = model.artifact;
        expect(alpha).toBe(fit.alpha);
        expect(relativeError([bestScore!], [fit.bestScore])).toBeLessThan(1e-11);
        expect(relativeError(coef, fit.targets.length === 1 ? fit.coef.flat() : fit.coef[k]!)).toBeLessThan(1e-11);
        expect(relativeError([intercept], [fit.intercept[k]!])).toBeLessThan(1e-11);
      });
      const r2 = models.reduce((sum, { artifact }) => sum + artifact.r2! / models.length, 0);
      expect(relativeError([r2], [fit.r2])).toBeLessThan(1e-11);
      const fused = await new RidgeCV({ ...options, standardize: true }).fit(table);
      fused.forEach(({ artifact }, k) => {
        for (const key of ['coef', 'coefRaw', 'mse'] as const)
          expect(relativeError(artifact[key], models[k]!.artifact[key])).toBeLessThan(1e-12);
      });
    },
  );

  it('is no feature and not standardised, and the model says which it was', async () => {
    const { x, y } = regressionData(50, 2, 1);
    const rows = tableFromColumns({ a: x[0]!, b: x[1]!, y, w: y.map((_, i) => i % 3) });
    const scaler = await new StandardScaler({ columns: ['a', 'b'], sampleWeight: 'w' }).fit(rows);
    expect(scaler.state.nSamplesSeen).toEqual([49, 49]);
    const all = await new StandardScaler({ sampleWeight: 'w' }).fit(rows.select(['a', 'b', 'w']));
    expect(all.state).toEqual(scaler.state);
    const model = await new RidgeCV({ target: 'y', sampleWeight: 'w' }).fit(scaler.transform(rows));
    expect(model.artifact).toMatchObject({ features: ['a', 'b'], sampleWeight: 'w', n: 50 });
    expect(readModel(writeModel(model.artifact), 'm.json')).toEqual(model.artifact);
    const half = (from: number, to: number): Table =>
      tableFromColumns(
        Object.fromEntries(
          ['a', 'b', 'w'].map((name, j) => [name, [...x, y.map((_, i) => i % 3)][j]!.slice(from, to)]),
        ),
      );
    const first = await new StandardScaler({ columns: ['a', 'b'], sampleWeight: 'w' }).fit(half(0, 20));
    expect((await first.partialFit(half(20, 50))).state).toEqual(scaler.state);
  });

  it('has the same bits however the rows come', async () => {
    const random = seeded(3);
    const { x, y } = regressionData(2500, 3, 4);
    const rows = tableFromColumns({ a: x[0]!, b: x[1]!, c: x[2]!, y, w: random.column(2500, random.uniform) });
    for (const options of [{}, { cv: 4 }, { scoring: 'r2' as const }]) {
      const fit = async () => {
        const scaler = await new StandardScaler({ columns: ['a', 'b', 'c'], sampleWeight: 'w' }).fit(rows);
        const ridge = new RidgeCV({ target: 'y', sampleWeight: 'w', alphas, ...options });
        return (await ridge.fit(scaler.transform(rows))).artifact;
      };
      expect(await inPieces(7, fit)).toEqual(await fit());
    }
  });

  it('that is wrong is refused by table, column and row', async () => {
    const { x, y } = regressionData(40, 1, 8);
    const ones = y.map(() => 1);
    const fit = (w: Float64Array, options = {}) => {
      const rows = tableFromColumns({ x: x[0]!, y, w }, { name: 'made.csv' });
      return inPieces(7, () => new RidgeCV({ target: 'y', sampleWeight: 'w', ...options }).fit(rows));
    };
    for (const options of [{}, { cv: 4 }, { standardize: true }, { cv: 4, standardize: true }]) {
      await expect(fit(ones.with(16, -1), options)).rejects.toThrow(
        'made.csv: column "w" must be >= 0, got -1 at row 17',
      );
      await expect(fit(ones.with(16, NaN), options)).rejects.toThrow('made.csv: column "w" has no value at row 17');
      await expect(fit(ones.with(16, Infinity), options)).rejects.toThrow(
        'made.csv: column "w" must be finite, got Infinity at row 17',
      );
      await expect(fit(new Float64Array(40), options)).rejects.toThrow(
        'made.csv: expected a weight above 0, got none in "w"',
      );
    }
    await expect(fit(ones, { features: ['x', 'w'] })).rejects.toThrow('weights "w" are among the features');
    await expect(fit(ones, { sampleWeight: 'nowhere' })).rejects.toThrow('no column "nowhere"');
    await expect(fit(ones, { sampleWeight: 'y' })).rejects.toThrow('column "y" is named twice');
    const rows = tableFromColumns({ x: x[0]!, y, w: y.map((_, i) => 1 + (i % 2)) });
    const careless = (await new StandardScaler({ columns: ['x', 'w'] }).fit(rows)).transform(rows);
    await expect(new RidgeCV({ target: 'y', sampleWeight: 'w' }).fit(careless)).rejects.toThrow(
      'weights "w" were transformed with the features',
    );
  });
});
