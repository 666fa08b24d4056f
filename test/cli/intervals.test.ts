import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { OneHotEncoder } from '../../src/core/estimators/one-hot-encoder.ts';
import { RidgeCV } from '../../src/core/estimators/ridge-cv.ts';
import { StandardScaler } from '../../src/core/estimators/standard-scaler.ts';
import { openPath } from '../../src/data/table/index.ts';
import { seeded } from '../reference/random.ts';
import { ridgeline, temporaryFolder } from './command-line.ts';
import type { Ended } from './command-line.ts';

const folder = temporaryFolder();
const run = (...args: string[]): Promise<Ended> => ridgeline(args, folder());
const path = (name: string): string => join(folder(), name);

/** Rows of size, town and price, with noise. */
function townsCsv(rows: number, seed: number): string {
  const { normal, uniform, integer } = seeded(seed);
  const lines = Array.from({ length: rows }, () => {
    const [size, town] = [4 * uniform(), integer(3)];
    return `${size},${'abc'[town]},${100 + 5 * size + 10 * town + normal()}`;
  });
  return `size,town,price\n${lines.join('\n')}\n`;
}

const FIT = ['fit', 'towns.csv', '--target', 'price', '--categorical', 'onehot', '--alpha', '1'];

beforeEach(async () => {
  writeFileSync(path('towns.csv'), townsCsv(120, 1));
  writeFileSync(path('new.csv'), townsCsv(300, 2));
  expect(await run(...FIT, '--intervals', '--out', 'm.json')).toMatchObject({ code: 0 });
});

interface Row {
  readonly price: number;
  readonly preds: number;
  readonly lower: number;
  readonly upper: number;
}

function rowsOf(csv: string): Row[] {
  const [header, ...lines] = csv.trimEnd().split('\n');
  expect(header).toBe('size,town,price,preds,preds_lower,preds_upper');
  return lines.map((line) => {
    const [, , price, preds, lower, upper] = line.split(',').map(Number);
    return { price: price!, preds: preds!, lower: lower!, upper: upper! };
  });
}

describe('ridgeline predict --interval', () => {
  it('adds the ends of the interval, through one-hot and scaler, and they hold about what was asked for', async () => {
    for (const method of ['jackknife', 'jackknife+']) {
      const { code, stdout } = await run(
        'predict',
        'm.json',
        'new.csv',
        '--interval',
        '0.9',
        '--interval-method',
        method,
      );
      expect(code).toBe(0);
      const rows = rowsOf(stdout);
      const held = rows.filter(({ price, lower, upper }) => lower <= price && price <= upper).length / rows.length;
      expect(held).toBeGreaterThan(0.84);
      expect(held).toBeLessThan(0.96);
    }
  });

  it('is jackknife+ of its own accord: the very numbers of n refits behind the same transformers', async () => {
    const rows = rowsOf((await run('predict', 'm.json', 'new.csv', '--interval', '0.9')).stdout);
    const raw = await openPath(path('towns.csv'));
    const encoded = (await new OneHotEncoder({ columns: ['town'] }).fit(raw)).transform(raw);
    const features = encoded.columnNames.filter((name) => name !== 'price');
    const scaled = (await new StandardScaler({ columns: features }).fit(encoded)).transform(encoded);
    const fresh = await openPath(path('new.csv'));
    const prices = await raw.column('price');
    const low: number[] = [];
    const high: number[] = [];
    for (const [left, price] of prices.entries()) {
      const others = scaled.filter({
        requires: [],
        keep: ({ rowOffset, numRows }) =>
          Uint8Array.from({ length: numRows }, (_, i) => Number(rowOffset + i !== left)),
        name: 'others',
      });
      const model = await new RidgeCV({ target: 'price', features, alpha: 1 }).fit(others);
      const residual = Math.abs(price - (await model.predict(raw).column('preds'))[left]!);
      const predicted = (await model.predict(fresh).column('preds'))[0]!;
      low.push(predicted - residual);
      high.push(predicted + residual);
    }
    const rank = Math.ceil(0.9 * 121);
    expect(rows[0]!.lower).toBeCloseTo(low.toSorted((a, b) => a - b)[120 - rank]!, 9);
    expect(rows[0]!.upper).toBeCloseTo(high.toSorted((a, b) => a - b)[rank - 1]!, 9);
  });

  it('says which method it was, and names the columns after --as', async () => {
    const asked = ['predict', 'm.json', 'new.csv', '--interval', '0.9', '--as', 'p', '--out', 'p.csv'];
    expect(JSON.parse((await run(...asked, '--json')).stdout)).toEqual({
      out: 'p.csv',
      rows: 300,
      as: 'p',
      interval: 0.9,
      intervalMethod: 'jackknife+',
    });
    expect(readFileSync(path('p.csv'), 'utf8').split('\n')[0]).toBe('size,town,price,p,p_lower,p_upper');
    const again = await run(...asked);
    expect(again.stderr).toBe('300 rows with "p" and its 0.9 interval (jackknife+) written to p.csv\n');
  });

  it('refuses a model that was fitted without, and says how to get one', async () => {
    await run(...FIT, '--out', 'old.json');
    const { code, stdout, stderr } = await run('predict', 'old.json', 'new.csv', '--interval', '0.9');
    expect([code, stdout]).toEqual([4, '']);
    expect(stderr).toContain('the model was fitted without leave-one-out residuals');
    expect(stderr).toContain('fit it again with --intervals');
    expect((await run('predict', 'old.json', 'new.csv')).code).toBe(0);
  });

  it.each<[string, string[], number, string]>([
    ['a level in per cent', ['--interval', '90'], 2, 'expected a level between 0 and 1, got "90"'],
    ['a method without a level', ['--interval-method', 'jackknife'], 2, 'expected --interval with it'],
    ['a method there is not', ['--interval', '0.9', '--interval-method', 'cv+'], 2, 'jackknife+, jackknife'],
    ['more than the rows can say', ['--interval', '0.999'], 4, 'needs at least 999 rows to fit on, got 120'],
    ['a column that is there', ['--interval', '0.9', '--as', 'has'], 4, 'has a column "has_upper" already'],
  ])('refuses %s', async (_, options, exit, message) => {
    writeFileSync(path('new.csv'), 'size,town,has_upper\n1,a,2\n');
    const { code, stdout, stderr } = await run('predict', 'm.json', 'new.csv', ...options);
    expect([code, stdout]).toEqual([exit, '']);
    expect(stderr).toContain(message);
  });
});
