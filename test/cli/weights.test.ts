import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { RidgeModelArtifact } from '../../src/contracts/model.ts';
import { relativeError } from '../reference/core.ts';
import { ridgeline, temporaryFolder } from './command-line.ts';

const file = new URL('../reference/sklearn-options.json', import.meta.url);
const { alphas, tables } = JSON.parse(readFileSync(file, 'utf8')) as {
  readonly alphas: number[];
  readonly tables: {
    readonly x: number[][];
    readonly y: number[][];
    readonly weights: number[];
    readonly fits: { cv: number | null; scoring: string | null; targets: number[]; alpha: number; coef: number[][] }[];
  };
};
const folder = temporaryFolder();

function csv(name: string, change: (row: number, weight: number) => string | number = (_, weight) => weight): string {
  const rows = tables.weights.map((weight, i) =>
    [...tables.x.map((column) => column[i]), change(i, weight), tables.y[1]![i]].join(','),
  );
  writeFileSync(join(folder(), name), `a,b,c,d,weight,y\n${rows.join('\n')}\n`);
  return name;
}

const fit = (...args: string[]) =>
  ridgeline(['fit', ...args, '--target', 'y', '--weights', 'weight', '--alphas', alphas.join(',')], folder());
const read = (): RidgeModelArtifact => JSON.parse(readFileSync(join(folder(), 'm.json'), 'utf8')) as RidgeModelArtifact;

it('fit --weights standardises and fits as scikit-learn with sample_weight, by leave-one-out and over folds', async () => {
  csv('rows.csv');
  for (const { cv, scoring, targets, alpha, coef } of tables.fits) {
    if (targets.length > 1) continue;
    const how = [...(cv === null ? [] : ['--cv', String(cv)]), ...(scoring === null ? [] : ['--scoring', scoring])];
    const { code, stdout, stderr } = await fit('rows.csv', ...how, '--out', 'm.json');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('43 rows of rows.csv, weighted by weight');
    expect(read()).toMatchObject({ alpha, features: ['a', 'b', 'c', 'd'], sampleWeight: 'weight' });
    expect(relativeError(read().coef, coef.flat())).toBeLessThan(1e-11);
  }
  // Predictions need no weights.
  writeFileSync(join(folder(), 'new.csv'), 'a,b,c,d\n1,2,3,4\n');
  const predicted = await ridgeline(['predict', 'm.json', 'new.csv', '--out', '-'], folder());
  expect([predicted.code, predicted.stdout.split('\n')[0]]).toEqual([0, 'a,b,c,d,preds']);
});

it('fit --weights leaves out rows without a weight when asked to, and is said in --json', async () => {
  csv('gap.csv', (row, weight) => (row === 4 ? '' : weight));
  const { stdout } = await fit('gap.csv', '--drop-missing', '--json');
  expect(JSON.parse(stdout)).toMatchObject({ n: 42, sampleWeight: 'weight' });
});

it('fit --weights refuses weights that are none by file, column and row', async () => {
  for (const [change, message] of [
    [(row: number) => (row === 8 ? -2 : 1), 'bad.csv: column "weight" must be >= 0, got -2 at row 9'],
    [(row: number) => (row === 8 ? '' : 1), 'bad.csv: column "weight" has no value at row 9'],
    [() => 0, 'bad.csv: expected a weight above 0, got none in "weight"'],
    [(row: number) => (row === 8 ? 'many' : 1), 'column "weight" must be numeric, got text "many" at row 9'],
  ] as const) {
    for (const how of [[], ['--no-scale'], ['--cv', '3']]) {
      const { code, stderr } = await fit(csv('bad.csv', change), ...how);
      expect(code).toBe(4);
      expect(stderr).toContain(message);
    }
  }
  const { stderr } = await fit('bad.csv', '--keep-state', '--out', 'm.json');
  expect(stderr).toContain("cannot be used with option '--weights");
});
