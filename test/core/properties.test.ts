import { describe, expect, it } from 'vitest';
import { builds, fitRidge, fitScaler, relativeError } from '../reference/core.ts';
import { seeded } from '../reference/random.ts';
import { ridgeTwin } from '../reference/ridge.ts';

/** `npm run test:properties` goes through many more. */
const CASES = Number(process.env['RIDGELINE_PROPERTY_CASES'] ?? 300);

/** Problems that once came out wrong, of hundreds of thousands: always gone through again. */
const HARD = [
  491,
  3051,
  6434, // a column 1e6 times as far from 0 as it is wide: its mean needs more than a double
  4005, // interpolated rows, one of them 1e4 times as long as the others
  21308,
  31363, // interpolated rows, and an alpha larger than all singular values
  13650,
  24531,
  32370,
  36626,
  57827,
  59287, // a row along a column that is 1e5 times as long as another
  26866,
  30663, // errors 1e6 times smaller than the target: alpha nodes have not their digits
  421873, // a column of one row, set aside late: the rest had one pass left, and that with a shift
];
/** Seeds of `dependentRest` that came out wrong with one allowance of passes for both factors. */
const HARD_REST = [1897, 2097, 2644, 3559, 4077];
const seedsUpTo = (count: number): number[] => [...HARD, ...Array.from({ length: count }, (_, i) => i + 1)];

const { simd, scalar } = builds() as Record<'simd' | 'scalar', ReturnType<typeof builds>[string]>;
const ALPHAS = [1e-3, 0.05, 1, 30];

type Random = ReturnType<typeof seeded>;

/** Kinds of columns people have. */
const COLUMN_KINDS: readonly ((random: Random, n: number, others: Float64Array[]) => Float64Array)[] = [
  (random, n) => random.column(n),
  (random, n) => random.column(n, () => random.integer(3)),
  (random, n) => random.column(n, () => 1000 + random.normal()),
  (random, n) => random.column(n, () => 1e-3 * random.normal()),
  (random, n) => new Float64Array(n).fill(1, random.integer(n), random.integer(n) + 1),
  (random, n) => new Float64Array(n).fill(random.integer(5) / 10),
  (random, n) => random.column(n, () => Math.exp(4 * random.normal())),
  (random, n, others) => others[random.integer(others.length)]?.slice() ?? random.column(n),
  (random, n, others) => (others[0] ?? random.column(n)).map((value) => value + 1e-7 * random.normal()),
];

function randomProblem(seed: number, wide = false) {
  const random = seeded(seed);
  const [some, many] = wide ? [60, 300] : [40, 1500];
  const n = 2 + random.integer(random.uniform() < 0.1 ? many : some);
  // From 12 columns on eigenvalues are found another way.
  const p = wide ? 11 + random.integer(24) : 1 + random.integer(n > 100 ? 5 : 10);
  const x: Float64Array[] = [];
  while (x.length < p) x.push(COLUMN_KINDS[random.integer(COLUMN_KINDS.length)]!(random, n, x));
  const y = random.column(n, random.uniform() < 0.05 ? () => 2 : random.normal);
  return { x, y, fitIntercept: random.uniform() < 0.7 };
}

/** Columns of one row each, which is set aside, among near copies: without such rows the others depend on each other. */
function dependentRest(seed: number) {
  const random = seeded(seed);
  const n = 12 + random.integer(60);
  const x = [random.column(n), random.column(n, () => random.integer(3))];
  for (let left = 1 + random.integer(3); left > 0; left--) {
    const row = random.integer(n);
    x.push(new Float64Array(n).fill(10 ** random.integer(4), row, row + 1));
  }
  for (let left = random.integer(4); left > 0; left--) {
    const copied = x[random.integer(x.length)]!;
    const noise = 10 ** -(4 + random.integer(6));
    x.push(copied.map((value) => value + noise * random.normal()));
  }
  if (random.uniform() < 0.3) x.push(new Float64Array(n).fill(0.3));
  if (random.uniform() < 0.3) x.push(x[2]!.map((value) => 1 - value));
  const noise = 10 ** -random.integer(7);
  const y = x[0]!.map((value, i) => value + x[1]![i]! + noise * random.normal());
  return { x, y, fitIntercept: random.uniform() < 0.5 };
}

function twice(column: Float64Array): Float64Array {
  return Float64Array.of(...column, ...column);
}

describe('any problem', { timeout: Math.max(600_000, 90 * CASES) }, () => {
  it.each([
    ['narrow', false, seedsUpTo(CASES)],
    ['wide', true, Array.from({ length: CASES / 30 }, (_, i) => i + 1)],
  ])(`agrees with the twin, has the same bits without SIMD, and is finite: %s problems`, (_, wide, seeds) => {
    for (const seed of seeds) {
      const { x, y, fitIntercept } = randomProblem(seed, wide);
      const options = { alphas: ALPHAS, fitIntercept };
      const fitted = fitRidge(simd, x, y, options);
      const numbers = [fitted.intercept, fitted.interceptRaw, ...fitted.coef, ...fitted.coefRaw, ...fitted.mse];
      expect(numbers.every(Number.isFinite), `seed ${seed}: finite`).toBe(true);
      expect(fitRidge(scalar, x, y, options), `seed ${seed}: same bits`).toEqual(fitted);
      const twin = ridgeTwin(x, y, ALPHAS, fitIntercept);
      // Rows that are interpolated lean on the weakest direction of columns as they are, in their own units.
      const tolerance = y.length > x.length + 1 ? 1e-9 : 1e-7;
      const scale = y.reduce((sum, value) => sum + value * value, 0) / y.length;
      twin.forEach(({ mse }, i) => {
        expect(Math.abs(fitted.mse[i]! - mse), `seed ${seed}: mse ${i}`).toBeLessThan(tolerance * mse + 1e-16 * scale);
      });
      const chosen = twin.find(({ alpha }) => alpha === fitted.alpha)!;
      const yhat = simd.predict(fitted, x);
      const expected = simd.predict({ coef: chosen.coef, intercept: chosen.intercept }, x);
      yhat.forEach((value, i) => {
        expect(Math.abs(value - expected[i]!), `seed ${seed}: row ${i}`).toBeLessThan(1e-9 * (1 + Math.abs(value)));
      });
    }
  });

  it('agrees with the twin where rows set aside leave dependent columns', () => {
    for (const seed of [...HARD_REST, ...Array.from({ length: CASES / 3 }, (_, i) => i + 1)]) {
      const { x, y, fitIntercept } = dependentRest(seed);
      const fitted = fitRidge(simd, x, y, { alphas: ALPHAS, fitIntercept });
      const scale = y.reduce((sum, value) => sum + value * value, 0) / y.length;
      ridgeTwin(x, y, ALPHAS, fitIntercept).forEach(({ mse }, i) => {
        expect(Math.abs(fitted.mse[i]! - mse), `seed ${seed}: mse ${i}`).toBeLessThan(1e-9 * mse + 1e-16 * scale);
      });
    }
  });

  it('raw columns seen through a scaler are those columns standardised', () => {
    for (const seed of seedsUpTo(CASES / 5)) {
      const { x, y } = randomProblem(seed);
      const { mean, scale } = fitScaler(simd, x);
      const fused = fitRidge(simd, x, y, { alphas: ALPHAS, mean, scale });
      const apart = fitRidge(simd, [...simd.transform(x, { mean, scale })], y, { alphas: ALPHAS });
      expect(relativeError(fused.mse, apart.mse), `seed ${seed}: mse`).toBeLessThan(
        y.length > x.length + 1 ? 1e-9 : 1e-7,
      );
      if (fused.alpha !== apart.alpha) continue; // two rows say the same of every alpha
      const shifted = (fitted: typeof fused) => simd.predict({ ...fitted, mean, scale }, x).map((value) => value + 10);
      expect(relativeError(shifted(fused), shifted(apart)), `seed ${seed}`).toBeLessThan(1e-9);
    }
  });

  it('is right or refused, never NaN, at the ends of what a double holds', () => {
    const base = randomProblem(3);
    const sizes = [5e-324, 1e-310, 1e-300, 1e-160, 1e-20, 1e20, 1e120, 1e140, 1e160, 1e300];
    for (const size of sizes) {
      for (const alphas of [ALPHAS, [0]]) {
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

  it('gives the same model when every row is there twice and alpha is doubled', () => {
    for (let seed = 1; seed <= CASES / 10; seed++) {
      const { x, y, fitIntercept } = randomProblem(seed);
      const once = fitRidge(simd, x, y, { alphas: [0.5], fitIntercept });
      const double = fitRidge(simd, x.map(twice), twice(y), { alphas: [1], fitIntercept });
      const difference = relativeError(
        simd.predict(double, x).map((value) => value + 10),
        simd.predict(once, x).map((value) => value + 10),
      );
      expect(difference, `seed ${seed}`).toBeLessThan(1e-9);
    }
  });
});
