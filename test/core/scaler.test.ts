import { describe, expect, it } from 'vitest';
import { createCore } from '../../src/core/index.ts';
import { fitScaler, relativeError } from '../reference/core.ts';
import { seeded } from '../reference/random.ts';
import { scalerTwin } from '../reference/scaler.ts';

const core = await createCore();
const random = seeded(1);

function expectTwin(column: Float64Array, tolerance = 1e-14) {
  const fitted = fitScaler(core, [column]);
  const twin = scalerTwin(column);
  expect(fitted.nSamplesSeen[0]).toBe(twin.n);
  expect(relativeError(fitted.mean, [twin.mean])).toBeLessThan(tolerance);
  expect(relativeError(fitted.var, [twin.var])).toBeLessThan(tolerance);
  expect(relativeError(fitted.scale, [twin.scale])).toBeLessThan(tolerance);
}

describe('the standard scaler', () => {
  it.each([2, 3, 5, 1023, 1024, 1025, 5000])('agrees with its twin on %i rows', (n) => {
    expectTwin(random.column(n, () => 40 + random.normal()));
  });

  it('keeps digits of the variance under a large mean, where the sum of squares has none', () => {
    expectTwin(
      random.column(3000, () => 1e9 + random.uniform()),
      1e-8,
    );
  });

  it('ignores NaN in fitting and keeps it in transforming', () => {
    const column = random.column(2500, () => (random.uniform() < 0.3 ? NaN : random.normal()));
    expectTwin(column);
    const fitted = fitScaler(core, [column]);
    const [out] = core.transform([column], fitted);
    expect(out!.map(Number.isNaN as never)).toEqual(column.map(Number.isNaN as never));
  });

  it('has NaN statistics for a column with no value at all', () => {
    const fitted = fitScaler(core, [new Float64Array(3).fill(NaN), Float64Array.of(1, 2, 3)]);
    expect([...fitted.nSamplesSeen]).toEqual([0, 3]);
    expect(fitted.mean[0]).toBeNaN();
    expect(fitted.mean[1]).toBe(2);
  });

  it.each([
    ['constant', new Float64Array(500).fill(0.1)],
    ['constant and large', new Float64Array(5000).fill(1e15 / 3)],
    ['zero', new Float64Array(7)],
    ['near constant', Float64Array.from({ length: 100 }, (_, i) => 1e5 + (i % 2) * 1e-11)],
  ])('scales a %s column by 1, as scikit-learn does', (_, column) => {
    const fitted = fitScaler(core, [column]);
    expect(fitted.scale[0]).toBe(1);
    expect(Math.max(...core.transform([column], fitted)[0]!.map(Math.abs))).toBeLessThan(1e-9 * (1 + column[0]!));
  });

  it('takes one row', () => {
    const fitted = fitScaler(core, [Float64Array.of(4)]);
    expect([...fitted.mean, ...fitted.var, ...fitted.scale]).toEqual([4, 0, 1]);
  });

  it('refuses an infinity with its row and column', () => {
    const column = random.column(3000);
    column[2047] = -Infinity;
    const fit = core.scalerFit(2, { features: ['a', 'b'] });
    expect(() => fit.push([random.column(3000), column])).toThrow(
      'fit: column "b" must be finite, got -Infinity at row 2048',
    );
  });

  it('refuses no rows', () => {
    expect(() => fitScaler(core, [new Float64Array(0)])).toThrow('expected at least one row, got none');
  });

  it('inverts its transform', () => {
    const column = random.column(3000, () => 5 + 3 * random.normal());
    const fitted = fitScaler(core, [column]);
    const [back] = core.inverseTransform(core.transform([column], fitted), fitted);
    expect(relativeError(back!, column)).toBeLessThan(1e-13);
  });

  it('subtracts, then divides: the bits of scikit-learn', () => {
    const [out] = core.transform([Float64Array.of(1, 2, 3, 4, 5)], { mean: [0.1], scale: [0.3] });
    expect([...out!]).toEqual([1, 2, 3, 4, 5].map((value) => (value - 0.1) / 0.3));
  });
});
