import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Table } from '../../src/contracts/table.ts';
import { OneHotEncoder } from '../../src/core/estimators/one-hot-encoder.ts';
import { RidgeCV } from '../../src/core/estimators/ridge-cv.ts';
import { SimpleImputer } from '../../src/core/estimators/simple-imputer.ts';
import { StandardScaler } from '../../src/core/estimators/standard-scaler.ts';
import { writeModel } from '../../src/core/model-write.ts';
import { RidgeModel } from '../../src/core/ridge-model.ts';
import { openPath, tableFromColumns } from '../../src/data/table/index.ts';
import { skipOrFail } from '../setup/skip.ts';

const rows = tableFromColumns(
  {
    size: Float64Array.of(1, 2, NaN, 4, 6),
    sex: ['m', 'f', null, 'm', 'f'],
    site: Float64Array.of(10, 2, 2, 10, NaN),
    price: Float64Array.of(3, 5, 4, 9, 11),
  },
  { name: 'rows.csv' },
);

async function values(table: Table): Promise<Record<string, number[]>> {
  const columns = table.columnNames.map(async (name) => [name, [...(await table.column(name))]] as [string, number[]]);
  return Object.fromEntries(await Promise.all(columns));
}

describe('OneHotEncoder', () => {
  it("has get_dummies' columns, names and order: the others first, categories ascending, numbers by size", async () => {
    const encoder = await new OneHotEncoder({ columns: ['site', 'sex'] }).fit(rows);
    const encoded = encoder.transform(rows);
    expect(encoded.columnNames).toEqual(['size', 'price', 'site_2', 'site_10', 'sex_f', 'sex_m']);
    expect(await values(encoded)).toMatchObject({
      price: [3, 5, 4, 9, 11],
      site_2: [0, 1, 1, 0, 0],
      site_10: [1, 0, 0, 1, 0],
      sex_f: [0, 1, 0, 0, 1],
      sex_m: [1, 0, 0, 1, 0],
    });
  });

  it('takes every text column when none is named', async () => {
    const encoder = await new OneHotEncoder().fit(rows);
    expect(encoder.state).toMatchObject({ columns: ['sex'], categories: [['f', 'm']] });
  });

  it('gives a missing value a column of its own when told', async () => {
    const encoder = await new OneHotEncoder({ dummyNa: true }).fit(rows);
    expect(await values(encoder.transform(rows))).toMatchObject({ sex_nan: [0, 0, 1, 0, 0] });
  });

  it('refuses a category it has not seen, with file, column and row, or makes it 0 in every column', async () => {
    const later = tableFromColumns({ sex: ['m', 'x'] }, { name: 'later.csv' });
    const strict = await new OneHotEncoder({ columns: ['sex'] }).fit(rows);
    await expect(strict.transform(later).column('sex_m')).rejects.toMatchObject({
      code: 'UNKNOWN_CATEGORY',
      kind: 'content',
      message: 'later.csv: column "sex" must hold a category seen in fitting, got "x" at row 2',
      remedy: expect.stringContaining('--unknown ignore') as string,
    });
    const lenient = await new OneHotEncoder({ columns: ['sex'], handleUnknown: 'ignore' }).fit(rows);
    expect(await values(lenient.transform(later))).toEqual({ sex_f: [0, 0], sex_m: [1, 0] });
  });

  it('refuses numbers where it learned text, a name that is taken, and an identifier', async () => {
    const encoder = await new OneHotEncoder({ columns: ['sex'] }).fit(rows);
    expect(() => encoder.transform(tableFromColumns({ sex: Float64Array.of(1) }))).toThrow('must hold text');
    const taken = tableFromColumns({ sex: ['m'], sex_m: Float64Array.of(1) }, { name: 'taken' });
    expect(() => encoder.transform(taken)).toThrow('taken: has a column "sex_m" already');
    const ids = tableFromColumns({ id: Array.from({ length: 1001 }, (_, i) => `id${i}`) });
    await expect(new OneHotEncoder().fit(ids)).rejects.toMatchObject({ code: 'TOO_MANY_CATEGORIES' });
  });

  it.each([Infinity, -Infinity])('refuses %s as a category: a model with it could not be read', async (value) => {
    const table = tableFromColumns({ zone: Float64Array.of(1, NaN, 2, value, 1) }, { name: 'zones.csv' });
    await expect(new OneHotEncoder({ columns: ['zone'] }).fit(table)).rejects.toMatchObject({
      code: 'NON_FINITE',
      kind: 'content',
      message: `zones.csv: column "zone" must be finite, got ${value} at row 4`,
      position: { file: 'zones.csv', column: 'zone', row: 4 },
    });
    const complete = table.dropMissing();
    await expect(new OneHotEncoder({ columns: ['zone'] }).fit(complete)).rejects.toThrow('at row 4');
  });
});

describe('a column without any value', () => {
  it('has no categories', async () => {
    const table = tableFromColumns({ g: [null, null], x: Float64Array.of(1, 2) }, { name: 'g.csv' });
    await expect(new OneHotEncoder().fit(table)).rejects.toMatchObject({
      code: 'ALL_MISSING',
      message: 'g.csv: column "g" has no value at all',
    });
  });
});

describe('SimpleImputer', () => {
  it.each([
    ['mean', 13 / 4],
    ['median', 3],
  ] as const)('fills with the %s of the values that are there', async (strategy, fill) => {
    const imputer = await new SimpleImputer({ columns: ['size'], strategy }).fit(rows);
    expect(await values(imputer.transform(rows).select(['size']))).toEqual({ size: [1, 2, fill, 4, 6] });
  });

  it('takes the middle one of an odd number, sorted as numbers', async () => {
    const table = tableFromColumns({ x: Float64Array.of(100, -1, 9, NaN) });
    expect((await new SimpleImputer({ strategy: 'median' }).fit(table)).state.fill).toEqual([9]);
  });

  it('refuses an infinity with its row, and does not overflow', async () => {
    const infinite = tableFromColumns({ x: Float64Array.of(1, NaN, -Infinity) }, { name: 'x.csv' });
    const error = { code: 'NON_FINITE', position: { file: 'x.csv', column: 'x', row: 3 } };
    await expect(new SimpleImputer({ strategy: 'median' }).fit(infinite)).rejects.toMatchObject(error);
    const large = tableFromColumns({ x: Float64Array.of(1.7e308, 1.5e308) });
    expect((await new SimpleImputer({ strategy: 'median' }).fit(large)).state.fill).toEqual([1.6e308]);
  });

  it('refuses a column without any value', async () => {
    const table = tableFromColumns({ x: Float64Array.of(NaN, NaN) }, { name: 'x.csv' });
    for (const strategy of ['mean', 'median'] as const) {
      await expect(new SimpleImputer({ strategy }).fit(table)).rejects.toMatchObject({
        code: 'ALL_MISSING',
        message: 'x.csv: column "x" has no value at all',
      });
    }
  });
});

describe('R19 with a chain of several transformers', () => {
  let model: RidgeModel;
  let prepared: Table;

  beforeAll(async () => {
    const filled = (await new SimpleImputer({ columns: ['size', 'site'] }).fit(rows)).transform(rows);
    const encoded = (await new OneHotEncoder({ columns: ['sex'] }).fit(filled)).transform(filled);
    const features = ['size', 'site', 'sex_f', 'sex_m'];
    prepared = (await new StandardScaler({ columns: features }).fit(encoded)).transform(encoded);
    model = await new RidgeCV({ features, target: 'price' }).fit(prepared);
  });

  it('takes raw rows, by any way of keeping the model, to the bits of the prepared ones', async () => {
    const wanted = await model.predict(prepared).column('preds');
    expect(await model.predict(rows).column('preds')).toEqual(wanted);
    const again = await RidgeModel.read(writeModel(model.artifact), 'model.json');
    expect(await again.predict(rows).column('preds')).toEqual(wanted);
    expect(model.inputs(rows)).toEqual(['size', 'site', 'sex']);
    expect(model.inputs(prepared)).toEqual(['size', 'site', 'sex_f', 'sex_m']);
  });

  it('keeps of the chain what its features came through', async () => {
    const small = await new RidgeCV({ features: ['sex_m'], target: 'price' }).fit(prepared);
    expect(small.artifact.chain.map(({ type, columns }) => [type, columns])).toEqual([
      ['OneHotEncoder', ['sex']],
      ['StandardScaler', ['sex_m']],
    ]);
    expect(await small.predict(rows.select(['sex'])).column('preds')).toEqual(
      await small.predict(prepared).column('preds'),
    );
  });

  it('refuses a table that came a part of the way, and one that lost its memory', async () => {
    const filled = (await new SimpleImputer({ columns: ['size', 'site'] }).fit(rows)).transform(rows);
    expect(() => model.predict(filled)).toThrow(
      /part of the model's transformers only, and not through a OneHotEncoder/,
    );
    const columns = await Promise.all(model.features.map(async (name) => [name, await prepared.column(name)]));
    const forgotten = tableFromColumns(Object.fromEntries(columns) as Record<string, Float64Array>, { name: 'f.csv' });
    expect(() => model.predict(forgotten)).toThrow(
      expect.objectContaining({ code: 'ALREADY_SCALED', remedy: expect.stringContaining('--scaled') as string }),
    );
    await expect(model.predict(forgotten, { scaled: true }).column('preds')).resolves.toEqual(
      await model.predict(prepared).column('preds'),
    );
  });

  it('refuses another imputer and another encoder by name', async () => {
    const other = (await new SimpleImputer({ columns: ['size', 'site'], strategy: 'median' }).fit(rows)).transform(
      rows,
    );
    expect(() => model.predict(other)).toThrow(/missing values of column "size" were filled with another value/);
    const one = (await new OneHotEncoder({ columns: ['sex'], dummyNa: true }).fit(rows)).transform(rows);
    expect(() => model.predict(one)).toThrow(/through a OneHotEncoder \("sex"\), the model's through a SimpleImputer/);
  });
});

interface Fitted {
  readonly fill?: number[];
  readonly n: number;
  readonly alpha: number;
  readonly mse: number[];
  readonly bestScore: number;
  readonly coef: number[];
  readonly intercept: number;
  readonly preds: number[];
}

/** Made by test/reference/sklearn-possum.py with pandas 3.1.1 and scikit-learn 1.9.1. */
const reference = JSON.parse(
  readFileSync(new URL('../reference/sklearn-possum.json', import.meta.url), 'utf8'),
) as Readonly<{ features: string[]; scalerMean: number[]; scalerScale: number[]; complete: Fitted }> &
  Readonly<Record<'mean' | 'median', Fitted>>;

const dataDir = process.env['RIDGELINE_DATA_DIR'];
const possumCsv = dataDir === undefined ? undefined : join(dataDir, 'possum.csv');
const hasPossum = possumCsv !== undefined && existsSync(possumCsv);
if (!hasPossum)
  skipOrFail('possum against pandas and scikit-learn', 'set RIDGELINE_DATA_DIR to a folder with possum.csv');

function expectRelative(got: ArrayLike<number>, wanted: ArrayLike<number>): void {
  expect(got).toHaveLength(wanted.length);
  // Relative to the largest: a coefficient of a few thousandths is a difference of larger ones. The encoded columns of a
  // category add up to 1, so that the smallest alphas cost scikit-learn some digits.
  const size = Math.max(...Array.from(wanted, Math.abs));
  for (let i = 0; i < wanted.length; i += 1) expect(Math.abs(got[i]! - wanted[i]!) / size).toBeLessThan(1e-11);
}

async function expectFit(features: Table, wanted: Fitted): Promise<void> {
  const model = await new RidgeCV({ features: reference.features, target: 'taill' }).fit(features);
  const { n, alpha, mse, bestScore, coef, intercept } = model.artifact;
  expect(n).toBe(wanted.n);
  expectRelative([alpha], [wanted.alpha]);
  expectRelative(mse, wanted.mse);
  expectRelative([bestScore!], [wanted.bestScore]);
  expectRelative(coef, wanted.coef);
  expectRelative([intercept], [wanted.intercept]);
  expectRelative(await model.predict(features).column('preds'), wanted.preds);
}

describe.runIf(hasPossum)('possum, against pandas 3.1.1 and scikit-learn 1.9.1', () => {
  const NUMBERS = ['age', 'hdlngth', 'skullw', 'totlngth', 'footlgth', 'earconch', 'eye', 'chest', 'belly'];
  const encoder = new OneHotEncoder({ columns: ['site', 'Pop', 'sex'] });

  it('has the 20 features, standardised with missing values ignored, and the same fit on complete rows', async () => {
    const raw = await openPath(possumCsv!);
    const encoded = (await encoder.fit(raw)).transform(raw);
    expect(encoded.columnNames.filter((name) => name !== 'case' && name !== 'taill')).toEqual(reference.features);
    const scaler = await new StandardScaler({ columns: reference.features }).fit(encoded);
    expectRelative(scaler.state.mean!, reference.scalerMean);
    expectRelative(scaler.state.scale!, reference.scalerScale);
    await expectFit(scaler.transform(encoded).dropMissing(), reference.complete);
  });

  it.each(['mean', 'median'] as const)('fills with the %s alike', async (strategy) => {
    const raw = await openPath(possumCsv!);
    const imputer = await new SimpleImputer({ columns: NUMBERS, strategy }).fit(raw);
    expectRelative(imputer.state.fill, reference[strategy].fill!.slice(0, NUMBERS.length));
    const filled = imputer.transform(raw);
    const encoded = (await encoder.fit(filled)).transform(filled);
    const scaler = await new StandardScaler({ columns: reference.features }).fit(encoded);
    await expectFit(scaler.transform(encoded), reference[strategy]);
  });
});
