import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { readFile, writeFile } from 'node:fs/promises';
import { serialize } from 'node:v8';
import { describe, expect, test } from 'vitest';
import type { TransformerState } from '../../../src/contracts/model.ts';
import type { Batch, Table } from '../../../src/contracts/table.ts';
import { encodeRange, openPath, readTable, tableFromColumns, writeParquet } from '../../../src/data/table/index.ts';
import { columnsOf, type ColumnBatch } from '../../../src/data/table/batch.ts';
import { LazyTable } from '../../../src/data/table/lazy-table.ts';
import { withParquet } from '../../../src/data/table/parquet-module.ts';
import { memorySource, randomNumbers, rowsOf, scratchFolder } from './sources.ts';

const path = await scratchFolder();
const HARD = Float64Array.of(0, -0, 1.5, Number.NaN, Infinity, -Infinity, 5e-324, 1.7976931348623157e308, 0.1 + 0.2);
const LABELS = ['a', null, '', 'é😀', 'a,b', 'line\nbreak', '"', 'NA', 'z'];

async function readBytes(bytes: Uint8Array): Promise<Table> {
  return readTable(memorySource(bytes), { name: 'x.parquet', format: 'parquet' });
}

test('what a thread answers of a row group is small: garbage of it is memory that grows with the rows', async () => {
  const values = randomNumbers(65_536);
  const holes = values.map((value) => (value > 0.5 ? Number.NaN : value));
  const columns = Object.fromEntries(Array.from({ length: 10 }, (_, j) => [`c${j}`, j === 3 ? holes : values]));
  const into = new SharedArrayBuffer(10 * 9 * 65_536);
  const table = { name: '', from: { location: 'memory', columns, firstRow: 0 }, steps: '[]' } as const;
  const group = await encodeRange(tableFromColumns(columns), { table, rows: [0, 65_536], into });
  const { schema: _, release: __, ...answer } = group!;
  expect(serialize(answer).length).toBeLessThan(2500);
});

describe('round trip', () => {
  test('numbers to the bit and text with nulls', async () => {
    const written = await writeParquet(tableFromColumns({ x: HARD, label: LABELS }), path('hard.parquet'));
    expect(written).toMatchObject({ format: 'parquet', numRows: 9 });
    const table = await openPath(path('hard.parquet'));
    expect(table.numRows).toBe(9);
    expect(table.fields).toEqual([
      { name: 'x', type: 'Float64', nullable: false },
      { name: 'label', type: 'Utf8', nullable: true },
    ]);
    const back = await rowsOf(table);
    expect(back['label']).toEqual(LABELS);
    expect(Buffer.from(Float64Array.from(back['x'] as number[]).buffer)).toEqual(Buffer.from(HARD.buffer));
  });

  test('hyparquet reads what is written', async () => {
    const numbers = randomNumbers(70_000);
    const text = Array.from(numbers, (x) => (x > 0.4 ? null : `t${Math.round(x * 10)}`));
    await writeParquet(tableFromColumns({ x: numbers, text }), path('ours.parquet'));
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(path('ours.parquet')) });
    expect(rows.length).toBe(70_000);
    expect(rows.every((row, i) => row['x'] === numbers[i] && (row['text'] ?? null) === text[i])).toBe(true);
  });

  test('what hyparquet-writer writes is read', async () => {
    const bytes = parquetWriteBuffer({
      columnData: [
        { name: 'x', data: [1.5, null, -2.25, Number.NaN], type: 'DOUBLE' },
        { name: 'n', data: [1, 2, null, 4], type: 'INT32' },
        { name: 'big', data: [1n, 2n ** 53n - 1n, -5n, null], type: 'INT64' },
        { name: 'yes', data: [true, false, null, true], type: 'BOOLEAN' },
        { name: 's', data: ['a', 'b', null, 'a'], type: 'STRING' },
        { name: 'f', data: [0.5, 1.25, -1, null], type: 'FLOAT' },
      ],
    });
    const table = await readBytes(new Uint8Array(bytes));
    expect(table.fields.map((field) => field.type)).toEqual(['Float64', 'Int32', 'Int64', 'Bool', 'Utf8', 'Float32']);
    expect(await rowsOf(table)).toEqual({
      x: [1.5, Number.NaN, -2.25, Number.NaN],
      n: [1, 2, Number.NaN, 4],
      big: [1, 2 ** 53 - 1, -5, Number.NaN],
      yes: [1, 0, Number.NaN, 1],
      s: ['a', 'b', null, 'a'],
      f: [0.5, 1.25, -1, Number.NaN],
    });
  });

  test('a null among doubles stays null, a NaN stays NaN', async () => {
    const bytes = parquetWriteBuffer({ columnData: [{ name: 'x', data: [1, null, Number.NaN], type: 'DOUBLE' }] });
    await writeParquet(await readBytes(new Uint8Array(bytes)), path('null.parquet'));
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(path('null.parquet')) });
    expect(rows.map((row) => row['x'])).toEqual([1, null, Number.NaN]);
  });

  test('the chain and the source come back', async () => {
    const scaler: TransformerState = {
      type: 'StandardScaler',
      columns: ['x'],
      nSamplesSeen: [9],
      mean: [1],
      scale: [2],
    };
    const source = { name: 'cal_housing.tgz', synthetic: false, sha256: 'ab' };
    const table = tableFromColumns({ x: HARD }, { chain: [scaler], source });
    await writeParquet(table, path('chain.parquet'));
    const back = await openPath(path('chain.parquet'));
    expect(back.chain).toEqual([scaler]);
    expect(back.source).toEqual(source);
  });

  test('no rows', async () => {
    const table = tableFromColumns({ x: new Float64Array(), s: [] });
    expect((await writeParquet(table, path('none.parquet'))).numRows).toBe(0);
    const back = await openPath(path('none.parquet'));
    expect(back.numRows).toBe(0);
    expect(back.fields.map((field) => field.type)).toEqual(['Float64', 'Utf8']);
    expect(await rowsOf(back)).toEqual({ x: [], s: [] });
    expect(await back.column('x')).toEqual(new Float64Array());
    expect((await parquetReadObjects({ file: await asyncBufferFromFile(path('none.parquet')) })).length).toBe(0);
  });
});

describe('bytes', () => {
  test('depend on the rows alone, not on the batches they came in', async () => {
    const text = Array.from({ length: 150_000 }, (_, row) => (row % 7 === 0 ? null : `é${row} `.repeat(row % 40)));
    const columns = { x: randomNumbers(150_000), text, y: randomNumbers(150_000, 7) };
    const whole = await writeParquet(tableFromColumns(columns), path('whole.parquet'));
    const { row_groups } = await parquetMetadataAsync(await asyncBufferFromFile(path('whole.parquet')));
    // Text ends a row group at 8 MiB, and the 65,536th row ends one.
    const ends = row_groups.map(
      (
        (row) => (group) =>
          (row += Number(group.num_rows))
      )(0),
    );
    const sizes = ends.map((end, i) => Buffer.byteLength(text.slice(ends[i - 1] ?? 0, end).join('')));
    expect(ends.length).toBeGreaterThan(3);
    expect(ends).toEqual(expect.arrayContaining([65_536, 131_072, 150_000]));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(8 * 2 ** 20);
    const odd = tableFromColumns(columns);
    const pieces = new LazyTable({
      name: 'pieces',
      fields: odd.fields,
      numRows: undefined,
      read: async function* () {
        for await (const batch of odd.batches({ batchRows: 999 })) yield columnsOf(batch, 'pieces');
      },
    });
    const again = await writeParquet(pieces, path('pieces.parquet'));
    expect(again.sha256).toBe(whole.sha256);
    const reread = await writeParquet(await openPath(path('whole.parquet')), path('reread.parquet'));
    expect(reread.sha256).toBe(whole.sha256);
  });

  test('are these, on every machine', async () => {
    const table = tableFromColumns({ x: randomNumbers(1000), s: Array.from({ length: 1000 }, (_, i) => `s${i % 7}`) });
    const written = await writeParquet(table, path('pinned.parquet'));
    expect(written.sha256).toMatchInlineSnapshot(`"ed37e0153a9eddf5d734c35d27e278328c4924f577722a045b5ea87cd6642a98"`);
    expect(written.sizeBytes).toBe((await readFile(path('pinned.parquet'))).length);
  });
});

describe('reading parts', () => {
  const columns = { a: randomNumbers(200_000, 1), b: randomNumbers(200_000, 2), c: randomNumbers(200_000, 3) };

  test('only the columns and row groups that are asked for are read from the source', async () => {
    await writeParquet(tableFromColumns(columns), path('parts.parquet'));
    const source = memorySource(await readFile(path('parts.parquet')));
    const table = await readTable(source, { name: 'parts', format: 'parquet' });
    source.reads.length = 0;
    const got: number[] = [];
    for await (const batch of table.batches({ columns: ['b'], rows: [70_000, 70_010] })) {
      expect(batch.rowOffset).toBe(70_000);
      expect(batch.fields.map((field) => field.name)).toEqual(['b']);
      got.push(...batch.float64('b'));
    }
    expect(got).toEqual([...columns.b.subarray(70_000, 70_010)]);
    const bytesRead = source.reads.reduce((sum, [start, end]) => sum + end - start, 0);
    expect(bytesRead).toBeLessThan(65_536 * 8 * 1.1);
  });

  test('any range of rows, in batches no longer than asked', async () => {
    await writeParquet(tableFromColumns(columns), path('parts.parquet'));
    const table = await openPath(path('parts.parquet'));
    for (const [start, end, batchRows] of [
      [0, 1, 10],
      [65_535, 65_537, 1000],
      [10, 199_999, 7001],
      [199_990, 300_000, 65_536],
      [5, 5, 10],
    ] as const) {
      const got: number[] = [];
      for await (const batch of table.batches({ columns: ['c', 'a'], rows: [start, end], batchRows })) {
        expect(batch.numRows).toBeLessThanOrEqual(batchRows);
        expect(batch.rowOffset).toBe(start + got.length);
        got.push(...batch.float64('a'));
      }
      expect(got).toEqual([...columns.a.subarray(start, end)]);
    }
  });

  test('stopping early, and reading twice', async () => {
    const table = await openPath(path('parts.parquet'));
    for await (const batch of table.batches()) {
      expect(batch.numRows).toBe(65_536);
      break;
    }
    expect(await table.column('b')).toEqual(columns.b);
    expect(await table.column('b')).toEqual(columns.b);
  });
});

async function whole(): Promise<Buffer> {
  const table = tableFromColumns({ x: randomNumbers(3000), s: Array.from({ length: 3000 }, (_, i) => `${i % 50}`) });
  await writeParquet(table, path('sound.parquet'));
  return readFile(path('sound.parquet'));
}

test.each([
  ['plain', false],
  ['encoded by the library', true],
])('two readings of one table at once do not share memory: %s', async (_, nullable) => {
  const n = 200_000;
  const table = tableFromColumns({ a: randomNumbers(n, 41), b: randomNumbers(n, 42) });
  const fields = table.fields.map((field) => ({ ...field, nullable }));
  const written = table.derive({ fields, requires: [], apply: (batch) => batch });
  await writeParquet(
    new LazyTable({ name: 'w', fields, numRows: n, read: () => ownBatches(written) }),
    path('shared.parquet'),
  );
  const back = await openPath(path('shared.parquet'));
  const [one, two] = [back.batches({ columns: ['a'] }), back.batches({ columns: ['b', 'a'] })].map((each) =>
    each[Symbol.asyncIterator](),
  ) as [AsyncIterator<Batch>, AsyncIterator<Batch>];
  for (let rows = 0; rows < n;) {
    const [{ value: x }, { value: y }] = await Promise.all([one.next(), two.next()]);
    expect(x.float64('a')).toEqual(y.float64('a'));
    expect(x.float64('a')[7]).toBe((await table.column('a'))[rows + 7]);
    expect(y.float64('b')[7]).toBe((await table.column('b'))[rows + 7]);
    rows += x.numRows;
  }
  await one.return?.();
  await two.return?.();
  expect(await back.column('b')).toEqual(await table.column('b'));
});

async function* ownBatches(table: Table): AsyncGenerator<ColumnBatch> {
  for await (const batch of table.batches()) yield columnsOf(batch, 'w');
}

describe('one giant row group', () => {
  const n = 300_001;
  const x = randomNumbers(n, 21);
  const data = {
    x: Array.from(x, (value, i) => (i % 1000 === 7 ? null : value)),
    k: Array.from({ length: n }, (_, i) => (i % 11 === 0 ? null : i)),
    s: Array.from({ length: n }, (_, i) => (i % 13 === 0 ? null : `label ${i % 1700}`)),
    plain: Array.from({ length: n }, (_, i) => `${i}-${x[i]}`),
  };
  const bytes = new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: 'x', data: data.x, type: 'DOUBLE' },
        { name: 'k', data: data.k, type: 'INT32' },
        { name: 's', data: data.s, type: 'STRING' },
        { name: 'plain', data: data.plain, type: 'STRING' },
      ],
      rowGroupSize: n,
      pageSize: 100_000,
    }),
  );

  test('is read some pages at a time', async () => {
    const source = memorySource(bytes);
    const table = await readTable(source, { name: 'giant', format: 'parquet' });
    let rows = 0;
    for await (const batch of table.batches()) {
      expect(batch.rowOffset).toBe(rows);
      expect(batch.numRows).toBeLessThanOrEqual(65_536);
      const [numbers, ints, text, plain] = [
        batch.float64('x'),
        batch.float64('k'),
        batch.utf8('s'),
        batch.utf8('plain'),
      ];
      const wrong = numbers.findIndex(
        (value, i) =>
          !Object.is(value, data.x[rows + i] ?? Number.NaN) ||
          !Object.is(ints[i], data.k[rows + i] ?? Number.NaN) ||
          text[i] !== data.s[rows + i] ||
          plain[i] !== data.plain[rows + i],
      );
      expect(wrong).toBe(-1);
      rows += batch.numRows;
    }
    expect(rows).toBe(n);
    expect(Math.max(...source.reads.map(([start, end]) => end - start))).toBeLessThan(bytes.length / 5);
  });

  test.each([
    [0, 3],
    [65_536, 65_540],
    [123_456, 200_000],
    [299_999, 300_001],
  ])('rows %i to %i', async (start, end) => {
    const source = memorySource(bytes);
    const table = await readTable(source, { name: 'giant', format: 'parquet' });
    const got = await rowsOf(table.select(['x', 's']), { rows: [start, end] });
    expect(got['x']).toEqual(data.x.slice(start, end).map((value) => value ?? Number.NaN));
    expect(got['s']).toEqual(data.s.slice(start, end));
  });

  test('damage in a page is said to be damage', async () => {
    for (const at of [4, 5, 100, 20_000, 2_000_000]) {
      const damaged = bytes.slice();
      damaged.fill(0xff, at, at + 50);
      const table = readTable(memorySource(damaged), { name: 'giant', format: 'parquet' });
      const read = table
        .then((each) => rowsOf(each))
        .then(
          () => 'read',
          (error: unknown) => (error as { code: string }).code,
        );
      expect(['BAD_PARQUET', 'read']).toContain(await read);
    }
  });
});

describe('damage', () => {
  test('a file cut off anywhere is said to be damaged', async () => {
    const bytes = await whole();
    for (const size of [0, 3, 8, 11, 100, bytes.length >> 1, bytes.length - 9, bytes.length - 1]) {
      await expect(readBytes(bytes.subarray(0, size))).rejects.toMatchObject({
        code: 'BAD_PARQUET',
        kind: 'content',
        message: expect.stringMatching(/^x\.parquet: damaged Parquet file: /) as string,
      });
    }
  });

  test('flipped bytes give the rows, or an error of kind content; later reads are sound', async () => {
    const bytes = await whole();
    let refused = 0;
    for (let at = 0; at < bytes.length; at += 131) {
      const damaged = Uint8Array.from(bytes);
      damaged[at] = (damaged[at] as number) ^ 0x55;
      try {
        await rowsOf(await readBytes(damaged));
      } catch (error) {
        expect(error).toMatchObject({ kind: 'content' });
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(0);
    expect((await rowsOf(await readBytes(bytes)))['x']).toEqual([...randomNumbers(3000)]);
  });

  test('a flipped byte anywhere in the footer gives a table, or an error of kind content', async () => {
    const bytes = await whole();
    const footerBytes = bytes.readUInt32LE(bytes.length - 8);
    let refusedByLibrary = 0;
    for (let at = bytes.length - 8 - footerBytes; at < bytes.length - 8; at++) {
      const damaged = Uint8Array.from(bytes);
      damaged[at] = (damaged[at] as number) ^ 0x95;
      try {
        await readBytes(damaged);
      } catch (error) {
        expect(error).toMatchObject({ kind: 'content' });
        if ((error as Error).message.includes('its schema cannot be read: ')) refusedByLibrary++;
      }
    }
    expect(refusedByLibrary).toBeGreaterThan(0);
  });

  test('after a trap in the library the next read has a fresh instance', async () => {
    const before = await withParquet((parquet) => parquet.wasmMemory());
    await expect(
      withParquet(() => {
        throw new WebAssembly.RuntimeError('unreachable');
      }),
    ).rejects.toThrow('unreachable');
    expect(await withParquet((parquet) => parquet.wasmMemory())).not.toBe(before);
    expect((await readBytes(await whole())).numRows).toBe(3000);
  });

  test('a file that is no Parquet, and one that is gone', async () => {
    await writeFile(path('text.parquet'), 'a,b\n1,2\n3,4\n');
    await expect(openPath(path('text.parquet'))).rejects.toMatchObject({ code: 'BAD_PARQUET', kind: 'content' });
    await expect(openPath(path('absent.parquet'))).rejects.toMatchObject({ code: 'NO_FILE', kind: 'store' });
    await expect(openPath(path('.'))).rejects.toMatchObject({ code: 'NOT_A_FILE', kind: 'store' });
  });

  test('a file replaced while it is read is refused, not mixed', async () => {
    await writeFile(path('moving.parquet'), await whole());
    const table = await openPath(path('moving.parquet'));
    await writeParquet(
      tableFromColumns({ x: randomNumbers(3000, 9), s: Array(3000).fill('q') as string[] }),
      path('moving.parquet'),
    );
    await expect(rowsOf(table)).rejects.toMatchObject({ code: 'FILE_CHANGED' });
  });

  test('a column that is there twice', async () => {
    const bytes = parquetWriteBuffer({
      columnData: [
        { name: 'x', data: [1], type: 'DOUBLE' },
        { name: 'x', data: [2], type: 'DOUBLE' },
      ],
    });
    await expect(readBytes(new Uint8Array(bytes))).rejects.toMatchObject({ code: 'DUPLICATE_COLUMN', kind: 'content' });
  });

  test('a write that fails leaves no file', async () => {
    const table = tableFromColumns({ x: HARD }).derive({
      fields: [{ name: 'x', type: 'Float64', nullable: false }],
      requires: ['x'],
      apply: () => {
        throw new Error('in the middle');
      },
    });
    await expect(writeParquet(table, path('half.parquet'))).rejects.toThrow('in the middle');
    await expect(readFile(path('half.parquet'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
