import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { StandardScaler } from '../../src/core/estimators/standard-scaler.ts';
import { openStore } from '../../src/data/store/index.ts';
import { openPath, writeCsvFile, writeParquet } from '../../src/data/table/index.ts';
import { ridgeline, temporaryFolder } from './command-line.ts';
import type { Ended } from './command-line.ts';
import { homesCsv } from './homes.ts';

const folder = temporaryFolder();
const run = (...args: string[]): Promise<Ended> => ridgeline(args, folder());
const path = (name: string): string => join(folder(), name);
const read = (name: string): string => readFileSync(path(name), 'utf8');

/** The last column of a CSV, header apart. */
const lastColumn = (csv: string): string[] =>
  csv
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.slice(line.lastIndexOf(',') + 1));

beforeEach(async () => {
  writeFileSync(path('homes.csv'), homesCsv());
  expect(await run('fit', 'homes.csv', '--target', 'price', '--out', 'm.json')).toMatchObject({ code: 0 });
});

/** The same rows standardised by the model's own scaler: `scaled.parquet`, which remembers it, and `scaled.csv`. */
async function writeScaled(): Promise<void> {
  const raw = await openPath(path('homes.csv'));
  const scaled = (await new StandardScaler({ columns: ['year', 'size'] }).fit(raw)).transform(raw);
  await writeParquet(scaled, path('scaled.parquet'));
  await writeCsvFile(scaled, path('scaled.csv'));
}

describe('ridgeline predict', () => {
  it("prints the input's columns as they were, and preds", async () => {
    const { code, stdout, stderr } = await run('predict', 'm.json', 'homes.csv');
    expect([code, stderr]).toEqual([0, '']);
    const [header, ...rows] = stdout.trimEnd().split('\n');
    expect(header).toBe('year,size,price,preds');
    expect(rows.map((row) => row.slice(0, row.lastIndexOf(',')))).toEqual(homesCsv().trimEnd().split('\n').slice(1));
    for (const row of rows) {
      const [, , price, preds] = row.split(',').map(Number);
      expect(Math.abs(price! - preds!)).toBeLessThan(2);
    }
  });

  it('writes a file by its extension, the same numbers in both formats, and says so on standard error', async () => {
    const printed = (await run('predict', 'm.json', 'homes.csv')).stdout;
    expect(await run('predict', 'm.json', 'homes.csv', '--out', 'p.csv')).toEqual({
      code: 0,
      stdout: '',
      stderr: '40 rows with "preds" written to p.csv\n',
    });
    expect(read('p.csv')).toBe(printed);
    expect(await run('predict', 'm.json', 'homes.csv', '--out', 'p.parquet', '--json')).toEqual({
      code: 0,
      stdout: `${JSON.stringify({ out: 'p.parquet', rows: 40, as: 'preds' }, undefined, 2)}\n`,
      stderr: '',
    });
    const preds = await (await openPath(path('p.parquet'))).column('preds');
    expect([...preds].map(String)).toEqual(lastColumn(printed));
    expect(readdirSync(folder()).toSorted()).toEqual(['homes.csv', 'm.json', 'p.csv', 'p.parquet']);
  });

  it('replaces its own input whole', async () => {
    await run('predict', 'm.json', 'homes.csv', '--out', 'homes.csv');
    expect(read('homes.csv').split('\n')).toHaveLength(42);
  });

  it('finds model and data by path, file URL, store key, and the first letters of a key', async () => {
    const store = await openStore(path('store'), {});
    await store.put('objects/0123456789abcdef.json', readFileSync(path('m.json')));
    await store.put('objects/0123457777abcdef.json', readFileSync(path('m.json')));
    await store.put('data/homes.csv', readFileSync(path('homes.csv')));
    const wanted = (await run('predict', 'm.json', 'homes.csv')).stdout;
    for (const model of [
      path('m.json'),
      pathToFileURL(path('m.json')).href,
      'objects/01234567',
      'objects/0123456789abcdef.json',
    ]) {
      for (const data of ['homes.csv', pathToFileURL(path('homes.csv')).href, 'data/homes.csv']) {
        expect((await run('predict', model, data, '--store', path('store'))).stdout, `${model} ${data}`).toBe(wanted);
      }
    }
    // Letters that more than one model's key begins with name none of them.
    expect(await run('predict', 'objects/012345', 'homes.csv', '--store', path('store'))).toMatchObject({ code: 3 });
  });

  it('leaves out rows with missing values when told', async () => {
    writeFileSync(path('gaps.csv'), 'year,size,note\n2000,NA,a\n2001,25,\n2002,26,c\n');
    expect(await run('predict', 'm.json', 'gaps.csv')).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/gaps.csv: column "size" has no value at row 1\n.*--drop-missing/) as string,
    });
    const { stdout } = await run('predict', 'm.json', 'gaps.csv', '--drop-missing');
    expect(stdout).toMatch(/^year,size,note,preds\n2001,25,,\S+\n2002,26,c,\S+\n$/);
    writeFileSync(path('infinite.csv'), 'year,size\n2000,NA\n2001,25\n2002,-inf\n');
    expect(await run('predict', 'm.json', 'infinite.csv', '--drop-missing')).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/infinite.csv: column "size" must be finite, got -Infinity at row 3\n/) as string,
    });
  });
});

describe('R19: what was standardised is not standardised again', () => {
  it('gives raw CSV, standardised Parquet, and standardised CSV with --scaled the same bits', async () => {
    await writeScaled();
    const wanted = lastColumn((await run('predict', 'm.json', 'homes.csv')).stdout);
    expect(lastColumn((await run('predict', 'm.json', 'scaled.parquet')).stdout)).toEqual(wanted);
    expect(lastColumn((await run('predict', 'm.json', 'scaled.csv', '--scaled')).stdout)).toEqual(wanted);
  });

  it('refuses a CSV that plainly is standardised, and says why and what to say', async () => {
    await writeScaled();
    for (const command of ['predict', 'evaluate']) {
      const { code, stdout, stderr } = await run(command, 'm.json', 'scaled.csv');
      expect([code, stdout]).toEqual([4, '']);
      expect(stderr).toMatch(
        /^ridgeline: scaled.csv: its columns look standardised already, .*"size" runs from -1.\d+ to 1.\d+, in training from 20 to 29\n {2}say --scaled .*--raw/,
      );
    }
    expect(await run('predict', 'm.json', 'scaled.csv', '--raw')).toMatchObject({ code: 0 });
  });

  it('says of a file of predictions that its columns are standardised before it says that preds is there', async () => {
    await writeScaled();
    await run('predict', 'm.json', 'scaled.csv', '--scaled', '--out', 'p.csv');
    const first = await run('predict', 'm.json', 'p.csv');
    expect(first).toMatchObject({ code: 4, stdout: '' });
    expect(first.stderr).toMatch(/look standardised already/);
    expect(await run('predict', 'm.json', 'p.csv', '--scaled')).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/has a column "preds" already/) as string,
    });
  });

  it('refuses a table of another scaler by name', async () => {
    writeFileSync(path('homes.csv'), homesCsv(20));
    await writeScaled();
    expect(await run('predict', 'm.json', 'scaled.parquet')).toMatchObject({
      code: 4,
      stdout: '',
      stderr: expect.stringMatching(
        /column "year" was standardised by another StandardScaler than the model's: expected mean/,
      ) as string,
    });
  });

  it('refuses to overwrite predictions that are there, and takes another name', async () => {
    await run('predict', 'm.json', 'homes.csv', '--out', 'p.csv');
    expect(await run('predict', 'm.json', 'p.csv')).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/p.csv: has a column "preds" already.*\n.*--as NAME/) as string,
    });
    expect((await run('predict', 'm.json', 'p.csv', '--as', 'again')).stdout).toMatch(/^year,size,price,preds,again\n/);
  });
});

describe('ridgeline evaluate', () => {
  it('prints how good the predictions are, as JSON and for people', async () => {
    const { code, stdout } = await run('evaluate', 'm.json', 'homes.csv', '--json');
    expect(code).toBe(0);
    const result = JSON.parse(stdout) as Record<string, number>;
    expect(Object.keys(result)).toEqual(['n', 'r2', 'rmse', 'mae', 'maxError']);
    expect(result['n']).toBe(40);
    expect(result['r2']).toBeGreaterThan(0.98);
    expect(result['mae']).toBeLessThanOrEqual(result['rmse']!);
    expect(result['rmse']).toBeLessThanOrEqual(result['maxError']!);
    expect((await run('evaluate', 'm.json', 'homes.csv')).stdout).toMatch(/price in homes.csv, 40 rows\n +R2 +0.9/);
  });

  it.each([
    ['a missing target column', 'year,size\n2000,25\n', /no column "price"/],
    ['a missing target value', 'year,size,price\n2000,25,1\n2000,25,\n', /"price" has no value at row 2/],
    [
      'an infinite target',
      'year,size,price\n2000,25,1\n2000,25,inf\n',
      /"price" must be finite, got Infinity at row 2/,
    ],
    ['no rows', 'year,size,price\n', /row/],
  ])('refuses %s', async (_, text, message) => {
    writeFileSync(path('data.csv'), text);
    const result = await run('evaluate', 'm.json', 'data.csv');
    expect(result).toMatchObject({ code: 4, stdout: '' });
    expect(result.stderr).toMatch(message);
  });
});

describe('ridgeline predict refuses, with a cause, a remedy and its exit code, and writes nothing', () => {
  it.each<[string, string | undefined, string, number, RegExp]>([
    [
      'a model file that is no model',
      'year,size\n1,2\n',
      homesCsv(),
      4,
      /^ridgeline: x.json is not a model: expected JSON, got "year,size/,
    ],
    ['a model cut short', 'CUT', homesCsv(), 4, /^ridgeline: x.json is not a model: expected JSON/],
    [
      'another JSON',
      '{"a":1}',
      homesCsv(),
      4,
      /x.json is not a model: expected "format": "ridgeline.model\/1", got nothing/,
    ],
    [
      'a model of a newer release',
      '{"format":"ridgeline.model/9"}',
      homesCsv(),
      4,
      /got ridgeline.model\/9\n.*update ridgeline/,
    ],
    ['no model', undefined, homesCsv(), 3, /x.json: no such file/],
    ['a missing column', 'MODEL', 'year,price\n2000,1\n', 4, /new.csv: no column "size"\n.*"year", "price"/],
    [
      'text in a numeric column',
      'MODEL',
      'year,size\n2000,25\n2001,big\n',
      4,
      /"size" must be numeric, got text "big" at row 2/,
    ],
    ['an infinite value', 'MODEL', 'year,size\n2000,25\n-inf,26\n', 4, /"year" must be finite, got -Infinity at row 2/],
    ['a ragged row', 'MODEL', 'year,size\n2000,25\n2001\n', 4, /row 2/],
    ['an empty file', 'MODEL', '', 4, /empty/],
  ])('%s', async (_, model, data, code, message) => {
    const text = model === 'MODEL' ? read('m.json') : model === 'CUT' ? read('m.json').slice(0, 200) : model;
    if (text !== undefined) writeFileSync(path('x.json'), text);
    writeFileSync(path('new.csv'), data);
    writeFileSync(path('p.csv'), 'precious');
    const before = readdirSync(folder());
    const result = await run('predict', 'x.json', 'new.csv', '--out', 'p.csv');
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toMatch(message);
    expect(result.stderr.trimEnd().split('\n').length, result.stderr).toBeLessThanOrEqual(2);
    expect(read('p.csv')).toBe('precious');
    expect(readdirSync(folder())).toEqual(before);
  });

  it.each<[string, string[], number, RegExp]>([
    ['another extension', ['--out', 'p.txt'], 2, /--out: expected .*\.csv or \.parquet/],
    ['a folder that is none', ['--out', 'no/p.csv'], 3, /--out/],
    ['--json with the table on standard output', ['--json'], 2, /--out/],
    ['--scaled with --raw', ['--scaled', '--raw'], 2, /--scaled or --raw, got both/],
  ])('%s', async (_, args, code, message) => {
    const result = await run('predict', 'm.json', 'homes.csv', ...args);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toMatch(message);
    expect(readdirSync(folder()).toSorted()).toEqual(['homes.csv', 'm.json']);
  });
});
