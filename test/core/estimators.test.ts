import { beforeAll, describe, expect, it } from 'vitest';
import type { RidgeModelArtifact } from '../../src/contracts/model.ts';
import type { Table } from '../../src/contracts/table.ts';
import { RidgeCV } from '../../src/core/estimators/ridge-cv.ts';
import { FittedStandardScaler, StandardScaler } from '../../src/core/estimators/standard-scaler.ts';
import { RidgeModel } from '../../src/core/ridge-model.ts';
import { writeModel } from '../../src/core/model-write.ts';
import { tableFromColumns } from '../../src/data/table/from-columns.ts';

/** A seeded table of three features of very different units, a target, and a text column. */
function example(n = 200, seed = 7): Record<string, Float64Array> & { readonly price: Float64Array } {
  let state = seed;
  const uniform = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const year = Float64Array.from({ length: n }, () => 1990 + 20 * uniform());
  const size = Float64Array.from({ length: n }, () => 4 * uniform());
  const longitude = Float64Array.from({ length: n }, () => -124 + 10 * uniform());
  const price = Float64Array.from({ length: n }, (_, i) => year[i]! / 10 + size[i]! - longitude[i]! / 5 + uniform());
  return { year, size, longitude, price };
}

const FEATURES = ['year', 'size', 'longitude'];
const ridge = new RidgeCV({ features: FEATURES, target: 'price' });

async function values(table: Table, name: string): Promise<number[]> {
  return [...(await table.column(name))];
}

let raw: Table;
let scaler: FittedStandardScaler;
let scaled: Table;
let model: RidgeModel;

beforeAll(async () => {
  raw = tableFromColumns({ ...example(), town: Array.from({ length: 200 }, (_, i) => `t${i}`) }, { name: 'homes' });
  scaler = await new StandardScaler({ columns: FEATURES }).fit(raw);
  scaled = scaler.transform(raw);
  model = await ridge.fit(scaled);
});

/** The same values without any memory of how they were made, as a CSV would bring them. */
async function forget(table: Table, name = 'homes.csv'): Promise<Table> {
  const columns = Object.fromEntries(
    await Promise.all([...FEATURES, 'price'].map(async (column) => [column, await table.column(column)] as const)),
  );
  return tableFromColumns(columns, { name });
}

describe('StandardScaler over a table', () => {
  it('standardises its columns and lets the others pass', async () => {
    for (const feature of FEATURES) {
      const column = await values(scaled, feature);
      const mean = column.reduce((sum, value) => sum + value, 0) / column.length;
      const variance = column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / column.length;
      expect(mean).toBeCloseTo(0, 11);
      expect(variance).toBeCloseTo(1, 11);
    }
    expect(await values(scaled, 'price')).toEqual(await values(raw, 'price'));
    expect(scaled.columnNames).toEqual(raw.columnNames);
  });

  it('is remembered by what it made, once for every time', () => {
    expect(scaled.chain).toEqual([scaler.state]);
    expect(scaler.transform(scaled).chain).toEqual([scaler.state, scaler.state]);
  });

  it('gives the units back, and is forgotten then', async () => {
    const back = scaler.inverseTransform(scaled);
    expect(back.chain).toEqual([]);
    const [was, is] = [await values(raw, 'longitude'), await values(back, 'longitude')];
    expect(Math.max(...is.map((value, i) => Math.abs(value - was[i]!)))).toBeLessThan(1e-13 * 124);
  });

  it('ignores missing values in fitting and keeps them', async () => {
    const table = tableFromColumns({ x: Float64Array.of(1, NaN, 3) });
    const fitted = await new StandardScaler().fit(table);
    expect(fitted.state).toMatchObject({ mean: [2], scale: [1], nSamplesSeen: [2] });
    expect(await values(fitted.transform(table), 'x')).toEqual([-1, NaN, 1]);
  });

  it('takes in more tables, cut anywhere, to the bits of one fit, and leaves the scaler before as it was', async () => {
    const all = { ...example(5000) };
    all.size = all.size!.map((value, i) => (i % 7 === 0 ? NaN : value));
    const part = (from: number, to: number): Table =>
      tableFromColumns(Object.fromEntries(FEATURES.map((name) => [name, all[name]!.slice(from, to)])));
    const whole = await new StandardScaler().fit(part(0, 5000));
    const cuts = [0, 1, 900, 1024, 1024, 3000, 5000];
    let grown = await new StandardScaler().fit(part(0, 1));
    for (const [i, cut] of cuts.slice(1, -1).entries()) {
      const before = structuredClone(grown.state);
      const aside = await grown.partialFit(part(0, 3000)); // another future, of which the first knows nothing
      const next = await grown.partialFit(part(cut, cuts[i + 2]!));
      expect(grown.state).toEqual(before);
      expect(aside.state.nSamplesSeen[0]).toBe(before.nSamplesSeen[0]! + 3000);
      grown = next;
    }
    expect(grown.state).toEqual(whole.state);
    expect(grown.state.nSamplesSeen).toEqual([5000, 5000 - 715, 5000]);
  });

  it('names the row of the table that came later', async () => {
    const first = await new StandardScaler().fit(tableFromColumns({ x: example(1500).price }));
    const later = tableFromColumns(
      { x: example(2000).price.map((v, i) => (i === 1700 ? Infinity : v)) },
      { name: 'b' },
    );
    await expect(first.partialFit(later)).rejects.toThrow('b: column "x" must be finite, got Infinity at row 1701');
    await expect(first.partialFit(tableFromColumns({ z: Float64Array.of(1) }))).rejects.toMatchObject({
      code: 'UNKNOWN_COLUMN',
    });
  });

  it('knows no mean of a column without a value, and learns it from a later table', async () => {
    const none = await new StandardScaler().fit(tableFromColumns({ x: Float64Array.of(NaN, NaN) }));
    expect(none.state).toMatchObject({ nSamplesSeen: [0], mean: [NaN] });
    const some = await none.partialFit(tableFromColumns({ x: Float64Array.of(NaN, 1, 3) }));
    expect(some.state).toMatchObject({ nSamplesSeen: [2], mean: [2], var: [1], scale: [1] });
  });

  it('leaves out the mean or the scale when told', async () => {
    const table = tableFromColumns({ x: Float64Array.of(1, 5) });
    const centred = await new StandardScaler({ withStd: false }).fit(table);
    expect(centred.state).not.toHaveProperty('scale');
    expect(await values(centred.transform(table), 'x')).toEqual([-2, 2]);
    const divided = await new StandardScaler({ withMean: false }).fit(table);
    expect(await values(divided.transform(table), 'x')).toEqual([0.5, 2.5]);
  });

  it.each([
    ['a text column', {}, 'NOT_NUMERIC', 'homes: column "town" must be numeric, got Utf8'],
    ['an unknown column', { columns: ['year', 'yaer'] }, 'UNKNOWN_COLUMN', 'homes: no column "yaer"'],
    ['a column twice', { columns: ['year', 'year'] }, 'DUPLICATE_COLUMN', 'column "year" is named twice'],
  ])('refuses %s', async (_, options, code, message) => {
    await expect(new StandardScaler(options).fit(raw)).rejects.toMatchObject({
      code,
      kind: 'content',
      message: expect.stringContaining(message) as string,
    });
  });

  it('refuses an infinity with its row', async () => {
    const table = tableFromColumns({ x: Float64Array.of(1, -Infinity) }, { name: 'x.csv' });
    await expect(new StandardScaler().fit(table)).rejects.toMatchObject({
      code: 'NON_FINITE',
      message: 'x.csv: column "x" must be finite, got -Infinity at row 2',
      position: { file: 'x.csv', column: 'x', row: 2 },
    });
  });
});

describe('RidgeCV over a table', () => {
  it('knows its transformers, in the model and after a round trip through JSON', async () => {
    expect(model.artifact.chain).toEqual([scaler.state]);
    const again = await RidgeModel.read(writeModel(model.artifact), 'model.json');
    expect(again.artifact).toEqual(model.artifact);
    expect(await values(again.predict(raw), 'preds')).toEqual(await values(model.predict(raw), 'preds'));
  });

  it('says the same in the units of the data', async () => {
    const { coefRaw, interceptRaw } = model.artifact;
    const columns = await Promise.all(FEATURES.map((name) => raw.column(name)));
    const preds = await values(model.predict(raw), 'preds');
    preds.forEach((pred, i) => {
      const plain = columns.reduce((sum, column, j) => sum + coefRaw[j]! * column[i]!, interceptRaw);
      expect(Math.abs(plain - pred)).toBeLessThan(1e-11 * Math.abs(pred));
    });
  });

  it('fits a table that is standardised while it is read as one that was before', async () => {
    const columns = await Promise.all([...FEATURES, 'price'].map(async (name) => [name, await scaled.column(name)]));
    const before = tableFromColumns(Object.fromEntries(columns) as Record<string, Float64Array>, {
      chain: scaled.chain,
    });
    const { artifact } = await ridge.fit(before);
    expect(close(model.artifact)).toEqual(close(artifact));
    expect(model.artifact).toMatchObject({ alpha: artifact.alpha, chain: artifact.chain, warnings: artifact.warnings });
    const { coefRaw, interceptRaw } = artifact;
    // In the data's own units both are right, the one that saw the raw columns to the last digit.
    coefRaw.forEach((value, j) => expect(Math.abs(value / model.artifact.coefRaw[j]! - 1)).toBeLessThan(1e-14));
    expect(Math.abs(interceptRaw / model.artifact.interceptRaw - 1)).toBeLessThan(1e-13);
  });

  it('says how much of the variance it explains on its own rows', async () => {
    expect(model.artifact.r2).toBeCloseTo((await model.evaluate(raw)).r2, 13);
  });

  it('takes every other column as a feature when none are named, and refuses text among them', async () => {
    const numeric = raw.select(['year', 'size', 'longitude', 'price']);
    expect((await new RidgeCV({ target: 'price' }).fit(numeric)).features).toEqual(FEATURES);
    await expect(new RidgeCV({ target: 'price' }).fit(raw)).rejects.toMatchObject({
      code: 'NOT_NUMERIC',
      remedy: expect.stringContaining('--features') as string,
    });
  });

  it('is ordinary least squares at alpha 0, without a sweep', async () => {
    const ols = await new RidgeCV({ features: FEATURES, target: 'price', alpha: 0 }).fit(scaled);
    expect(ols.artifact).toMatchObject({ alpha: 0, alphas: [0], mse: [], bestScore: null, cv: 'none' });
    const residual = (await values(ols.predict(scaled), 'preds')).map((pred, i) => pred - example().price[i]!);
    const z = await values(scaled, 'size');
    expect(Math.abs(residual.reduce((sum, r, i) => sum + r * z[i]!, 0))).toBeLessThan(1e-10); // normal equations
  });

  it.each<[string, string, Partial<Record<string, Float64Array>>, object]>([
    ['MISSING_VALUE', 'homes.csv: column "size" has no value at row 3', { size: Float64Array.of(1, 2, NaN) }, {}],
    ['MISSING_VALUE', 'homes.csv: column "price" has no value at row 1', { price: Float64Array.of(NaN, 2, 3) }, {}],
    [
      'NON_FINITE',
      'homes.csv: column "year" must be finite, got Infinity at row 2',
      { year: Float64Array.of(1, Infinity, 3) },
      {},
    ],
    ['UNKNOWN_COLUMN', 'homes.csv: no column "rent"', {}, { target: 'rent' }],
    ['TARGET_AMONG_FEATURES', 'target "price" is among the features', {}, { features: ['price', 'size'] }],
    [
      'EMPTY_INPUT',
      'expected at least one row',
      { year: new Float64Array(), size: new Float64Array(), price: new Float64Array() },
      {},
    ],
  ])('refuses with %s: %s', async (code, message, columns, options) => {
    const three = { year: Float64Array.of(1, 2, 3), size: Float64Array.of(3, 1, 2), price: Float64Array.of(1, 2, 4) };
    const table = tableFromColumns({ ...three, ...(columns as typeof three) }, { name: 'homes.csv' });
    await expect(new RidgeCV({ target: 'price', ...options }).fit(table)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message) as string,
    });
  });

  it('refuses a target that was standardised with the features', async () => {
    const all = await new StandardScaler({ columns: [...FEATURES, 'price'] }).fit(raw);
    await expect(ridge.fit(all.transform(raw))).rejects.toMatchObject({ code: 'TARGET_TRANSFORMED' });
  });

  it('refuses alpha beside alphas', () => {
    expect(() => new RidgeCV({ target: 'y', alpha: 1, alphas: [1] })).toThrow('expected alpha or alphas, got both');
  });

  it('fits a table in several batches to the bits of one', async () => {
    const columns = example(3000);
    const whole = tableFromColumns(columns);
    const cut = new Proxy(whole, {
      get: (table, key: keyof Table) =>
        key === 'batches' ? (options: object) => table.batches({ ...options, batchRows: 7 }) : table[key],
    });
    expect((await ridge.fit(cut)).artifact).toEqual((await ridge.fit(whole)).artifact);
  });
});

describe('R19: predict takes raw columns or the very same chain, and nothing else', () => {
  it('gives the same bits for raw columns, for standardised ones that remember it, and by the plain way', async () => {
    const preds = await values(model.predict(raw), 'preds');
    expect(await values(model.predict(scaled), 'preds')).toEqual(preds);
    expect(await values(model.predict(await forget(raw)), 'preds')).toEqual(preds);
    expect(await values(model.predict(await forget(scaled), { scaled: true }), 'preds')).toEqual(preds);
  });

  it('keeps the columns of the table as they are', async () => {
    const predicted = model.predict(raw, { as: 'estimate' });
    expect(predicted.columnNames).toEqual([...raw.columnNames, 'estimate']);
    expect(await values(predicted, 'year')).toEqual(await values(raw, 'year'));
    expect(predicted.chain).toEqual([]);
    expect(model.predict(scaled).chain).toEqual([scaler.state]);
  });

  it('refuses columns of another scaler by name', async () => {
    const half = tableFromColumns(example(100));
    const other = await new StandardScaler({ columns: FEATURES }).fit(half);
    expect(() => model.predict(other.transform(raw))).toThrow(
      expect.objectContaining({
        code: 'CHAIN_MISMATCH',
        message: expect.stringMatching(/^homes: column "year" was standardised by another StandardScaler/) as string,
      }),
    );
  });

  it('refuses columns standardised twice, and standardised columns to a model of raw ones', async () => {
    expect(() => model.predict(scaler.transform(scaled))).toThrow('the model has no such step');
    const plain = await ridge.fit(raw);
    expect(() => plain.predict(scaled)).toThrow('the model was fitted on raw columns');
  });

  it('recognises standardised columns that forgot it, before the first row, unless told', async () => {
    const csv = await forget(scaled);
    await expect(model.predict(csv).column('preds')).rejects.toMatchObject({
      code: 'ALREADY_SCALED',
      kind: 'content',
      message: expect.stringContaining('homes.csv: its columns look standardised already') as string,
      remedy: 'say --scaled if they are standardised, --raw if they are not',
    });
    await expect(model.predict(csv, { scaled: false }).column('preds')).resolves.toHaveLength(200);
  });

  it('never takes honest raw rows for standardised, one row or many', async () => {
    const table = await forget(raw);
    for (const n of [1, 2, 3, 10, 200]) {
      const columns = Object.fromEntries(
        await Promise.all(FEATURES.map(async (name) => [name, (await table.column(name)).slice(0, n)] as const)),
      );
      await expect(model.predict(tableFromColumns(columns)).column('preds')).resolves.toHaveLength(n);
    }
  });

  it.each<[string, string, (table: Table) => Table, object]>([
    ['COLUMN_EXISTS', 'homes has a column "price" already'.replace(' has', ': has'), (table) => table, { as: 'price' }],
    ['UNKNOWN_COLUMN', 'homes: no columns "year", "size"', (table) => table.select(['longitude', 'price']), {}],
  ])('refuses with %s', (code, message, change, options) => {
    expect(() => model.predict(change(raw), options)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) as string }),
    );
  });

  it('refuses a missing value with its row', async () => {
    const columns = example(3);
    columns['size']![1] = NaN;
    await expect(model.predict(tableFromColumns(columns, { name: 'new.csv' })).column('preds')).rejects.toMatchObject({
      code: 'MISSING_VALUE',
      message: 'new.csv: column "size" has no value at row 2',
    });
  });
});

describe('evaluate', () => {
  it('agrees with the plain formulas', async () => {
    const preds = await values(model.predict(raw), 'preds');
    const y = [...example().price];
    const mean = y.reduce((sum, value) => sum + value, 0) / y.length;
    const residual = preds.map((pred, i) => y[i]! - pred);
    const squares = residual.reduce((sum, r) => sum + r * r, 0);
    const total = y.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const { n, r2, rmse, mae, maxError } = await model.evaluate(raw);
    expect(n).toBe(200);
    expect(r2).toBeCloseTo(1 - squares / total, 12);
    expect(rmse).toBeCloseTo(Math.sqrt(squares / 200), 12);
    expect(mae).toBeCloseTo(residual.reduce((sum, r) => sum + Math.abs(r), 0) / 200, 12);
    expect(maxError).toBe(Math.max(...residual.map(Math.abs)));
  });

  it('names a missing target', async () => {
    await expect(model.evaluate(raw.select(FEATURES))).rejects.toMatchObject({ message: 'homes: no column "price"' });
  });

  it('counts rows as the file does, where some were left out', async () => {
    const columns = FEATURES.map((name) => [name, Float64Array.of(1, 2, name === FEATURES[0] ? Infinity : 3)]);
    const price = Float64Array.of(NaN, 1, 2);
    const table = tableFromColumns({ ...Object.fromEntries(columns), price }, { name: 'new.csv' });
    await expect(model.evaluate(table.dropMissing())).rejects.toMatchObject({
      code: 'NON_FINITE',
      position: { file: 'new.csv', column: FEATURES[0], row: 3 },
    });
  });
});

/** What a fit says, to 12 digits. */
function close({ coef, intercept, mse, bestScore, r2 }: RidgeModelArtifact): unknown {
  return [...coef, intercept, ...mse, bestScore!, r2!].map((value) => Number(value.toPrecision(12)));
}
