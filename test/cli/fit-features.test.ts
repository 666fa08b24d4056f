import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { ridgeline, temporaryFolder } from './command-line.ts';
import type { Ended } from './command-line.ts';

const folder = temporaryFolder();
const run = (...args: string[]): Promise<Ended> => ridgeline(args, folder());

/** Rows of (id, age, zone, town, price); every tenth age is missing. The price knows age, zone and town. */
function townsCsv(rows = 60): string {
  const towns = ['ash', 'birch', 'oak'];
  const lines = ['id,age,zone,town,price'];
  for (let i = 0; i < rows; i += 1) {
    const age = 20 + ((i * 7) % 31);
    const [zone, town] = [1 + (i % 2), i % 3];
    lines.push(
      `r${i},${i % 10 === 9 ? '' : age},${zone},${towns[town]},${age / 2 + 3 * zone + 5 * town + ((i * 5) % 11) / 10}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

function write(name = 'towns.csv', text = townsCsv()): string {
  writeFileSync(join(folder(), name), text);
  return name;
}

interface FitJson {
  readonly features: string[];
  readonly n: number;
  readonly test?: { readonly n: number; readonly r2: number };
}

async function fitJson(...args: string[]): Promise<FitJson> {
  const { code, stdout, stderr } = await run('fit', write(), '--target', 'price', '--id', 'id', ...args, '--json');
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as FitJson;
}

describe('ridgeline fit makes features', () => {
  it('of text columns, and of numbers that stand for categories, in the order of get_dummies', async () => {
    const text = await fitJson('--categorical', 'onehot', '--drop-missing');
    expect(text).toMatchObject({ features: ['age', 'zone', 'town_ash', 'town_birch', 'town_oak'], n: 54 });
    const named = await fitJson('--categorical', 'onehot:zone', '--drop-missing');
    expect(named.features).toEqual(['age', 'zone_1', 'zone_2', 'town_ash', 'town_birch', 'town_oak']);
  });

  it.each(['mean', 'median'])('of columns with gaps, filled with the %s, so that no row is lost', async (how) => {
    expect(await fitJson('--categorical', 'onehot', '--impute', how)).toMatchObject({ n: 60 });
  });

  it('that predict and evaluate make of raw rows again', async () => {
    await fitJson('--categorical', 'onehot', '--impute', 'median', '--out', 'm.json');
    const { stdout } = await run('predict', 'm.json', 'towns.csv');
    expect(stdout.split('\n')[0]).toBe('id,age,zone,town,price,preds');
    expect(stdout.trimEnd().split('\n')).toHaveLength(61);
    const evaluated = JSON.parse((await run('evaluate', 'm.json', 'towns.csv', '--json')).stdout) as { r2: number };
    expect(evaluated.r2).toBeGreaterThan(0.8);
  });

  it('and refuses a category it has not seen, unless told to ignore it', async () => {
    const later = write('later.csv', 'age,zone,town\n30,1,elm\n30,1,\n');
    await fitJson('--categorical', 'onehot', '--impute', 'mean', '--out', 'm.json');
    expect(await run('predict', 'm.json', later)).toMatchObject({
      code: 4,
      stdout: '',
      stderr: expect.stringMatching(
        /^ridgeline: later.csv: column "town" .*got "elm" at row 1\n.*--unknown ignore/,
      ) as string,
    });
    await fitJson('--categorical', 'onehot', '--impute', 'mean', '--unknown', 'ignore', '--out', 'm.json');
    const preds = (await run('predict', 'm.json', later)).stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(',').at(-1));
    expect(preds[1]).toBe(preds[2]); // unknown and missing alike are 0 in every column
  });

  it.each<[string, string[], number, RegExp]>([
    [
      'text columns without an encoding',
      ['--drop-missing'],
      4,
      /"town" must be numeric, got text "ash" at row 1\n.*--categorical onehot/,
    ],
    [
      'gaps without a way to deal with them',
      ['--categorical', 'onehot'],
      4,
      /"age" has no value at row 10; missing values are in "age" \(6\)\n.*--drop-missing.*--impute/,
    ],
    ['another encoding', ['--categorical', 'hashing'], 2, /expected onehot or onehot:a,b, got "hashing"/],
    [
      'an encoded column that is no feature',
      ['--categorical', 'onehot:zon'],
      2,
      /column "zon" is none of the features/,
    ],
    ['another way to fill', ['--impute', 'mode'], 2, /--impute.*mean, median/],
    [
      'a test size that is none',
      ['--test-size', 'some'],
      2,
      /--test-size: expected a number between 0 and 1, got "some"\n.*0\.2/,
    ],
    ['a test size of everything', ['--test-size', '1'], 2, /between 0 and 1, got "1"\n.*0\.2/],
    ['a seed without rows that it draws', ['--seed', '3'], 2, /--seed: expected --test-size with it, got none\n.*0\.2/],
    [
      'what to do with categories that are none',
      ['--unknown', 'ignore', '--drop-missing'],
      2,
      /--unknown: expected --categorical with it, got none\n.*--categorical onehot/,
    ],
    ['an identity that is no column', ['--id', 'ids'], 4, /towns.csv: no column "ids"\n.*columns are "id", "age"/],
    ['a seed that is none', ['--test-size', '0.5', '--seed', 'x'], 2, /--seed: expected a number, got "x"/],
  ])('refuses %s', async (_, args, code, message) => {
    const result = await run('fit', write(), '--target', 'price', '--id', 'id', ...args);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toMatch(message);
  });
});

describe('ridgeline fit --test-size', () => {
  const options = ['--categorical', 'onehot', '--drop-missing', '--test-size', '0.3'];

  it('fits on the other rows only, and measures on those held out', async () => {
    const result = await fitJson(...options);
    expect(result.test!.n).toBeGreaterThan(5);
    expect(result.n + result.test!.n).toBe(54);
    expect(result.test!.r2).toBeGreaterThan(0.5);
    const { stdout } = await run('fit', 'towns.csv', '--target', 'price', '--id', 'id', ...options);
    expect(stdout).toMatch(/R2 held out +0\.\d+ +RMSE .* rows the fit did not see/);
  });

  it('holds the same rows out when the file is sorted otherwise, by --id, and others with another seed', async () => {
    const first = await fitJson(...options);
    const lines = readFileSync(join(folder(), 'towns.csv'), 'utf8').trimEnd().split('\n');
    const turned = `${[lines[0], ...lines.slice(1).toReversed()].join('\n')}\n`;
    const again = await run(
      'fit',
      write('turned.csv', turned),
      '--target',
      'price',
      '--id',
      'id',
      ...options,
      '--json',
    );
    expect((JSON.parse(again.stdout) as FitJson).test!.r2).toBeCloseTo(first.test!.r2, 10);
    expect((await fitJson(...options, '--seed', '1')).test!.r2).not.toBeCloseTo(first.test!.r2, 10);
  });
});

const numbers = (f: (i: number) => number): number[] => Array.from({ length: 30 }, (_, i) => f(i));

/** The features of a fit of y on a file of pandas, and what is said about them. */
async function fitFrame(metadata: string, ...args: string[]): Promise<[features: string[], stderr: string]> {
  const bytes = parquetWriteBuffer({
    columnData: [
      { name: 'x', data: numbers((i) => Math.sin(i)), type: 'DOUBLE' },
      { name: 'y', data: numbers((i) => Math.sin(i) + Math.cos(3 * i) / 9), type: 'DOUBLE' },
      { name: 'day', data: numbers((i) => i % 7), type: 'DOUBLE' },
      { name: '__index_level_0__', data: numbers((i) => i), type: 'DOUBLE' },
    ],
    kvMetadata: [{ key: 'pandas', value: metadata }],
  });
  writeFileSync(join(folder(), 'frame.parquet'), new Uint8Array(bytes));
  const { code, stdout, stderr } = await run('fit', 'frame.parquet', '--target', 'y', ...args, '--json');
  expect([code, stderr.split('\n').slice(1)]).toEqual([0, stderr === '' ? [] : ['']]);
  return [(JSON.parse(stdout) as FitJson).features, stderr];
}

describe('ridgeline fit on what pandas wrote', () => {
  const INDEX = JSON.stringify({ index_columns: ['day', '__index_level_0__', { kind: 'range' }] });

  it('leaves out the saved index, and says so', async () => {
    const [features, stderr] = await fitFrame(INDEX);
    expect(features).toEqual(['x', 'day']);
    expect(stderr).toContain('left out __index_level_0__: the index that pandas saved');
  });

  it('takes it when it is named, or when the file does not call it an index', async () => {
    const named = ['x', '__index_level_0__'];
    expect(await fitFrame(INDEX, '--features', named.join(','))).toEqual([named, '']);
    const all = [['x', 'day', '__index_level_0__'], ''];
    for (const metadata of ['{}', 'null', '{', '{"index_columns":5}', '{"index_columns":[]}'])
      expect(await fitFrame(metadata)).toEqual(all);
  });
});
