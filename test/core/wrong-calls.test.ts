import { describe, expect, it } from 'vitest';
import { createCore, RidgeCV, StandardScaler } from '../../src/core/index.ts';
import { RidgeCV as TableRidgeCV } from '../../src/core/estimators/ridge-cv.ts';
import { tableFromColumns } from '../../src/data/table/index.ts';

/** Calls as plain JavaScript may make them: each must be refused with what was expected, not answered with other numbers. */
const core = await createCore();
const a = [1, 2, 3, 4, 5.5];
const b = [2, 1, 0, 3, 1];
const y = [1, 2.2, 2.9, 4.3, 5];
const table = tableFromColumns({ a: Float64Array.from(a), y: Float64Array.from(y) });

describe('alphas', () => {
  it.each([
    [{ alphas: 1 }, 'alphas must be an array of numbers, got 1'],
    [{ alphas: '1' }, 'alphas must be an array of numbers, got "1"'],
    [{ alphas: true }, 'got true'],
    [{ alphas: null }, 'got null'],
    [{ alphas: 1n }, 'got 1n'],
    [{ alphas: new Set([1, 2]) }, 'got Set'],
    [{ alphas: ['1', '2'] }, 'alphas must be numbers, got "1"'],
    [{ alphas: [1, null] }, 'alphas must be numbers, got null'],
    [{ alphas: BigInt64Array.of(1n) }, 'alphas must be numbers, got 1n'],
    [{ alpha: null }, 'alphas must be numbers, got null'],
    [{ alpha: '1' }, 'alphas must be numbers, got "1"'],
    [{ alpha: true }, 'alphas must be numbers, got true'],
    [{ alpha: 1n }, 'alphas must be numbers, got 1n'],
    [{ alpha: [1, 2] }, 'alphas must be numbers, got Array'],
    [{ alpha: 1, alphas: [1] }, 'expected alpha or alphas, got both'],
  ])('that are none are no ordinary least squares: %o', async (options, message) => {
    const refused = { code: 'BAD_ALPHA', message: expect.stringContaining(message) };
    for (const cv of [{}, { cv: 2 }]) {
      const given = { ...options, ...cv } as never;
      expect(() => new RidgeCV(core, given).fit([a], y)).toThrow(expect.objectContaining(refused));
      const fit = async () => new TableRidgeCV({ target: 'y', ...(given as object) }).fit(table);
      await expect(fit()).rejects.toMatchObject(refused);
    }
  });

  it('may be one number in an array, and of any kind of array', () => {
    expect(new RidgeCV(core, { alphas: [1] }).fit([a], y).alpha).toBe(1);
    expect(new RidgeCV(core, { alphas: Float32Array.of(0.5) }).fit([a], y).alpha).toBe(0.5);
  });
});

/** @returns what an error with this code and message is equal to */
const refused = (code: string, message: string): unknown =>
  expect.objectContaining({ code, message: expect.stringContaining(message) });

describe('columns to predict or transform', () => {
  const model = new RidgeCV(core, { alpha: 1, intervals: true }).fit([a, b], y);
  const scaler = new StandardScaler(core).fit([a, b]);

  it.each([
    ['a second that is shorter', [a, [2, 1]], 'expected columns of one length, got 5 rows in "0" and 2 in "1"'],
    ['a second that is longer', [[1], b], 'got 1 rows in "0" and 5 in "1"'],
    ['one too few', [a], 'expected 2 columns, got 1'],
    ['one too many', [a, b, a], 'expected 2 columns, got 3'],
    ['a null column', [a, null], 'column "1" must be an array of numbers, got null'],
    ['a hole', [undefined, b], 'column "0" must be an array of numbers, got undefined'],
    ['numbers', a, 'column "0" must be an array of numbers, got 1'],
    ['none', null, 'expected x as an array of columns, got null'],
    ['nothing', undefined, 'expected x as an array of columns, got undefined'],
    ['text', 'ab', 'expected x as an array of columns, got "ab"'],
    ['a flat array', Float64Array.from(a), 'expected x as an array of columns, got Float64Array'],
  ])('read no memory of an earlier call: %s', (_, x, message) => {
    const error = refused('BAD_SHAPE', message);
    expect(() => model.predict(x as never)).toThrow(error);
    expect(() => model.predictInterval(x as never, 0.5)).toThrow(error);
    expect(() => scaler.transform(x as never)).toThrow(error);
    expect(() => scaler.inverseTransform(x as never)).toThrow(error);
  });

  it('are as many as there are means and scales', () => {
    const linear = { coef: [1, 1], intercept: 0 };
    const each = refused('BAD_SHAPE', 'for each of 2 columns, got 1');
    expect(() => core.predict({ ...linear, mean: [1] }, [a, b])).toThrow(each);
    expect(() => core.predict({ ...linear, scale: [1] }, [a, b])).toThrow(each);
    expect(() => core.transform([a, b], { mean: [1, 1], scale: [1] })).toThrow(each);
    expect(() => core.transform([a, b], { mean: [1] })).toThrow(refused('BAD_SHAPE', 'expected 1 columns, got 2'));
    expect(() => core.inverseTransform([a], { scale: [1, 2] })).toThrow(
      refused('BAD_SHAPE', 'expected 2 columns, got 1'),
    );
    expect(() => core.ridgeFit({ p: 2, alphas: [1], mean: [1] })).toThrow(each);
    expect(() => core.ridgeFit({ p: 2, alphas: [1], scale: [1] })).toThrow(each);
  });

  it('have room in out', () => {
    const short = new Float64Array(2);
    const rows = refused('BAD_SHAPE', 'expected room for 5 rows in out, got 2');
    expect(() => core.predict({ coef: [1], intercept: 0 }, [a], short)).toThrow(rows);
    expect(() => core.transform([a], { mean: [1] }, [short])).toThrow(refused('BAD_SHAPE', '1 columns of 5 rows'));
    expect(() => core.transform([a], { mean: [1] }, [])).toThrow(refused('BAD_SHAPE', '1 columns of 5 rows'));
  });

  it('have an interval of a known method and a level that is a number', () => {
    for (const method of ['x', null, 'jackknife-plus']) {
      expect(() => model.predictInterval([a, b], 0.5, method as never)).toThrow(
        refused('BAD_INTERVAL', 'expected the method jackknife or jackknife+, got'),
      );
    }
    expect(() => model.predictInterval([a, b], '0.5' as never)).toThrow(refused('BAD_INTERVAL', 'got "0.5"'));
  });
});

describe('metrics', () => {
  it('are of as many predictions as truths', () => {
    expect(() => core.metrics([1, 2, 3], [1])).toThrow(
      refused('BAD_SHAPE', 'expected as many predictions as truths, got 1 and 3'),
    );
    expect(() => core.metrics([1], [1, 99])).toThrow(refused('BAD_SHAPE', 'got 2 and 1'));
    expect(() => core.metrics(null as never, [1])).toThrow(refused('BAD_SHAPE', 'y must be an array of numbers'));
    expect(() => core.metrics([1], ['1'] as never)).toThrow(
      refused('NOT_NUMERIC', 'yhat must hold numbers, got "1" at row 1'),
    );
  });
});

const fit = (x: unknown, target: unknown, weights?: unknown) => () =>
  new RidgeCV(core, { alpha: 1 }).fit(x as never, target as never, weights as never);

describe('rows to fit', () => {
  it.each([
    ['x', fit([a, [2, 1, null, 3, 1]], y), 'column "1" must hold numbers, got null at row 3'],
    ['x of a matrix', fit({ data: [1, 2, null, 4], rows: 2, columns: 2, order: 'row' }, [1, 2]), '"0" must'],
    [
      'the second half of a matrix',
      fit({ data: [1, 2, null, 4], rows: 2, columns: 2, order: 'column' }, [1, 2]),
      '"1"',
    ],
    ['y', fit([a], [1, null, 3, 4, 5]), 'y must hold numbers, got null at row 2'],
    ['the first of y', fit([a], [null, 2, 3, 4, 5]), 'y must hold numbers, got null at row 1'],
    ['one of several targets', fit([a], [y, [1, null, 3, 4, 5]]), 'y[1] must hold numbers, got null at row 2'],
    ['weights', fit([a], y, [1, 1, 1, 1, null]), 'weights must hold numbers, got null at row 5'],
    ['text for x', fit([['1', '2', '3', '4', '5']], y), 'column "0" must hold numbers, got "1" at row 1'],
    ['empty text', fit([[1, 2, '', 4, 5]], y), 'got "" at row 3'],
    ['bigints', fit([[1n, 2n, 3n, 4n, 5n]], y), 'got 1n at row 1'],
    ['typed bigints', fit([a, BigInt64Array.of(1n, 2n, 3n, 4n, 5n)], y), 'column "1" must hold numbers, got 1n'],
    ['typed bigints for y', fit([a], BigInt64Array.of(1n, 2n, 3n, 4n, 5n)), 'y must hold numbers, got 1n'],
    [
      'dates',
      fit(
        [a],
        a.map((at) => new Date(at)),
      ),
      'y[0] must be an array of numbers, got Date',
    ],
    ['rows for y', fit([a], [1, [2], 3, 4, 5]), 'y must hold numbers, got Array at row 2'],
    ['null in a scaler', () => new StandardScaler(core).fit([[1, null, 3] as never]), 'got null at row 2'],
    ['no y', fit([a], undefined), 'y must be an array of numbers, got undefined'],
    ['null for y', fit([a], null), 'y must be an array of numbers, got null'],
    ['text for y', fit([a], '12345'), 'y must be an array of numbers, got "12345"'],
    ['a null target', fit([a], [y, null]), 'y[1] must be an array of numbers, got null'],
    ['text for weights', fit([a], y, '11111'), 'weights must be an array of numbers, got "11111"'],
    [
      'a view without numbers',
      fit([a], new DataView(new ArrayBuffer(40))),
      'y must be an array of numbers, got DataView',
    ],
    ['no x', fit(undefined, y), 'expected x as an array of columns, got undefined'],
    ['text', fit('abc', y), 'expected x as an array of columns, got "abc"'],
    ['a null column', fit([a, null], y), 'column "1" must be an array of numbers, got null'],
  ])('count nothing as 0: %s', (_, work, message) => {
    expect(work).toThrow(
      expect.objectContaining({
        code: expect.stringMatching(/^(NOT_NUMERIC|BAD_SHAPE)$/),
        message: expect.stringContaining(message),
      }),
    );
  });

  it('say where in position too', () => {
    const position = { column: '0', row: 2 };
    const matrix = { data: [1, 2, null, 4], rows: 2, columns: 2, order: 'row' };
    expect(fit(matrix, [1, 2])).toThrow(expect.objectContaining({ code: 'NOT_NUMERIC', position }));
  });

  it('may be missing (NaN, undefined) in a scaler, and 0 or 1 as a table has booleans', () => {
    expect(new StandardScaler(core).fit([[1, undefined, 3] as never]).mean[0]).toBe(2);
    const booleans = [true, false, true, true, false];
    expect(fit([a], booleans)().coef).toEqual(fit([a], booleans.map(Number))().coef);
  });

  it.each([
    [{ order: 'F' }, 'expected order "column" or "row", got "F"'],
    [{ order: undefined }, 'expected order "column" or "row", got undefined'],
    [{ rows: '5' }, 'expected whole numbers of rows and columns, got "5" and 2'],
    [{ rows: -5, columns: -2 }, 'got -5 and -2'],
    [{ rows: 2.5, columns: 4 }, 'got 2.5 and 4'],
    [{ data: null }, 'data must be an array of numbers, got null'],
  ])('are in a matrix of a known order and shape: %o', (wrong, message) => {
    const matrix = { data: [...a, ...b], rows: 5, columns: 2, order: 'column', ...wrong };
    expect(fit(matrix, y)).toThrow(refused('BAD_SHAPE', message));
  });

  it.each([
    ['fewer', 3],
    ['more', 10],
    ['none', 0],
  ])('are the same in every pass of core.ridgeFit: %s', (_, rows) => {
    for (const alphas of [[0.1, 1], [0]]) {
      const steps = core.ridgeFit({ p: 2, alphas });
      steps.push([a, b], y);
      expect(steps.next()).toBe(true);
      const again = (values: number[]) => [...values, ...values].slice(0, rows);
      steps.push([again(a), again(b)], again(y));
      expect(() => steps.next()).toThrow(
        refused('BAD_SHAPE', `expected the 5 rows of the first pass once more, got ${rows} in pass 2`),
      );
    }
  });
});
