import { describe, expect, it } from 'vitest';
import { createCore, RidgeCV } from '../../../src/core/index.ts';
import { builds, fitRidge, fitScaler, relativeError } from '../../reference/core.ts';
import { regressionData, seeded } from '../../reference/random.ts';
import { CHECKS } from './checks.ts';
import { randomProblem } from './problems.ts';

/** `npm run test:properties` goes through many more. */
const CASES = 300;
const core = await createCore();

describe('any problem', () => {
  it.each(CHECKS)('$name', ({ every, hard = [], check }) => {
    for (const seed of [...hard, ...Array.from({ length: CASES / every }, (_, i) => (i + 1) * every)]) {
      try {
        check(seed);
      } catch (error) {
        throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
      }
    }
  });

  it('is right or refused, never NaN, at the ends of what a double holds', () => {
    const simd = builds()['simd']!;
    const base = randomProblem(3);
    const sizes = [5e-324, 1e-310, 1e-300, 1e-160, 1e-20, 1e20, 1e120, 1e140, 1e160, 1e300];
    for (const size of sizes) {
      for (const alphas of [[1e-3, 0.05, 1, 30], [0]]) {
        for (const scaled of [true, false]) {
          const random = seeded(1);
          const x = [...base.x, base.y.map(() => size * random.normal())];
          try {
            const options = { alphas, ...(scaled && fitScaler(simd, x)) };
            const fitted = fitRidge(simd, x, base.y, options);
            const numbers = [fitted.intercept, ...fitted.coef, ...fitted.mse];
            expect(numbers.every(Number.isFinite), `size ${size}`).toBe(true);
          } catch (error) {
            expect(String(error), `size ${size}`).toMatch(/must hold values whose squares|must not differ in size/);
          }
        }
      }
    }
  });

  it.each([
    [undefined, true],
    [undefined, false],
    [3, true],
    [3, false],
  ])('fits a target in any unit alike, or refuses it: cv %s, intercept %s', (cv, fitIntercept) => {
    const { x, y } = regressionData(100, 4, 5);
    const options = {
      fitIntercept,
      alphas: [1, 10, 100, 1000],
      scoring: 'neg_mean_squared_error',
      ...(cv && { cv }),
    } as const;
    const fit = (size: number) => {
      const target = y.map((value) => value * size);
      const { alpha, coef, bestScore } = new RidgeCV(core, options).fit(x, target);
      return { alpha, coef: coef.map((value) => value / size), mse: -bestScore! / size / size };
    };
    const plain = fit(1);
    const refused: number[] = [];
    for (const size of [5e-324, 1e-310, 1e-200, 1e-160, 1e-150, 1e-120, 1e-20, 1e20, 1e120, 1e160, 1e300]) {
      try {
        const { alpha, coef, mse } = fit(size);
        expect(alpha, `size ${size}`).toBe(plain.alpha);
        expect(relativeError(coef, plain.coef), `size ${size}`).toBeLessThan(1e-13);
        expect(Math.abs(mse / plain.mse - 1), `size ${size}`).toBeLessThan(1e-12);
      } catch (error) {
        expect(String(error), `size ${size}`).toMatch('y must hold values');
        refused.push(size);
      }
    }
    expect(refused).toEqual([5e-324, 1e-310, 1e-200, 1e-160, 1e-150, 1e160, 1e300]);
    // Its mean is 0 whatever its size.
    const turns = y.map((_, i) => (i % 2 === 0 ? 1e-200 : -1e-200));
    expect(() => new RidgeCV(core, options).fit(x, turns)).toThrow('y must hold values large enough');
    const nothing = new RidgeCV(core, options).fit(
      x,
      y.map(() => 0),
    );
    expect(nothing.coef.every((value) => value === 0)).toBe(true);
  });

  it('names the target that is too small, beside one that is constant', () => {
    const { x, y } = regressionData(100, 4, 5);
    const fit = core.ridgeFit({ p: 4, targets: 2, target: ['constant', 'tiny'], alphas: [1] });
    fit.push(x, [y.map(() => 5), y.map((value) => 1e-200 * value)]);
    expect(() => fit.next()).toThrow('column "tiny" must hold values large enough');
  });
});
