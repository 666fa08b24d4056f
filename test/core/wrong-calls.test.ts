import { describe, expect, it } from 'vitest';
import { createCore, RidgeCV } from '../../src/core/index.ts';
import { RidgeCV as TableRidgeCV } from '../../src/core/estimators/ridge-cv.ts';
import { tableFromColumns } from '../../src/data/table/index.ts';

/** Calls as plain JavaScript may make them: each must be refused with what was expected, not answered with other numbers. */
const core = await createCore();
const a = [1, 2, 3, 4, 5.5];
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
