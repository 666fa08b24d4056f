import * as arrow from 'apache-arrow';
import { describe, expect, test } from 'vitest';
import { isNumeric } from '../../../src/contracts/table.ts';
import type { Table } from '../../../src/contracts/table.ts';
import {
  openPath,
  tableFromArrow,
  tableFromColumns,
  toArrow,
  writeCsvFile,
  writeParquet,
} from '../../../src/data/table/index.ts';
import { readFile } from 'node:fs/promises';
import { columnsOf } from '../../../src/data/table/batch.ts';
import { LazyTable } from '../../../src/data/table/lazy-table.ts';
import { rowsOf, scratchFolder } from './sources.ts';

const path = await scratchFolder();

/** One column of each type, three rows, the second missing. */
const VECTORS: Record<string, arrow.Vector> = {
  int8: arrow.vectorFromArray([1, null, -128], new arrow.Int8()),
  uint32: arrow.vectorFromArray([1, null, 4294967295], new arrow.Uint32()),
  int64: arrow.vectorFromArray([1n, null, -(2n ** 63n)], new arrow.Int64()),
  float16: arrow.vectorFromArray([0.5, null, -65504], new arrow.Float16()),
  float32: arrow.vectorFromArray([0.5, null, -0.25], new arrow.Float32()),
  float64: arrow.vectorFromArray([0.1, null, -0], new arrow.Float64()),
  bool: arrow.vectorFromArray([true, null, false], new arrow.Bool()),
  utf8: arrow.vectorFromArray(['a', null, ''], new arrow.Utf8()),
  largeUtf8: arrow.vectorFromArray(['a', null, 'é'], new arrow.LargeUtf8()),
  dictionary: arrow.vectorFromArray(['a', null, 'a'], new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32())),
  categories: arrow.vectorFromArray([3, null, 3], new arrow.Dictionary(new arrow.Int32(), new arrow.Int32())),
  date: arrow.vectorFromArray([new Date('2020-02-29'), null, new Date('1969-12-31')], new arrow.DateDay()),
  seconds: arrow.vectorFromArray([0, null, -1000], new arrow.TimestampSecond()),
  micros: arrow.makeVector(
    arrow.makeData({
      type: new arrow.TimestampMicrosecond('UTC'),
      data: BigInt64Array.of(1_582_934_400_123_456n, 0n, -1n),
      nullBitmap: Uint8Array.of(0b101),
      nullCount: 1,
    }),
  ),
  decimal: arrow.makeVector(
    arrow.makeData({
      type: new arrow.Decimal(2, 10, 128),
      data: Uint32Array.of(12345, 0, 0, 0, 0, 0, 0, 0, 0xffff_fffb, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff),
      nullBitmap: Uint8Array.of(0b101),
      nullCount: 1,
    }),
  ),
  binary: arrow.vectorFromArray([Uint8Array.of(1, 2), null, Uint8Array.of()], new arrow.Binary()),
  list: arrow.vectorFromArray([[1, 2], null, []], new arrow.List(new arrow.Field('item', new arrow.Int32(), true))),
  duration: arrow.makeVector(
    arrow.makeData({
      type: new arrow.DurationMillisecond(),
      data: BigInt64Array.of(5n, 0n, -7n),
      nullBitmap: Uint8Array.of(0b101),
      nullCount: 1,
    }),
  ),
};
const everyType = new arrow.Table(VECTORS);

/** A table's values as JSON, by Arrow's own reading of them. */
async function valuesOf(table: Table): Promise<unknown> {
  const plain = await toArrow(table);
  return JSON.parse(
    JSON.stringify(
      plain.toArray().map((row) => row?.toJSON()),
      (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value),
    ),
  );
}

describe('columns of any type', () => {
  test('pass unchanged through Arrow, steps and Parquet', async () => {
    const table = await tableFromArrow(everyType, { name: 'every' });
    const stepped = table
      .derive({
        fields: [...table.fields, { name: 'more', type: 'Float64', nullable: false }],
        requires: ['float64'],
        apply: (batch) => batch.assign({ more: batch.float64('float64').map((x) => x + 1) }),
      })
      .select(table.columnNames.toReversed());
    await writeParquet(stepped, path('every.parquet'));
    const back = (await openPath(path('every.parquet'))).select(table.columnNames);
    expect(back.fields).toEqual(table.fields);
    expect(await valuesOf(back)).toEqual(await valuesOf(table));
    // One of them alone, so that the others' types are not at hand.
    for (const name of table.columnNames) {
      expect(await valuesOf(back.select([name]))).toEqual(await valuesOf(table.select([name])));
    }
  });

  test('in row groups that are joined anew', async () => {
    const table = await tableFromArrow(everyType);
    await writeParquet(table, path('a.parquet'));
    const once = await openPath(path('a.parquet'));
    await writeParquet(once, path('b.parquet'));
    expect(await valuesOf(await openPath(path('b.parquet')))).toEqual(await valuesOf(table));
  });

  test('that hold nothing, over several row groups', async () => {
    const nothing = arrow.makeVector(arrow.makeData({ type: new arrow.Null(), length: 70_000 }));
    const table = await tableFromArrow(new arrow.Table({ x: arrow.makeVector(new Float64Array(70_000)), nothing }));
    await writeParquet(table, path('nothing.parquet'));
    const back = await toArrow(await openPath(path('nothing.parquet')));
    expect([back.numRows, back.getChild('nothing')?.nullCount]).toEqual([70_000, 70_000]);
  });

  test('as CSV', async () => {
    const table = await tableFromArrow(everyType);
    const names = table.columnNames.filter((name) => !['binary', 'list', 'duration'].includes(name));
    await writeCsvFile(table.select(names), path('every.csv'));
    expect(await readFile(path('every.csv'), 'utf8')).toBe(
      [
        names.join(','),
        '1,1,1,0.5,0.5,0.1,true,a,a,a,3,2020-02-29,1970-01-01T00:00:00,2020-02-29T00:00:00.123456Z,123.45',
        ',,,,,,,,,,,,,,',
        '-128,4294967295,-9223372036854775808,-65504,-0.25,-0,false,"",é,a,3,1969-12-31,1969-12-31T23:59:59,1969-12-31T23:59:59.999999Z,-0.05',
        '',
      ].join('\n'),
    );
    await expect(writeCsvFile(table.select(['list']), path('no.csv'))).rejects.toMatchObject({ code: 'NOT_WRITABLE' });
  });

  test('as CSV, from rows that are not a multiple of eight', async () => {
    const flags = Array.from({ length: 21 }, (_, i) => (i % 5 === 0 ? null : i % 3 === 0));
    const table = await tableFromArrow(new arrow.Table({ flags: arrow.vectorFromArray(flags, new arrow.Bool()) }));
    const odd = new LazyTable({
      name: 'odd',
      fields: table.fields,
      numRows: 21,
      read: async function* () {
        for await (const batch of table.batches({ batchRows: 3 })) yield columnsOf(batch, 'odd');
      },
    });
    await writeCsvFile(odd, path('flags.csv'));
    expect((await readFile(path('flags.csv'), 'utf8')).trim().split('\n').slice(1)).toEqual(
      flags.map((flag) => (flag === null ? '""' : String(flag))),
    );
    expect(await odd.column('flags')).toEqual(
      Float64Array.from(flags, (flag) => (flag === null ? Number.NaN : Number(flag))),
    );
  });

  test('as numbers where they are numbers', async () => {
    const table = await tableFromArrow(everyType);
    const numeric = table.fields.filter(isNumeric).map((field) => field.name);
    expect(numeric).toEqual(['int8', 'uint32', 'int64', 'float16', 'float32', 'float64', 'bool', 'categories']);
    const exact = await rowsOf(table.select(numeric.filter((name) => name !== 'int64')));
    expect(exact).toEqual({
      int8: [1, Number.NaN, -128],
      uint32: [1, Number.NaN, 4294967295],
      float16: [0.5, Number.NaN, -65504],
      float32: [0.5, Number.NaN, -0.25],
      float64: [0.1, Number.NaN, -0],
      bool: [1, Number.NaN, 0],
      categories: [3, Number.NaN, 3],
    });
    await expect(table.column('int64')).rejects.toMatchObject({
      code: 'NOT_EXACT',
      message: 'table: column "int64" must fit a double, got -9223372036854775808 at row 3',
    });
    await expect(table.column('date')).rejects.toMatchObject({
      code: 'NOT_NUMERIC',
      message: 'table: column "date" must be numeric, got type Date32<DAY>',
    });
  });

  test('text is text, however it is encoded', async () => {
    for await (const batch of (await tableFromArrow(everyType)).batches()) {
      expect(batch.utf8('utf8')).toEqual(['a', null, '']);
      expect(batch.utf8('largeUtf8')).toEqual(['a', null, 'é']);
      expect(batch.utf8('dictionary')).toEqual(['a', null, 'a']);
      expect(() => batch.utf8('int8')).toThrow('column "int8" must be text, got type Int8');
    }
  });

  test('the bytes of a table, and a value that is no Arrow table', async () => {
    expect((await tableFromArrow(arrow.tableToIPC(everyType, 'stream'))).numRows).toBe(3);
    await expect(tableFromArrow({ a: 1 })).rejects.toMatchObject({ code: 'BAD_ARROW', kind: 'content' });
  });

  test('Arrow from columns', async () => {
    const plain = await toArrow(tableFromColumns({ x: Float64Array.of(1, 2), s: ['a', null] }));
    expect(plain.toArray().map((row) => row?.toJSON())).toEqual([
      { x: 1, s: 'a' },
      { x: 2, s: null },
    ]);
  });
});
