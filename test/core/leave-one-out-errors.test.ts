import { describe, expect, it } from 'vitest';
import { createCore } from '../../src/core/index.ts';
import { relativeError } from '../reference/core.ts';
import { regressionData, seeded } from '../reference/random.ts';
import { refitErrors, ridgeTwin } from '../reference/ridge.ts';

const core = await createCore();
const ALPHAS = [1e-3, 0.1, 1, 10];

function errorsOf(x: readonly Float64Array[], y: Float64Array, fitIntercept = true, block = y.length) {
  const fit = core.ridgeFit({ p: x.length, alphas: ALPHAS, fitIntercept });
  do fit.push(x, y);
  while (fit.next());
  const rows = fit.leaveOneOutErrors();
  const errors = ALPHAS.map(() => [] as number[]);
  for (let from = 0; from < y.length; from += block) {
    const part = rows.next(
      x.map((column) => column.subarray(from, from + block)),
      y.subarray(from, from + block),
    );
    part.forEach((column, a) => errors[a]!.push(...column));
  }
  return { errors, result: fit.finish() };
}

/** The largest difference, relative to the largest value of all. */
function difference(a: readonly number[], b: readonly number[]): number {
  const size = Math.max(...b.map(Math.abs));
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!))) / size;
}

describe('leave-one-out errors of single rows', () => {
  it.each([
    ['ordinary', 200, 5, true],
    ['without intercept', 200, 5, false],
    ['as many rows as columns and one', 7, 6, true],
    ['fewer rows than columns', 12, 20, true],
    ['one column', 30, 1, true],
  ])('are those of the twin: %s', (_, n, p, intercept) => {
    const { x, y } = regressionData(n, p, 4);
    const { errors } = errorsOf(x, y, intercept);
    ridgeTwin(x, y, ALPHAS, intercept).forEach((twin, a) => {
      expect(difference(errors[a]!, twin.errors)).toBeLessThan(1e-12);
    });
  });

  it('are those of n fits without the row', () => {
    const { x, y } = regressionData(25, 3, 9);
    const { errors } = errorsOf(x, y);
    ALPHAS.forEach((alpha, a) => expect(difference(errors[a]!, refitErrors(x, y, alpha))).toBeLessThan(1e-12));
  });

  it('keep their digits in rows of leverage 1 - 1e-8: two, that have a column each to themselves', () => {
    const { x, y } = regressionData(300, 3, 6);
    const own = [17, 230].map((row) => Float64Array.from(y, (_, i) => (i === row ? 3e3 : 0)));
    const { errors, result } = errorsOf([...x, ...own], y);
    ridgeTwin([...x, ...own], y, ALPHAS).forEach((twin, a) => {
      expect(difference(errors[a]!, twin.errors)).toBeLessThan(1e-12);
      const mse = errors[a]!.reduce((sum, error) => sum + error * error, 0) / 300;
      expect(Math.abs(mse / result.mse[a]! - 1)).toBeLessThan(1e-13);
    });
  });

  it('keep their digits in long rows of leverage 1 - 1e-22 that lie along each other', () => {
    const [x, y] = [[Float64Array.of(0, 1, 0, 0), Float64Array.of(1e9, 1e9, 0, 0)], Float64Array.of(3, -1, 2, 5)];
    const { errors } = errorsOf(x, y);
    ridgeTwin(x, y, ALPHAS).forEach((twin, a) => expect(difference(errors[a]!, twin.errors)).toBeLessThan(1e-9));
  });

  it('have the bits of the whole, however the rows are cut, and see a fused scaler', () => {
    const { x, y } = regressionData(2500, 4, 2);
    expect(errorsOf(x, y, true, 7).errors).toEqual(errorsOf(x, y).errors);
    const random = seeded(3);
    const [mean, scale] = [x.map(() => random.normal()), x.map(() => 1 + random.uniform())];
    const fit = core.ridgeFit({ p: 4, alphas: ALPHAS, mean, scale });
    do fit.push(x, y);
    while (fit.next());
    const fused = fit.leaveOneOutErrors().next(x, y);
    errorsOf([...core.transform(x, { mean, scale })], y).errors.forEach((errors, a) => {
      expect(relativeError(fused[a]!, errors)).toBeLessThan(1e-10);
    });
  });
});
