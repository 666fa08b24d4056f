import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { RidgeModelArtifact } from '../../src/contracts/model.ts';
import { RidgeCV, StandardScaler } from '../../src/core/array-estimators.ts';
import { defaultCore } from '../../src/core/default-core.ts';
import { foldsByHash } from '../../src/core/fold-fit.ts';
import { weightedR2 } from '../../src/core/scoring.ts';
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
});

/** `keep`: fits and updates of all rows in pieces, each file with the rows from one edge to the next. */
async function keep(edges: readonly number[]): Promise<RidgeModelArtifact> {
  const lines = readFileSync(join(folder(), csv('rows.csv')), 'utf8')
    .trimEnd()
    .split('\n');
  for (const [i, from] of edges.slice(0, -1).entries()) {
    writeFileSync(join(folder(), 'piece.csv'), [lines[0], ...lines.slice(from + 1, edges[i + 1]! + 1), ''].join('\n'));
    const done = await (i === 0
      ? fit('piece.csv', '--keep-state', '--folds', '4', '--out', 'm.json')
      : ridgeline(['fit', '--update', 'm.json', 'piece.csv'], folder()));
    expect([done.code, done.stderr]).toEqual([0, '']);
  }
  return read();
}

it('fit --weights --keep-state in pieces has model and statistics of all rows at once, to the bit', async () => {
  const whole = await keep([0, 43]);
  expect(await keep([0, 17, 18, 43])).toEqual(whole);
  // More than a chunk of rows in each fold: sums of weights stand beside what they belong to.
  const [head, ...rows] = readFileSync(join(folder(), 'rows.csv'), 'utf8').trimEnd().split('\n');
  const long = (times: number) => [head, ...Array.from({ length: times }, () => rows).flat(), ''].join('\n');
  const modelOf = async (...files: readonly string[]) => {
    await fit(files[0]!, '--keep-state', '--folds', '4', '--out', 'm.json');
    for (const more of files.slice(1)) await ridgeline(['fit', '--update', 'm.json', more], folder());
    return read();
  };
  for (const [name, times] of [
    ['a.csv', 20],
    ['b.csv', 10],
    ['c.csv', 30],
  ] as const) {
    writeFileSync(join(folder(), name), long(times));
  }
  const pieces = await modelOf('a.csv', 'b.csv');
  expect(pieces).toMatchObject({ n: 30 * 43, sampleWeight: 'weight' });
  expect(pieces).toEqual(await modelOf('c.csv'));
});

it('fit --weights --keep-state has the scores of weighted fits without each fold, and the coefficients of one on all rows', async () => {
  const kept = await keep([0, 30, 43]);
  expect(kept).toMatchObject({ cv: 'k-fold', sampleWeight: 'weight', scoring: 'r2' });
  const core = await defaultCore();
  const { weights } = tables;
  const y = tables.y[1]!;
  const { mean, scale } = new StandardScaler(core).fit(
    tables.x.map((column) => Float64Array.from(column)),
    weights,
  );
  const x = tables.x.map((column, j) => column.map((value) => (value - mean[j]!) / scale[j]!));
  const foldOf = foldsByHash(4);
  const folds = y.map((_, i) => foldOf(i));
  const scores = alphas.map((alpha) => {
    let score = 0;
    for (let fold = 0; fold < 4; fold++) {
      const pick = (values: readonly number[], inside: boolean) =>
        Float64Array.from(values.filter((_, i) => (folds[i] === fold) === inside));
      const rows = (inside: boolean) => x.map((column) => pick(column, inside));
      const model = new RidgeCV(core, { alpha }).fit(rows(false), pick(y, false), pick(weights, false));
      score += weightedR2(pick(y, true), model.predict(rows(true)), pick(weights, true)) / 4;
    }
    return score;
  });
  expect(relativeError(kept.scores!, scores)).toBeLessThan(1e-11);
  expect(kept.alpha).toBe(alphas[scores.indexOf(Math.max(...scores))]);
  await ridgeline(
    ['fit', 'rows.csv', '--target', 'y', '--weights', 'weight', '--alpha', `${kept.alpha}`, '--out', 'one.json'],
    folder(),
  );
  const one = JSON.parse(readFileSync(join(folder(), 'one.json'), 'utf8')) as RidgeModelArtifact;
  expect(relativeError(kept.coefRaw, one.coefRaw)).toBeLessThan(1e-11);
  expect(relativeError([kept.r2!, kept.interceptRaw], [one.r2!, one.interceptRaw])).toBeLessThan(1e-11);
});

it('fit --weights --intervals keeps residuals of weighted fits, for predict --interval', async () => {
  csv('rows.csv');
  const { code, stderr } = await fit('rows.csv', '--intervals', '--out', 'm.json');
  expect([code, stderr]).toEqual([0, '']);
  const y = Float64Array.from(tables.y[1]!);
  const { weights } = tables;
  const { mean, scale } = new StandardScaler(await defaultCore()).fit(
    tables.x.map((column) => [...column]),
    weights,
  );
  const x = tables.x.map((column, j) => Float64Array.from(column, (value) => (value - mean[j]!) / scale[j]!));
  const options = { alphas, intervals: true };
  const arrays = new RidgeCV(await defaultCore(), options).fit(x, y, weights);
  expect(relativeError(read().intervals!.jackknife, arrays.intervals!.jackknife)).toBeLessThan(1e-10);
  expect(read().intervals!.jackknife).toHaveLength(weights.filter((weight) => weight > 0).length);
  const predicted = await ridgeline(['predict', 'm.json', 'rows.csv', '--interval', '0.8', '--out', '-'], folder());
  expect(predicted.stderr).toBe('');
  expect(predicted.stdout.split('\n')[0]).toBe('a,b,c,d,weight,y,preds,preds_lower,preds_upper');
});

it('fit --update refuses rows without the weights of the model, and weights that are none', async () => {
  await keep([0, 43]);
  writeFileSync(join(folder(), 'none.csv'), 'a,b,c,d,y\n1,2,3,4,5\n');
  const none = await ridgeline(['fit', '--update', 'm.json', 'none.csv'], folder());
  expect(none.stderr).toContain('no column "weight"');
  csv('bad.csv', (row) => (row === 8 ? -2 : 1));
  const bad = await ridgeline(['fit', '--update', 'm.json', 'bad.csv'], folder());
  expect(bad.stderr).toContain('bad.csv: column "weight" must be >= 0, got -2 at row 9');
});
