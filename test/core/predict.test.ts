import { describe, expect, it } from 'vitest';
import { createCore } from '../../src/core/index.ts';
import { relativeError } from '../reference/core.ts';
import { seeded } from '../reference/random.ts';

const core = await createCore();
const random = seeded(3);
const columns = Array.from({ length: 5 }, () => random.column(3001, () => 10 + 4 * random.normal()));
const model = { coef: random.column(5), intercept: 0.7 };
const scaling = { mean: [9, 10, 11, 10, 9], scale: [4, 3, 5, 4, 4] };

function mean(values: Float64Array): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

describe('predict', () => {
  it('multiplies column by column from the first, and adds the intercept last', () => {
    const expected = columns[0]!.map(
      (_, i) => columns.reduce((sum, column, j) => sum + model.coef[j]! * column[i]!, 0) + 0.7,
    );
    expect(core.predict(model, columns)).toEqual(expected);
  });

  it('has the bits of transforming first', () => {
    const fused = core.predict({ ...model, ...scaling }, columns);
    expect(fused).toEqual(core.predict(model, core.transform(columns, scaling)));
  });

  it('refuses a value that is not finite with row and column', () => {
    const spoilt = columns.map((column) => column.slice());
    spoilt[3]![2900] = NaN;
    expect(() => core.predict({ ...model, features: ['a', 'b', 'c', 'd', 'e'] }, spoilt, undefined, 1000)).toThrow(
      'predict: column "d" must be finite, got NaN at row 3901',
    );
  });

  it('refuses another number of columns', () => {
    expect(() => core.predict(model, columns.slice(1))).toThrow('predict: expected 5 columns, got 4');
  });

  it('takes no rows', () => {
    expect(
      core.predict(
        model,
        [1, 2, 3, 4, 5].map(() => new Float64Array(0)),
      ),
    ).toHaveLength(0);
  });
});

describe('metrics', () => {
  it('are those of their definitions', () => {
    const y = random.column(500);
    const yhat = y.map((value) => value + 0.1 * random.normal());
    const errors = y.map((value, i) => yhat[i]! - value);
    const squares = errors.map((e) => e * e);
    const spread = y.map((value) => (value - mean(y)) ** 2);
    const got = core.metrics(y, yhat);
    expect(
      relativeError(
        [got.mse, got.rmse, got.mae, got.r2, got.maxError, got.bias],
        [
          mean(squares),
          Math.sqrt(mean(squares)),
          mean(errors.map(Math.abs)),
          1 - mean(squares) / mean(spread),
          Math.max(...errors.map(Math.abs)),
          mean(errors),
        ],
      ),
    ).toBeLessThan(1e-12);
  });

  it('give r2 = 1 for an exact constant and 0 for a missed one, as scikit-learn', () => {
    expect(core.metrics([2, 2], [2, 2]).r2).toBe(1);
    expect(core.metrics([2, 2], [2, 3]).r2).toBe(0);
  });

  it('refuse what is not finite, and no rows', () => {
    expect(() => core.metrics([1, NaN], [1, 2])).toThrow('metrics: y must be finite, got NaN at row 2');
    expect(() => core.metrics([1, 2], [1, Infinity])).toThrow(
      'column "prediction" must be finite, got Infinity at row 2',
    );
    expect(() => core.metrics([], [])).toThrow('expected at least one row, got none');
  });
});

it('a prediction that no double holds is an error that blames no column', () => {
  const model = { coef: Float64Array.of(10), intercept: 0 };
  expect(() => core.predict(model, [Float64Array.of(1e308)])).toThrow('expected results that a double holds');
});

describe('logspace', () => {
  // numpy 2.4.6: np.logspace(-3, 1, 30), as repr.
  const NUMPY = [
    0.001, 0.0013738237958832624, 0.0018873918221350976, 0.002592943797404667, 0.003562247890262444,
    0.004893900918477494, 0.006723357536499335, 0.009236708571873866, 0.01268961003167922, 0.017433288221999882,
    0.02395026619987486, 0.03290344562312668, 0.04520353656360243, 0.06210169418915616, 0.08531678524172806,
    0.11721022975334805, 0.16102620275609392, 0.2212216291070448, 0.3039195382313198, 0.41753189365604004,
    0.5736152510448681, 0.7880462815669912, 1.0826367338740541, 1.4873521072935119, 2.0433597178569416,
    2.8072162039411754, 3.856620421163472, 5.298316906283707, 7.278953843983146, 10,
  ];

  it('is numpy.logspace to the bit', () => {
    expect([...core.logspace(-3, 1, 30)]).toEqual(NUMPY);
  });

  it('hits powers exactly, in any base', () => {
    expect([...core.logspace(-22, 22, 45)]).toEqual(Array.from({ length: 45 }, (_, i) => Number(`1e${i - 22}`)));
    expect([...core.logspace(-1022, 1023, 2046, 2)]).toEqual(Array.from({ length: 2046 }, (_, i) => 2 ** (i - 1022)));
    expect([...core.logspace(2, 2, 1)]).toEqual([100]);
  });

  it('refuses bounds that are not finite', () => {
    expect(() => core.logspace(NaN, 1, 3)).toThrow('logspace: expected finite bounds');
  });
});
