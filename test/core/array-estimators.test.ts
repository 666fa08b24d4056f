import { describe, expect, it } from 'vitest';
import { createCore, RidgeCV, StandardScaler } from '../../src/core/index.ts';
import { regressionData } from '../reference/random.ts';

const core = await createCore();
const { x, y } = regressionData(1500, 3, 2);
const rowMajor = Float64Array.from({ length: 4500 }, (_, k) => x[k % 3]![Math.floor(k / 3)]!);
const matrix = { data: rowMajor, rows: 1500, columns: 3, order: 'row' } as const;

describe('estimators over arrays', () => {
  it('give one model for columns, row-major and column-major data', () => {
    const model = new RidgeCV(core).fit(x, y);
    const columnMajor = { ...matrix, data: Float64Array.of(...x[0]!, ...x[1]!, ...x[2]!), order: 'column' } as const;
    expect(new RidgeCV(core).fit(matrix, y).result).toEqual(model.result);
    expect(new RidgeCV(core).fit(columnMajor, y).result).toEqual(model.result);
    expect(model.predict(matrix)).toEqual(model.predict(x));
    expect(model.result.alphas).toEqual(core.logspace(-3, 1, 30));
  });

  it('standardise and undo it', () => {
    const scaler = new StandardScaler(core).fit(matrix);
    const [first] = scaler.inverseTransform(scaler.transform(x));
    first!.forEach((value, i) => expect(value).toBeCloseTo(x[0]![i]!, 12));
    expect(scaler.nSamplesSeen[0]).toBe(1500);
  });

  it('fit plain arrays of numbers', () => {
    const model = new RidgeCV(core, { alpha: 0 }).fit([[1, 2, 3, 4]], [3, 5, 7, 9]);
    expect([...model.coef, model.intercept, model.predict([[10]])[0]]).toEqual([2, 1, 21]);
  });

  it('refuse a shape that is not the data, and columns beyond memory before any work', () => {
    expect(() => new RidgeCV(core).fit({ ...matrix, rows: 1499 }, y)).toThrow(
      'expected 1499 x 3 = 4497 values, got 4500',
    );
    expect(() => core.ridgeFit({ p: 100_000, alphas: [1] })).toThrow('expected at most 4096 columns, got 100000');
    expect(() => core.ridgeFit({ p: 0, alphas: [1] })).toThrow('expected at least one column, got 0');
    expect(() => new RidgeCV(core).fit([x[0]!, x[1]!.subarray(1)], y)).toThrow('columns of one length');
  });
});
