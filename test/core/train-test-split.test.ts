import { describe, expect, it } from 'vitest';
import type { Table } from '../../src/contracts/table.ts';
import { trainTestSplit } from '../../src/core/train-test-split.ts';
import { tableFromColumns } from '../../src/data/table/index.ts';

const numbers = (n: number, from = 0): Float64Array => Float64Array.from({ length: n }, (_, i) => from + i);
const table = (id: Float64Array): Table => tableFromColumns({ id, name: [...id].map((value) => `row ${value}`) });
const ids = async (rows: Table): Promise<number[]> => [...(await rows.column('id'))];

describe('trainTestSplit', () => {
  it('puts every row on one side, in order, with all its columns', async () => {
    const { train, test } = trainTestSplit(table(numbers(1000)), { testSize: 0.3, by: 'id' });
    const sides = [await ids(train), await ids(test)];
    for (const side of sides) expect(side).toEqual(side.toSorted((a, b) => a - b));
    expect(sides.flat().toSorted((a, b) => a - b)).toEqual([...numbers(1000)]);
    for await (const batch of test.batches()) {
      const names = batch.utf8('name');
      batch.float64('id').forEach((id, row) => expect(names[row]).toBe(`row ${id}`));
    }
  });

  it.each([0.1, 0.5, 0.9])('meets a share of %f within four standard deviations', async (testSize) => {
    const n = 20_000;
    for (const by of ['id', 'name', undefined]) {
      const { test } = trainTestSplit(table(numbers(n)), { testSize, ...(by !== undefined && { by }) });
      const held = (await ids(test)).length;
      expect(Math.abs(held - n * testSize)).toBeLessThan(4 * Math.sqrt(n * testSize * (1 - testSize)));
    }
  });

  it('lets a row keep its side when data grows, and with an identity when it is sorted or cut', async () => {
    const all = { testSize: 0.25, seed: 3 };
    const small = await ids(trainTestSplit(table(numbers(500)), all).test);
    const grown = await ids(trainTestSplit(table(numbers(2000)), all).test);
    expect(grown.filter((id) => id < 500)).toEqual(small);

    const by = { ...all, by: 'id' };
    const whole = await ids(trainTestSplit(table(numbers(1000)), by).test);
    const reversed = await ids(trainTestSplit(table(numbers(1000).toReversed()), by).test);
    expect(reversed.toReversed()).toEqual(whole);
    const later = await ids(trainTestSplit(table(numbers(300, 700)), by).test);
    expect(later).toEqual(whole.filter((id) => id >= 700));
  });

  it('draws sides that have nothing to do with those of another seed', async () => {
    const one = new Set(await ids(trainTestSplit(table(numbers(10_000)), { testSize: 0.5, seed: 1 }).test));
    const two = await ids(trainTestSplit(table(numbers(10_000)), { testSize: 0.5, seed: 2 }).test);
    const both = two.filter((id) => one.has(id)).length;
    expect(Math.abs(both - 2500)).toBeLessThan(4 * Math.sqrt(10_000 * 0.25 * 0.75));
  });

  it('is the same on every machine', async () => {
    expect(await ids(trainTestSplit(table(numbers(30)), { testSize: 0.2, by: 'id' }).test)).toEqual([
      3, 6, 8, 14, 15, 21, 22,
    ]);
  });

  it('refuses a share that is none and an identity that is not there', () => {
    expect(() => trainTestSplit(table(numbers(3)), { testSize: 1 })).toThrow('between 0 and 1, got 1');
    expect(() => trainTestSplit(table(numbers(3)), { by: 'key' })).toThrow('no column "key"');
  });
});
