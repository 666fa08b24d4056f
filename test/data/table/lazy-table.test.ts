import { expect, test } from 'vitest';
import { isTable, type TableStep } from '../../../src/contracts/table.ts';
import { tableFromColumns } from '../../../src/data/table/index.ts';
import { rowsOf } from './sources.ts';

const table = tableFromColumns({ a: Float64Array.of(1, 2, 3), b: Float64Array.of(4, 5, 6), s: ['x', null, 'z'] });

/** Adds `sum` = a + b and replaces a by its double. */
const step: TableStep = {
  fields: [...table.fields, { name: 'sum', type: 'Float64', nullable: false }],
  requires: ['a', 'b'],
  apply: (batch) => {
    const [a, b] = [batch.float64('a'), batch.float64('b')];
    return batch.assign({ sum: a.map((x, i) => x + (b[i] as number)), a: a.map((x) => 2 * x) });
  },
  chain: [{ type: 'StandardScaler', columns: ['a'], nSamplesSeen: [3] }],
};

test('a table is known as one', () => {
  expect(isTable(table)).toBe(true);
  expect(isTable({})).toBe(false);
  expect(table.columnNames).toEqual(['a', 'b', 's']);
});

test('a step is applied to what it requires, whatever is asked for', async () => {
  const derived = table.derive(step);
  expect(await rowsOf(derived)).toEqual({ a: [2, 4, 6], b: [4, 5, 6], s: ['x', null, 'z'], sum: [5, 7, 9] });
  expect(await derived.column('sum')).toEqual(Float64Array.of(5, 7, 9));
  expect(await rowsOf(derived.select(['s', 'a']))).toEqual({ s: ['x', null, 'z'], a: [2, 4, 6] });
  expect(await rowsOf(derived.select(['sum']), { rows: [1, 2] })).toEqual({ sum: [7] });
  expect(await rowsOf(table)).toEqual({ a: [1, 2, 3], b: [4, 5, 6], s: ['x', null, 'z'] });
});

test('a derived table remembers its step and carries the chain of its step', () => {
  const derived = table.derive(step);
  expect(derived.origin).toEqual({ table, step });
  expect(derived.chain).toEqual(step.chain);
  expect(derived.select(['sum']).chain).toEqual(step.chain);
  expect(table.chain).toEqual([]);
});

test('a step on a step', async () => {
  const twice = table.derive(step).derive({
    fields: [{ name: 'sum', type: 'Float64', nullable: false }],
    requires: ['sum', 'a'],
    apply: (batch) => batch.assign({ sum: batch.float64('sum').map((x, i) => x * (batch.float64('a')[i] as number)) }),
  });
  expect(await rowsOf(twice)).toEqual({ sum: [10, 28, 54] });
});

test('names that are not there, or there twice', async () => {
  const unknown = expect.objectContaining({
    code: 'UNKNOWN_COLUMN',
    message: 'table: no column "q"',
    remedy: 'its columns are "a", "b", "s"',
  });
  expect(() => table.select(['q'])).toThrow(unknown);
  await expect(table.column('q')).rejects.toEqual(unknown);
  await expect(rowsOf(table, { columns: ['q'] })).rejects.toEqual(unknown);
  expect(() => table.derive({ ...step, requires: ['q'] })).toThrow(unknown);
  expect(() => table.select(['a', 'a'])).toThrow('table: column "a" is selected twice');
});

test('columns of different length', async () => {
  expect(() => tableFromColumns({ a: Float64Array.of(1), b: ['x', 'y'] })).toThrow(
    'table: column "b" must have 1 rows like the first, got 2',
  );
  const short = table.derive({ ...step, apply: (batch) => batch.assign({ sum: Float64Array.of(1) }) });
  await expect(rowsOf(short)).rejects.toThrow('table: column "sum" must have 3 rows, got 1');
});

test('text as a number', async () => {
  await expect(table.column('s')).rejects.toMatchObject({
    code: 'NOT_NUMERIC',
    message: 'table: column "s" must be numeric, got type Utf8',
  });
});
