import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeParquet } from '../../src/data/table/index.ts';
import { openPath } from '../../src/data/table/index.ts';
import { StandardScaler } from '../../src/core/estimators/standard-scaler.ts';
import { relativeError } from '../reference/core.ts';
import { NIST } from '../reference/nist.ts';
import { exactLeastSquares } from '../reference/rational.ts';
import { ridgeline, temporaryFolder } from './command-line.ts';
import type { Ended } from './command-line.ts';
import { homesCsv } from './homes.ts';

const folder = temporaryFolder();

function write(name: string, text: string | Uint8Array): string {
  writeFileSync(join(folder(), name), text);
  return name;
}

const fit = (...args: string[]): Promise<Ended> => ridgeline(['fit', ...args], folder());

interface FitJson {
  readonly features: string[];
  readonly n: number;
  readonly mean: number[] | null;
  readonly scale: number[] | null;
  readonly alpha: number;
  readonly alphas: number[];
  readonly mse: number[];
  readonly bestScore: number | null;
  readonly coef: number[];
  readonly intercept: number;
  readonly coefRaw: number[];
  readonly interceptRaw: number;
  readonly warnings: string[];
}

async function fitJson(...args: string[]): Promise<FitJson> {
  const { code, stdout, stderr } = await fit(...args, '--json');
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return JSON.parse(stdout) as FitJson;
}

describe('ridgeline fit', () => {
  it('prints one JSON document with what scripts read', async () => {
    const result = await fitJson(write('homes.csv', homesCsv()), '--target', 'price');
    expect(result).toMatchObject({ features: ['year', 'size'], n: 40, warnings: expect.any(Array) as unknown[] });
    expect(result.alphas).toHaveLength(30);
    expect(result.alphas[0]).toBe(0.001);
    expect(result.mse).toHaveLength(30);
    expect(result.bestScore).toBe(-Math.min(...result.mse));
    expect(result.alpha).toBe(result.alphas[result.mse.indexOf(Math.min(...result.mse))]);
    for (const key of ['mean', 'scale', 'coef', 'coefRaw'] as const) expect(result[key]).toHaveLength(2);
    expect(result.coefRaw[0]).toBeCloseTo(result.coef[0]! / result.scale![0]!, 12);
    expect(result.coefRaw[1]).toBeCloseTo(1.5, 1);
  });

  it('writes the model and says what it is', async () => {
    const { code, stdout, stderr } = await fit(write('homes.csv', homesCsv()), '--target', 'price', '--out', 'm.json');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('price from 2 features, 40 rows of homes.csv');
    expect(stdout).toContain('model written to m.json; next: ridgeline predict m.json DATA');
    expect(JSON.parse(readFileSync(join(folder(), 'm.json'), 'utf8'))).toMatchObject({ format: 'ridgeline.model/1' });
    expect(readdirSync(folder()).toSorted()).toEqual(['homes.csv', 'm.json']);
  });

  it('writes the model alone to standard output for -', async () => {
    const { stdout, stderr } = await fit(write('homes.csv', homesCsv()), '--target', 'price', '--out', '-');
    expect(JSON.parse(stdout)).toMatchObject({ target: 'price' });
    expect(stderr).toContain('leave-one-out RMSE');
  });

  it('takes a list of alphas, a logspace, or one alpha', async () => {
    const homes = [write('homes.csv', homesCsv()), '--target', 'price'];
    expect((await fitJson(...homes, '--alphas', '0.1,1,10')).alphas).toEqual([0.1, 1, 10]);
    expect((await fitJson(...homes, '--alphas', 'logspace(-3, 1, 5)')).alphas).toEqual([0.001, 0.01, 0.1, 1, 10]);
    expect((await fitJson(...homes, '--alphas', 'logspace(0,4,3,2)')).alphas).toEqual([1, 4, 16]);
    expect(await fitJson(...homes, '--alpha', '2')).toMatchObject({ alpha: 2, alphas: [2] });
    expect(await fitJson(...homes, '--alpha', '0')).toMatchObject({ alpha: 0, alphas: [0], mse: [], bestScore: null });
  });

  it('chooses alpha by another score when told, and says which', async () => {
    write('homes.csv', homesCsv());
    const given = ['homes.csv', '--target', 'price', '--scoring', 'neg_mean_absolute_error'];
    const json = (await fitJson(...given)) as FitJson & { scoring: string; scores: number[] };
    expect(json.scoring).toBe('neg_mean_absolute_error');
    expect(json.bestScore).toBe(Math.max(...json.scores));
    expect(json.alpha).toBe(json.alphas[json.scores.indexOf(json.bestScore!)]);
    expect((await fit(...given)).stdout).toContain('neg_mean_absolute_error -');
    expect(await fit('homes.csv', '--target', 'price', '--scoring', 'mse')).toMatchObject({ code: 2 });
  });

  it('fits several targets at once, a model and a file each, with the numbers of each alone', async () => {
    const rent = homesCsv()
      .split('\n')
      .map((line, i) => (line === '' ? '' : `${line},${i === 0 ? 'rent' : (i * 7) % 13}`))
      .join('\n');
    write('homes.csv', rent);
    const grid = ['--alphas', '0.01,1,1000', '--features', 'year,size'];
    const given = ['homes.csv', '--target', 'price,rent', ...grid, '--alpha-per-target'];
    const both = (await fitJson(...given)) as unknown as FitJson[];
    expect(both).toEqual([
      await fitJson('homes.csv', '--target', 'price', ...grid),
      await fitJson('homes.csv', '--target', 'rent', ...grid),
    ]);
    expect(both[0]!.alpha).not.toBe(both[1]!.alpha);
    const shared = (await fitJson(...given.slice(0, -1))) as unknown as FitJson[];
    expect(shared[0]).toMatchObject({ alpha: shared[1]!.alpha, bestScore: shared[1]!.bestScore });
    const { stdout } = await fit(...given, '--out', '{target}.json');
    expect(stdout).toContain('ridgeline predict rent.json DATA');
    expect(readdirSync(folder()).toSorted()).toEqual(['homes.csv', 'price.json', 'rent.json']);
    expect(await fit(...given, '--out', 'm.json')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--out 'model-{target}.json'") as string,
    });
  });

  it('takes the features named, in the order named, and no scaler when told', async () => {
    const result = await fitJson(
      write('homes.csv', homesCsv()),
      '--target',
      'price',
      '--features',
      'size, year',
      '--no-scale',
    );
    expect(result).toMatchObject({ features: ['size', 'year'], mean: null, scale: null });
    expect(result.coefRaw).toEqual(result.coef);
    expect(result.interceptRaw).toBe(result.intercept);
  });

  it('fits through the origin with --no-intercept: nothing is centred', async () => {
    const homes = [write('homes.csv', homesCsv()), '--target', 'price', '--no-intercept'];
    const scaled = await fitJson(...homes, '--alpha', '0');
    expect(scaled).toMatchObject({ intercept: 0, interceptRaw: 0, mean: null });
    const plain = await fitJson(...homes, '--alpha', '0', '--no-scale');
    plain.coef.forEach((coef, j) => expect(scaled.coefRaw[j]! / coef).toBeCloseTo(1, 13));
  });

  it('leaves out rows with missing values when told, and only rows that miss what is used', async () => {
    const rows = homesCsv().split('\n');
    rows[3] = ',20,60';
    rows[5] = '2000,20,NA';
    const data = write(
      'gaps.csv',
      rows.map((row, i) => (row === '' ? '' : `${row},${i === 0 ? 'note' : i === 7 ? '' : i}`)).join('\n'),
    );
    const options = ['--target', 'price', '--features', 'year,size'];
    expect(await fit(data, ...options)).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(
        /gaps.csv: column "year" has no value at row 3; missing values are in "year" \(1\), "price" \(1\)\n.*--drop-missing/,
      ) as string,
    });
    expect(await fitJson(data, ...options, '--drop-missing')).toMatchObject({ n: 38 });

    // The row that will not do is named as it stands in the file, not among those that are left.
    rows[9] = '2000,inf,60';
    const infinite = write('infinite.csv', rows.join('\n'));
    expect(await fit(infinite, ...options, '--drop-missing')).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/infinite.csv: column "size" must be finite, got Infinity at row 9\n/) as string,
    });
  });

  it('standardises nothing twice: a Parquet table remembers', async () => {
    const raw = await openPath(join(folder(), write('homes.csv', homesCsv())));
    const scaler = await new StandardScaler({ columns: ['year', 'size'] }).fit(raw);
    await writeParquet(scaler.transform(raw), join(folder(), 'scaled.parquet'));
    const fromRaw = await fitJson('homes.csv', '--target', 'price');
    const fromScaled = await fitJson('scaled.parquet', '--target', 'price');
    expect(JSON.stringify(fromScaled, digits)).toEqual(JSON.stringify(fromRaw, digits));
  });
});

describe('ridgeline fit --alpha 0 on the NIST StRD designs, against the exact solution of the design in doubles', () => {
  it.each(NIST)('$name: at least 12 digits of coefRaw and interceptRaw', async ({ x, y, intercept }) => {
    const names = [...x.map((_, j) => `x${j}`), 'y'];
    const rows = Array.from(y, (value, i) => [...x.map((column) => column[i]!), value].join(','));
    const data = write('nist.csv', `${[names.join(','), ...rows].join('\n')}\n`);
    const fitted = await fitJson(data, '--target', 'y', '--alpha', '0', ...(intercept ? [] : ['--no-intercept']));
    const ones = intercept ? [Array.from(y, () => 1)] : [];
    const exact = exactLeastSquares([...ones, ...x.map((column) => [...column])], [...y]);
    const got = [...(intercept ? [fitted.interceptRaw] : []), ...fitted.coefRaw];
    expect(relativeError(got, exact)).toBeLessThan(1e-12);
  });
});

describe('ridgeline fit refuses, with a cause, a remedy and its exit code', () => {
  it.each<[string, string | Uint8Array, string[], number, RegExp]>([
    ['a missing target column', homesCsv(), ['--target', 'rent'], 4, /no column "rent"\n.*"year", "size", "price"/],
    ['a missing feature', homesCsv(), ['--target', 'price', '--features', 'yaer'], 4, /no column "yaer"/],
    [
      'the target among the features',
      homesCsv(),
      ['--target', 'price', '--features', 'price'],
      4,
      /among the features/,
    ],
    [
      'text in a numeric column',
      homesCsv().replace('\n2000,', '\ntwenty,'),
      ['--target', 'price'],
      4,
      /"year" must be numeric, got text "twenty" at row \d+\n/,
    ],
    ['text in the target', 'a,b\n1,x\n2,y\n', ['--target', 'b'], 4, /"b" must be numeric, got text "x" at row 1/],
    [
      'a missing target value',
      'a,b\n1,2\n2,NaN\n3,4\n',
      ['--target', 'b'],
      4,
      /"b" has no value at row 2; .*\n.*--drop-missing/,
    ],
    ['an infinite value', 'a,b\n1,2\ninf,3\n3,4\n', ['--target', 'b'], 4, /"a" must be finite, got Infinity at row 2/],
    [
      'an infinite target',
      'a,b\n1,2\n4,-inf\n3,4\n',
      ['--target', 'b'],
      4,
      /"b" must be finite, got -Infinity at row 2/,
    ],
    ['a ragged row', 'a,b\n1,2\n3\n4,5\n', ['--target', 'b'], 4, /row 2/],
    ['a duplicate column', 'a,a,b\n1,2,3\n4,5,6\n', ['--target', 'b'], 4, /"a"/],
    ['an empty file', '', ['--target', 'b'], 4, /empty/],
    ['a header alone', 'a,b\n', ['--target', 'b'], 4, /row/],
    [
      'alphas that are none',
      homesCsv(),
      ['--target', 'price', '--alphas', 'many'],
      2,
      /--alphas: expected logspace.*got "many"\n.*--alphas 0.1,1,10/,
    ],
    [
      'too many alphas',
      homesCsv(),
      ['--target', 'price', '--alphas', 'logspace(0,1,1e9)'],
      2,
      /at most 100000 of them/,
    ],
    ['a logspace of none', homesCsv(), ['--target', 'price', '--alphas', 'logspace(1,2,0)'], 2, /--alphas/],
    [
      'an alpha of 0 among others',
      homesCsv(),
      ['--target', 'price', '--alphas', '0,1'],
      2,
      /alphas must be finite and > 0, got 0/,
    ],
    ['a negative alpha', homesCsv(), ['--target', 'price', '--alpha', '-1'], 2, /--alpha: expected a number >= 0/],
    [
      'alpha and alphas',
      homesCsv(),
      ['--target', 'price', '--alpha', '1', '--alphas', '1,2'],
      2,
      /cannot be used with/,
    ],
    ['no target', homesCsv(), [], 2, /--target/],
    ['an unknown option', homesCsv(), ['--target', 'price', '--tagret', 'x'], 2, /--tagret/],
    ['an output folder that is none', homesCsv(), ['--target', 'price', '--out', 'no/such/m.json'], 3, /--out/],
  ])('%s', async (_, text, args, code, message) => {
    const result = await fit(write('data.csv', text), ...args);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toMatch(message);
    expect(result.stderr.trimEnd().split('\n').length, result.stderr).toBeLessThanOrEqual(2);
    expect(readdirSync(folder())).toEqual(['data.csv']);
  });

  it('a file that is not there', async () => {
    expect(await fit('nothing.csv', '--target', 'y')).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/^ridgeline: nothing.csv: no such file/) as string,
    });
  });

  it('a truncated Parquet file', async () => {
    const raw = await openPath(join(folder(), write('homes.csv', homesCsv())));
    await writeParquet(raw, join(folder(), 'whole.parquet'));
    const bytes = readFileSync(join(folder(), 'whole.parquet'));
    for (const length of [0, 3, 100, bytes.length - 1]) {
      const result = await fit(write('cut.parquet', bytes.subarray(0, length)), '--target', 'price');
      expect(result, result.stderr).toMatchObject({ code: 4, stdout: '' });
      expect(result.stderr).toMatch(/^ridgeline: cut.parquet/);
    }
  });

  it('keeps the model that was there when the new fit fails', async () => {
    write('m.json', 'precious');
    write('data.csv', 'a,b\n1,x\n');
    expect(await fit('data.csv', '--target', 'b', '--out', 'm.json')).toMatchObject({ code: 4 });
    expect(readFileSync(join(folder(), 'm.json'), 'utf8')).toBe('precious');
    expect(existsSync(join(folder(), '.ridgeline'))).toBe(false);
  });
});

/** A number to 11 digits, anything else as it is. */
function digits(_: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(11)) : value;
}
