import { describe, expect, it } from 'vitest';
import { createCore, RidgeCV, StandardScaler } from '../../src/core/index.ts';
import { StandardScaler as TableScaler } from '../../src/core/estimators/standard-scaler.ts';
import { tableFromColumns } from '../../src/data/table/from-columns.ts';
import { relativeError } from '../reference/core.ts';
import { regressionData, seeded } from '../reference/random.ts';

/** Cases of scikit-learn's own tests that no other file here has; see test/parity.md. */
const core = await createCore();

describe('test_ridge.py', () => {
  const { x, y } = regressionData(120, 4, 8);

  it('two copies of the columns share the coefficients at twice alpha (hstacked_X)', () => {
    const once = new RidgeCV(core, { alpha: 2 }).fit(x, y);
    const twice = new RidgeCV(core, { alpha: 4 }).fit([...x, ...x], y);
    expect(
      relativeError(
        twice.coef.map((value) => 2 * value),
        [...once.coef, ...once.coef],
      ),
    ).toBeLessThan(1e-12);
    expect(Math.abs(twice.intercept / once.intercept - 1)).toBeLessThan(1e-12);
  });

  it('two copies of the rows weigh as much at twice alpha (vstacked_X)', () => {
    const once = new RidgeCV(core, { alpha: 2 }).fit(x, y);
    const twice = new RidgeCV(core, { alpha: 4 }).fit(
      x.map((column) => Float64Array.of(...column, ...column)),
      Float64Array.of(...y, ...y),
    );
    expect(relativeError(twice.coef, once.coef)).toBeLessThan(1e-12);
  });

  it.each([
    ['tall', 6],
    ['wide', 24],
  ])('a row of weight 0 is none, and weights scale as alpha does, %s (sample_weight_consistency)', (_, p) => {
    const random = seeded(42);
    const rows = Array.from({ length: p }, () => random.column(12, random.uniform));
    const target = random.column(12, random.uniform).map((value, i) => (i < 7 ? value : 1000 * value));
    const weights = random.column(12, () => 0.01 + 2 * random.uniform()).fill(0, 7);
    for (const fitIntercept of [true, false]) {
      const [one, pi] = [1, Math.PI].map((alpha) => new RidgeCV(core, { alpha, fitIntercept }));
      const all = one!.fit(rows, target, weights);
      const some = one!.fit(rows.map(first), first(target), first(weights));
      const times = pi!.fit(
        rows,
        target,
        weights.map((weight) => Math.PI * weight),
      );
      for (const other of [some, times]) {
        expect(relativeError(other.coef, all.coef)).toBeLessThan(1e-10);
        expect(Math.abs(other.intercept - all.intercept)).toBeLessThan(1e-12);
      }
    }
  });

  it('a tiny alpha is least squares, a huge one the mean (regularization_limits)', () => {
    const ols = new RidgeCV(core, { alpha: 0 }).fit(x, y);
    expect(relativeError(new RidgeCV(core, { alpha: 1e-15 }).fit(x, y).coef, ols.coef)).toBeLessThan(1e-12);
    const flat = new RidgeCV(core, { alpha: 1e15 }).fit(x, y);
    expect(Math.max(...flat.coef.map(Math.abs))).toBeLessThan(1e-11);
    expect(Math.abs(flat.intercept / (y.reduce((sum, value) => sum + value) / 120) - 1)).toBeLessThan(1e-12);
  });

  it('whole numbers are numbers, among alphas and in the data (int_alphas, gcv_integer_arrays)', () => {
    const whole = [Int32Array.of(1, 2, 3, 5, 8), Uint8Array.of(1, 1, 2, 3, 9)];
    const model = new RidgeCV(core, { alphas: [1, 10, 100] }).fit(whole, Int16Array.of(1, 2, 2, 5, 7));
    const floats = new RidgeCV(core, { alphas: [1, 10, 100] }).fit(
      whole.map((column) => Float64Array.from(column)),
      [1, 2, 2, 5, 7],
    );
    expect(model.result).toEqual(floats.result);
  });

  it('per-row results are kept only when asked for, in the order of the rows (store_cv_results, cv_results_predictions)', () => {
    const alphas = [0.1, 10];
    expect(new RidgeCV(core, { alphas }).fit(x, y).cvResults).toBeUndefined();
    const squared = new RidgeCV(core, { alphas, storeCvResults: true }).fit(x, y);
    const predicted = new RidgeCV(core, { alphas, storeCvResults: true, scoring: 'r2' }).fit(x, y);
    expect(squared.cvResults!.map((column) => column.length)).toEqual([120, 120]);
    squared.cvResults!.forEach((column, a) => {
      const from = predicted.cvResults![a]!.map((value, i) => (y[i]! - value) ** 2);
      expect(relativeError(column, from)).toBeLessThan(1e-9);
      const mean = column.reduce((sum, value) => sum + value, 0) / 120;
      expect(Math.abs(mean / squared.result.mse[a]! - 1)).toBeLessThan(1e-13);
    });
  });
});

describe('test_data.py', () => {
  it.each([0, 1, 100, 0.1, 1e10 / 3])(
    'a constant column of %s has no spread with weights either (standard_scaler_constant_features)',
    (value) => {
      const random = seeded(3);
      for (const n of [10, 100, 3000]) {
        const weights = random.column(n, () => 2 * random.uniform());
        const scaler = new StandardScaler(core).fit([new Float64Array(n).fill(value)], weights);
        expect(scaler.scale[0]).toBe(1);
        expect(scaler.var[0]).toBeLessThan(1e-7);
      }
    },
  );

  it.each([1e-10, 1, 1e10])(
    'a column about %s of every width is standardised or constant by the bound (standard_scaler_near_constant_features)',
    (average) => {
      for (const n of [10, 100, 10_000]) {
        const scales = Array.from({ length: 50 }, (_, k) => 10 ** (k - 30));
        // As there: half of the rows on each side of the average.
        const columns = scales.map((width) =>
          Float64Array.from({ length: n }, (_, i) => average + (i < n / 2 ? width : -width)),
        );
        const scaler = new StandardScaler(core).fit(columns);
        scales.forEach((width, j) => {
          const bound = n * Number.EPSILON * width ** 2 + (n * Number.EPSILON * average) ** 2;
          const constant = width ** 2 <= bound || average + width === average - width;
          if (constant) expect(scaler.var[j]!, `${n} rows, width ${width}`).toBeLessThanOrEqual(bound);
          expect(scaler.scale[j], `${n} rows, width ${width}`).toBe(constant ? 1 : Math.sqrt(scaler.var[j]!));
          if (width > 1e-6 * average) expect(Math.abs(scaler.scale[j]! / width - 1)).toBeLessThan(1e-9);
        });
      }
    },
  );

  it.each([
    ['log(1e-5)', 8, Math.log(1e-5)],
    ['log(1e-5), more rows', 22, Math.log(1e-5)],
    ['1e-5', 10, 1e-5],
    ['1e10', 7, 1e10],
  ])('a constant column of %s has no spread, whatever its sum rounds to (numerical_stability)', (_, n, value) => {
    const scaler = new StandardScaler(core).fit([new Float64Array(n).fill(value)]);
    expect(scaler.scale[0]).toBe(1);
    expect(Math.abs(scaler.transform([[value]])[0]![0]!)).toBeLessThan(1e-12 * Math.max(1, Math.abs(value)));
  });

  it('rows far from zero keep their digits one by one (partial_fit_numerical_stability)', () => {
    const random = seeded(4);
    const column = random.column(2000, () => 1e8 + 1e-2 * random.normal());
    const whole = new StandardScaler(core).fit([column]);
    let grown = new StandardScaler(core).fit([column.subarray(0, 2)]);
    for (let i = 2; i < 200; i += 1) grown = grown.partialFit([column.subarray(i, i + 1)]);
    grown = grown.partialFit([column.subarray(200)]);
    expect([grown.mean, grown.var, grown.scale]).toEqual([whole.mean, whole.var, whole.scale]);
  });

  it('counts values one by one, and gives finite statistics from the first row on (transform_with_partial_fit)', () => {
    const random = seeded(2);
    const [a, b] = [random.column(50), random.column(50)];
    let grown = new StandardScaler(core).fit([a.subarray(0, 1), b.subarray(0, 1)]);
    for (let i = 1; i < 50; i += 1) {
      grown = grown.partialFit([a.subarray(i, i + 1), b.subarray(i, i + 1)]);
      expect([...grown.nSamplesSeen]).toEqual([i + 1, i + 1]);
      const rows = [a.subarray(0, i + 1), b.subarray(0, i + 1)];
      expect(grown.transform(rows)).toEqual(new StandardScaler(core).fit(rows).transform(rows));
      expect(relativeError(grown.inverseTransform(grown.transform(rows))[0]!, rows[0]!)).toBeLessThan(1e-12);
    }
  });

  it('without mean and scale changes nothing but the count (return_identity, n_samples_seen_with_nan)', async () => {
    const table = tableFromColumns({ a: Float64Array.of(0, 1, NaN, 3), b: Float64Array.of(NaN, NaN, 2, 5) });
    const scaler = await new TableScaler({ withMean: false, withStd: false }).fit(table);
    expect(scaler.state.nSamplesSeen).toEqual([3, 2]);
    expect([...(await scaler.transform(table).column('a'))]).toEqual([0, 1, NaN, 3]);
    expect(scaler.state).not.toHaveProperty('mean');
    expect(scaler.state).not.toHaveProperty('scale');
  });

  it('fit starts anew, partialFit goes on (fit_cold_start)', async () => {
    const scaler = new TableScaler();
    await scaler.fit(tableFromColumns({ a: Float64Array.of(100, 200) }));
    const second = await scaler.fit(tableFromColumns({ a: Float64Array.of(1, 3) }));
    expect(second.state).toMatchObject({ mean: [2], nSamplesSeen: [2] });
  });
});

function first(column: Float64Array): Float64Array {
  return column.subarray(0, 7);
}
