import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeVector, Table as ArrowTable, tableToIPC } from 'apache-arrow';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { memoryNeeded, parseSize, planMemory } from '../../src/cli/memory.ts';
import { tableFromColumns, writeCsvFile, writeParquet } from '../../src/data/table/index.ts';
import { withParquet } from '../../src/data/table/parquet-module.ts';
import { ridgeline } from './ridgeline.ts';

const COLUMNS = 9;
const FEW = 220_000;
const MANY = 10 * FEW;
/** Says the peak of the whole process, its threads included. `maxRSS` will not do: it begins with that of our own. */
const REPORT_PEAK =
  `data:text/javascript,import{isMainThread%20as%20m}from'node:worker_threads';import{readFileSync%20as%20r}from'node:fs';` +
  `m&&process.on('exit',()=>console.error(r('/proc/self/status','utf8').match(/VmHWM.*/)[0]))`;

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ridgeline-memory-'));
  for (const [name, rows] of [
    ['few', FEW],
    ['many', MANY],
  ] as const) {
    const table = tableFromColumns(madeColumns(rows));
    await writeParquet(table, join(folder, `${name}.parquet`));
    if (name === 'few') await writeCsvFile(table, join(folder, 'few.csv'));
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Peak in bytes. */
async function peakOf(...args: string[]): Promise<number> {
  const { code, stderr } = await ridgeline(args, {
    home: join(folder, 'home'),
    env: { NODE_OPTIONS: `--import ${REPORT_PEAK}` },
  });
  expect(code, stderr).toBe(0);
  return 1024 * Number(/VmHWM:\s+(\d+) kB/.exec(stderr)?.[1]);
}

test('the peak of fit and predict stays under the budget, on one thread and on two, also with ten times the rows', async () => {
  const model = join(folder, 'model.json');
  for (const [name, threads, budget] of [
    ['few.csv', '1', 180],
    ['many.parquet', '1', 180],
    ['few.parquet', '2', 240],
    ['many.parquet', '2', 240],
  ] as const) {
    const data = join(folder, name);
    const all = ['--threads', threads, '--memory', `${budget}MB`];
    expect(await peakOf('fit', data, '--target', 'c8', '--out', model, ...all)).toBeLessThan(budget * 1e6);
    const out = join(folder, 'out.parquet');
    expect(await peakOf('predict', model, data, '--out', out, ...all)).toBeLessThan(budget * 1e6);
  }
});

test('columns of integers, which the library decodes, stay within the budget', async () => {
  const columns = Array.from({ length: COLUMNS }, (_, j) => {
    const words = new Int32Array(2 * MANY); // low and high ones in turn: BigInts one by one take seconds
    for (let i = 0; i < MANY; i++) words[2 * i] = (i * (j + 7)) % 9973;
    return [`c${j}`, makeVector(new BigInt64Array(words.buffer))];
  });
  const stream = tableToIPC(new ArrowTable(Object.fromEntries(columns)), 'stream');
  const [data, model] = [join(folder, 'integers.parquet'), join(folder, 'model.json')];
  const bytes = await withParquet((parquet) => {
    const properties = new parquet.WriterPropertiesBuilder().setMaxRowGroupSize(200_000).build();
    return parquet.writeParquet(parquet.Table.fromIPCStream(stream), properties);
  });
  writeFileSync(data, bytes);
  const all = ['--threads', '2', '--memory', '300MB'];
  expect(await peakOf('fit', data, '--target', 'c8', '--out', model, ...all)).toBeLessThan(300e6);
});

test('columns of text that pass through predict stay within the budget, from CSV and from Parquet', async () => {
  const rows = 16_000;
  const [data, model, out] = [join(folder, 'text.csv'), join(folder, 'model.json'), join(folder, 'text.parquet')];
  const names = Array.from({ length: 24 }, (_, j) => `t${j}`);
  const lines = Array.from({ length: rows }, (_, row) => `${row % 97},${row % 89},${madeTexts(row).join(',')}`);
  writeFileSync(data, [`x,y,${names.join(',')}`, ...lines].join('\n'));
  expect((await ridgeline(['fit', data, '--target', 'y', '--features', 'x', '--out', model])).code).toBe(0);
  const budget = ['--threads', '1', '--memory', '300MB'];
  expect(await peakOf('predict', model, data, '--out', out, ...budget)).toBeLessThan(300e6);
  const twice = join(folder, 'twice.parquet');
  expect(await peakOf('predict', model, out, '--as', 'again', '--out', twice, ...budget)).toBeLessThan(300e6);
  const file = await asyncBufferFromFile(twice);
  const [last] = await parquetReadObjects({ file, rowStart: rows - 1, columns: names });
  expect(Object.values(last!)).toEqual(madeTexts(rows - 1));
});

async function fitWith(memory: string): Promise<string> {
  const data = join(folder, 'few.parquet');
  const { stdout } = await ridgeline(['fit', data, '--target', 'c8', '--json'], { env: { RIDGELINE_MEMORY: memory } });
  return stdout;
}

test('a short batch gives the bits of a long one', async () => {
  const least = memoryNeeded({ columns: COLUMNS, written: 0, keptBytes: 0 }, { threads: 1, batchRows: 1024 });
  const short = await fitWith(String(Math.ceil(least)));
  expect(short).toContain('"coef"');
  expect(short).toBe(await fitWith('10GB'));
});

test('a budget too small for the columns is refused, naming the least that works', async () => {
  const data = join(folder, 'few.parquet');
  const refused = await ridgeline(['fit', data, '--target', 'c8', '--memory', '50MB']);
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  const [, least] = /--memory: 9 columns need at least (\d+) MB, got 50 MB/.exec(refused.stderr) ?? [];
  expect((await ridgeline(['fit', data, '--target', 'c8', '--memory', `${least}MB`])).code).toBe(0);
  const unread = await ridgeline(['fit', data, '--target', 'c8', '--memory', 'much']);
  expect(unread).toMatchObject({ code: 2, stderr: expect.stringContaining('expected a size such as') as string });
});

test('sizes and plans', () => {
  expect(['1000', '500MB', '2 GiB', '1.5g', '64k'].map(parseSize)).toEqual([1000, 5e8, 2 ** 31, 1.5e9, 64e3]);
  const shape = { columns: 9, written: 0, keptBytes: 0 };
  expect(planMemory(10e9, 8, shape)).toEqual({ threads: 8, batchRows: 65_536 });
  // Text takes more than numbers do, encoded text more than text that passes through.
  expect(() => planMemory(220e6, 1, { ...shape, text: 2 })).toThrow('9 columns need at least');
  expect(planMemory(400e6, 1, { ...shape, text: 2 }).batchRows).toBeGreaterThan(
    planMemory(400e6, 1, { ...shape, text: 2, encoded: 2 }).batchRows,
  );
  for (const budget of [170e6, 200e6, 300e6]) {
    expect(memoryNeeded(shape, planMemory(budget, 8, shape))).toBeLessThanOrEqual(budget);
  }
});

/** 24 texts of 60 characters. */
function madeTexts(row: number): string[] {
  return Array.from({ length: 24 }, (_, j) => `${j} ${(row * (j + 7919)) % 1e9}`.padEnd(60, '·'));
}

/** Seeded (a 32-bit linear congruential generator), the last column made of the others. */
function madeColumns(rows: number): Record<string, Float64Array> {
  let state = 1;
  const columns = Array.from({ length: COLUMNS }, () => new Float64Array(rows));
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < COLUMNS; j++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      columns[j]![i] = state / 2 ** 31 - 1;
    }
    columns[COLUMNS - 1]![i]! += columns[0]![i]! - 2 * columns[3]![i]!;
  }
  return Object.fromEntries(columns.map((values, j) => [`c${j}`, values]));
}
