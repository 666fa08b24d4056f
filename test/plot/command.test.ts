import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { homesCsv } from '../cli/homes.ts';
import { ridgeline, scratch } from '../cli/ridgeline.ts';

/** Every ninth row lacks a number, every tenth a word. */
const row = (i: number): string => `${i % 9 === 0 ? '' : i % 7},${i % 10 === 0 ? '' : 'ab'[i % 2]},${i}`;

test('ridgeline plot: predictions as PNG, the alpha curve on standard output, errors', async () => {
  const cwd = scratch();
  writeFileSync(join(cwd, 'homes.csv'), homesCsv());
  await ridgeline(['fit', 'homes.csv', '--target', 'price', '--out', 'model.json'], { cwd });
  expect(await ridgeline(['plot', 'model.json', 'homes.csv', '--out', 'p.png'], { cwd })).toMatchObject({
    code: 0,
    stdout: '',
  });
  expect(readFileSync(join(cwd, 'p.png')).subarray(1, 4).toString()).toBe('PNG');
  const alphas = await ridgeline(['plot', 'model.json', '--title', 'Prices'], { cwd });
  expect(alphas.stdout).toMatch(/^<svg [^]*>Prices<[^]*leave-one-out mean squared error of price[^]*<\/svg>\n$/);
  expect(await ridgeline(['plot', 'model.json', '--json'], { cwd })).toMatchObject({ code: 2, stdout: '' });
  expect(await ridgeline(['plot', 'model.json', '--out', 'p.pdf'], { cwd })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('expected a file ending in .svg or .png'),
  });
});

test('ridgeline plot: of very many rows some are drawn, and it says so', async () => {
  const cwd = scratch();
  writeFileSync(join(cwd, 'homes.csv'), homesCsv());
  await ridgeline(['fit', 'homes.csv', '--target', 'price', '--out', 'model.json'], { cwd });
  const [header, ...rows] = homesCsv().trimEnd().split('\n');
  const many = Array.from({ length: 12_000 }, (_, i) => rows[i % rows.length]);
  writeFileSync(join(cwd, 'many.csv'), [header, ...many, ''].join('\n'));
  const { stderr } = await ridgeline(['plot', 'model.json', 'many.csv', '--out', 'p.png'], { cwd });
  expect(stderr).toBe('ridgeline: 10,000 of 12,000 points are drawn, at even distances\n');
  expect(readFileSync(join(cwd, 'p.png')).subarray(1, 4).toString()).toBe('PNG');
});

test('ridgeline plot: a model that fills missing values is drawn on all rows, as evaluate measures it', async () => {
  const cwd = scratch();
  const rows = Array.from({ length: 40 }, (_, i) => row(i));
  writeFileSync(join(cwd, 'gaps.csv'), ['size,kind,price', ...rows, '3,a,'].join('\n'));
  writeFileSync(join(cwd, 'whole.csv'), ['size,kind,price', ...rows].join('\n'));
  const fit = ['fit', 'whole.csv', '--target', 'price', '--categorical', 'onehot', '--impute', 'mean'];
  await ridgeline([...fit, '--out', 'model.json'], { cwd });
  const { stdout, stderr } = await ridgeline(['plot', 'model.json', 'gaps.csv'], { cwd });
  expect(stderr).toBe('');
  expect(stdout).toContain('40 rows;');
});
