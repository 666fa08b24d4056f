import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { expect, it } from 'vitest';
import { ridgeline, temporaryFolder } from './command-line.ts';
import type { Ended } from './command-line.ts';
import { homesCsv } from './homes.ts';

const folder = temporaryFolder();
const write = (name: string, content: string | Uint8Array): void => writeFileSync(join(folder(), name), content);
const run = (...args: string[]): Promise<Ended> => ridgeline(args, folder());
const FIT = ['fit', 'homes.csv', '--target', 'price'];

it.each([
  [['fit', 'homes.csv'], 'such as --target price'],
  [[...FIT, '--test-size', 'half'], '--test-size 0.2 is a fifth'],
  [[...FIT, '--test-size', '0.2', '--seed', 'x'], 'such as --seed 1'],
  [[...FIT, '--alpha', '-1'], 'such as --alpha 1'],
  [[...FIT, '--alphas', 'logspace(1,2,1e6)'], 'tens are enough'],
  [[...FIT, '--cv', 'x'], 'such as --cv 5'],
  [[...FIT, '--keep-state', '--out', 'k.json', '--folds', '2.5'], 'such as --folds 5'],
  [[...FIT, '--categorical', 'one'], 'onehot encodes text columns'],
  [[...FIT, '--threads', '0'], 'one thread per core'],
  [[...FIT, '--memory', 'much'], 'such as --memory 500MB'],
  [['predict', 'm.json', 'homes.csv', '--out', 'o.txt'], 'use --out - for CSV'],
  [['plot', 'm.json', '--out', 'o.txt'], 'use --out - for SVG'],
])('what is wrong in %j is said with a remedy', async (args, remedy) => {
  write('homes.csv', homesCsv());
  await run(...FIT, '--out', 'm.json');
  const { code, stdout, stderr } = await run(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^ridgeline: .*expected .*\n {2}.*\n$/);
  expect(stderr).toContain(remedy);
});

it.each([['predict'], ['evaluate'], ['plot'], ['fit', '--update']])(
  'for %s, text where numbers were is no matter of options that it has not',
  async (...command) => {
    write('homes.csv', homesCsv());
    write('text.csv', homesCsv().replace('\n1990,', '\nold,'));
    await run(...FIT, '--keep-state', '--out', 'm.json');
    const { code, stderr } = await run(...command, 'm.json', 'text.csv');
    expect(code).toBe(4);
    expect(stderr).toMatch(/"year" must be numeric, got text "old" at row 1\n {2}give numbers there, as in the rows /);
  },
);

it('2 folds are the fewest: few rows are to be more', async () => {
  write('three.csv', 'x,y\n1,2\n2,1\n3,5\n');
  for (const how of [
    ['--cv', '2'],
    ['--keep-state', '--out', 'k.json', '--folds', '2'],
  ]) {
    const { code, stderr } = await run('fit', 'three.csv', '--target', 'y', ...how);
    expect([code, stderr.split('\n')[1]]).toEqual([4, '  give more rows: 2 folds are the fewest']);
  }
  expect((await run('fit', 'three.csv', '--target', 'y', '--cv', '3')).stderr).toContain('take fewer folds');
});

it('a column of decimals is to be cast', async () => {
  write('homes.csv', homesCsv());
  await run(...FIT, '--out', 'm.json');
  const decimal = { type: 'INT32', converted_type: 'DECIMAL', precision: 9, scale: 2 } as const;
  const bytes = parquetWriteBuffer({
    schema: [
      { name: 'root', num_children: 3 },
      { name: 'year', type: 'DOUBLE', repetition_type: 'REQUIRED' },
      { name: 'size', repetition_type: 'REQUIRED', ...decimal },
      { name: 'price', type: 'DOUBLE', repetition_type: 'REQUIRED' },
    ],
    columnData: ['year', 'size', 'price'].map((name) => ({ name, data: [1, 2, 3] })),
  });
  write('exact.parquet', new Uint8Array(bytes));
  for (const args of [
    ['fit', 'exact.parquet', '--target', 'price'],
    ['predict', 'm.json', 'exact.parquet'],
  ]) {
    const { code, stderr } = await run(...args);
    expect(code).toBe(4);
    expect(stderr).toMatch(/"size" must be numeric, got Decimal.*\n {2}cast it to double where the file is made/);
  }
});
