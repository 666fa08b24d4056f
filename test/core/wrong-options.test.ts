import { describe, expect, it } from 'vitest';
import { createCore, RidgeCV as ArrayRidgeCV } from '../../src/core/index.ts';
import { OneHotEncoder } from '../../src/core/estimators/one-hot-encoder.ts';
import { RidgeCV } from '../../src/core/estimators/ridge-cv.ts';
import { SimpleImputer } from '../../src/core/estimators/simple-imputer.ts';
import { StandardScaler } from '../../src/core/estimators/standard-scaler.ts';
import { tableFromColumns } from '../../src/data/table/index.ts';

/** Options as plain JavaScript may give them: one that is unknown must not be heard as the default. */
const core = await createCore();
const columns = { a: Float64Array.of(1, 2, 3, 4, 5.5), y: Float64Array.of(1, 2.2, 2.9, 4.3, 5) };
const table = tableFromColumns(columns);

/** @returns what an error with this code and message is equal to */
const refused = (code: string, message: string): unknown =>
  expect.objectContaining({ code, message: expect.stringContaining(message) });

describe('options', () => {
  it.each(['most_frequent', 'mode', null])('are no median of the words of another library: strategy %s', (strategy) => {
    expect(() => new SimpleImputer({ strategy: strategy as never })).toThrow(
      refused('BAD_ARGUMENT', 'SimpleImputer: strategy must be "mean" or "median", got'),
    );
  });

  it('name what to do with an unknown category', () => {
    expect(() => new OneHotEncoder({ handleUnknown: 'infrequent_if_exist' as never })).toThrow(
      refused('BAD_ARGUMENT', 'OneHotEncoder: handleUnknown must be "error" or "ignore", got "infrequent_if_exist"'),
    );
  });

  it.each([
    ['RidgeCV', 'fit_intercept', () => new RidgeCV({ target: 'y', fit_intercept: false } as never)],
    ['RidgeCV', 'standardize', () => new ArrayRidgeCV(core, { standardize: true } as never)],
    ['RidgeCV', 'sampleWeight', () => new ArrayRidgeCV(core, { sampleWeight: 'w' } as never)],
    ['RidgeCV', 'features', () => new ArrayRidgeCV(core, { features: ['a'] } as never)],
    ['RidgeCV', 'fit_intercept', () => new ArrayRidgeCV(core, { fit_intercept: false } as never)],
    ['StandardScaler', 'with_mean', () => new StandardScaler({ with_mean: false } as never)],
    ['SimpleImputer', 'fill_value', () => new SimpleImputer({ fill_value: 0 } as never)],
    ['OneHotEncoder', 'handle_unknown', () => new OneHotEncoder({ handle_unknown: 'ignore' } as never)],
  ])('of %s are known by name: %s', (subject, name, make) => {
    expect(make).toThrow(refused('BAD_ARGUMENT', `${subject}: no option "${name}"`));
  });

  it.each([
    ['RidgeCV', 'fitIntercept', () => new RidgeCV({ target: 'y', fitIntercept: 'false' } as never)],
    ['RidgeCV', 'standardize', () => new RidgeCV({ target: 'y', standardize: 0 } as never)],
    ['RidgeCV', 'alphaPerTarget', () => new ArrayRidgeCV(core, { alphaPerTarget: null } as never)],
    ['StandardScaler', 'withMean', () => new StandardScaler({ withMean: 'no' } as never)],
    ['OneHotEncoder', 'dummyNa', () => new OneHotEncoder({ dummyNa: 1 } as never)],
  ])('of %s that are yes or no are true or false: %s', (subject, name, make) => {
    expect(make).toThrow(refused('BAD_ARGUMENT', `${subject}: ${name} must be true or false, got`));
  });

  it('know a wrong alpha before a row is read', () => {
    expect(() => new RidgeCV({ target: 'y', cv: 5, alphas: [1, -1] })).toThrow(refused('BAD_ALPHA', 'got -1'));
    expect(() => new RidgeCV({ target: 'y', alpha: null as never })).toThrow(refused('BAD_ALPHA', 'got null'));
    expect(() => new RidgeCV({ target: 'y', alpha: -1 })).toThrow(refused('BAD_ALPHA', 'got -1'));
    expect(() => new ArrayRidgeCV(core, { alphas: [0, 1] })).toThrow(refused('BAD_ALPHA', 'got 0'));
    expect(() => new ArrayRidgeCV(core, { cv: 2, alphas: [0, 1] })).not.toThrow();
  });

  it('are an object, and may be undefined', () => {
    for (const options of [null, 5, 'x', []]) {
      const error = refused('BAD_ARGUMENT', 'expected an object of options, got');
      expect(() => new ArrayRidgeCV(core, options as never)).toThrow(error);
      expect(() => new StandardScaler(options as never)).toThrow(error);
      expect(() => new SimpleImputer(options as never)).toThrow(error);
    }
    expect(() => new ArrayRidgeCV(core, { standardize: undefined } as never)).not.toThrow();
  });

  it.each([[undefined], [null], [{}], [{ target: 5 }], [{ target: null }], [{ target: [['y']] }]])(
    'of a fit name its target: %o',
    (options) => {
      expect(() => new RidgeCV(options as never)).toThrow(
        refused('BAD_ARGUMENT', "RidgeCV: expected a column's name as target, got"),
      );
    },
  );

  it('name columns in an array', async () => {
    const error = refused('BAD_ARGUMENT', 'expected columns as an array of names, got "a"');
    await expect(new RidgeCV({ target: 'y', features: 'a' as never }).fit(table)).rejects.toEqual(error);
    await expect(new StandardScaler({ columns: 'a' as never }).fit(table)).rejects.toEqual(error);
    await expect(new SimpleImputer({ columns: 'a' as never }).fit(table)).rejects.toEqual(error);
  });
});

describe('tables', () => {
  it.each([
    ['columns', columns, 'Object'],
    ['arrays', [[1, 2]], 'Array'],
    ['null', null, 'null'],
    ['nothing', undefined, 'undefined'],
    ['a promise', Promise.resolve(table), 'Promise'],
  ])('are made of columns first: %s', async (_, given, name) => {
    const wrong = given as never;
    const error = refused('NOT_A_TABLE', `expected a table, got ${name}`);
    const model = await new RidgeCV({ target: 'y' }).fit(table);
    const scaler = await new StandardScaler({ columns: ['a'] }).fit(table);
    for (const step of [
      new RidgeCV({ target: 'y' }),
      new StandardScaler(),
      new SimpleImputer(),
      new OneHotEncoder(),
      new OneHotEncoder({ columns: ['a'] }),
    ]) {
      await expect(step.fit(wrong)).rejects.toEqual(error);
    }
    await expect(model.evaluate(wrong)).rejects.toEqual(error);
    await expect(scaler.partialFit(wrong)).rejects.toEqual(error);
    expect(() => model.predict(wrong)).toThrow(error);
    expect(() => scaler.transform(wrong)).toThrow(error);
    expect(() => scaler.inverseTransform(wrong)).toThrow(error);
  });
});
