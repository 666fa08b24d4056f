import { expect, test } from 'vitest';
import { checkColumns, checkFinite, tableFromColumns } from '../../../src/data/table/index.ts';

const table = tableFromColumns(
  {
    a: Float64Array.of(1, 2, 3, 4),
    b: Float64Array.of(1, Number.NaN, 3, Infinity),
    c: Float64Array.of(-Infinity, 2, 3, 4),
    s: ['x', null, 'y', 'z'],
    y: Float64Array.of(1, 2, 3, 4),
  },
  { name: 'train.csv' },
);

test.each([
  [{ features: ['a', 'nope'], target: 'y' }, 'UNKNOWN_COLUMN', 'train.csv: no column "nope"'],
  [{ features: ['a'], target: 'Y' }, 'UNKNOWN_COLUMN', 'train.csv: no column "Y"'],
  [{ features: ['a', 'b', 'a'], target: 'y' }, 'DUPLICATE_COLUMN', 'train.csv: column "a" is a feature twice'],
  [{ features: ['a', 'y'], target: 'y' }, 'TARGET_AMONG_FEATURES', 'train.csv: column "y" is the target and a feature'],
  [{ features: ['s'], target: 'y' }, 'NOT_NUMERIC', 'train.csv: column "s" must be numeric, got type Utf8'],
  [{ features: ['a'], target: 's' }, 'NOT_NUMERIC', 'train.csv: column "s" must be numeric, got type Utf8'],
  [{ features: [] }, 'NO_FEATURES', 'train.csv: no feature columns'],
])('%j is refused', (wanted, code, message) => {
  expect(() => checkColumns(table, wanted)).toThrow(expect.objectContaining({ code, kind: 'content', message }));
});

test('a table without rows is refused', () => {
  const empty = tableFromColumns({ a: new Float64Array() });
  expect(() => checkColumns(empty, { features: ['a'] })).toThrow(expect.objectContaining({ code: 'EMPTY_TABLE' }));
});

test('what is right passes', () => {
  checkColumns(table, { features: ['a', 'b', 'c'], target: 'y' });
});

test('missing and infinite values are told apart, and the first row that has one is named', async () => {
  for await (const batch of table.batches({ rows: [1, 4] })) {
    checkFinite(batch, ['a', 'c', 'y'], 'train');
    expect(() => checkFinite(batch, ['a', 'b'], 'train')).toThrow(
      expect.objectContaining({
        code: 'MISSING_VALUE',
        message: 'train: column "b" must be finite, got a missing value at row 2',
        position: { column: 'b', row: 2 },
      }),
    );
  }
  for await (const batch of table.batches({ rows: [2, 4] })) {
    expect(() => checkFinite(batch, ['a', 'b'], 'train')).toThrow(
      expect.objectContaining({
        code: 'NON_FINITE',
        message: 'train: column "b" must be finite, got Infinity at row 4',
      }),
    );
  }
  for await (const batch of table.batches()) {
    expect(() => checkFinite(batch, ['b', 'c'], 'train')).toThrow('column "c" must be finite, got -Infinity at row 1');
  }
});
