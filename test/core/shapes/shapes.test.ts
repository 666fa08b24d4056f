import { describe, expect, it } from 'vitest';
import { builds, fitRidge, fitScaler } from '../../reference/core.ts';
import { seeded } from '../../reference/random.ts';
import { CHECKS } from './checks.ts';
import { randomProblem } from './problems.ts';

/** `npm run test:properties` goes through many more. */
const CASES = 300;

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
});
