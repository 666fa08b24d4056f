import { createHash } from 'node:crypto';
import { copyFileSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { RidgeModelArtifact } from '../../src/contracts/model.ts';
import { updateLock } from '../../src/cli/kept-fit.ts';
import { defaultCore } from '../../src/core/default-core.ts';
import { KeptRidge } from '../../src/core/estimators/kept-ridge.ts';
import { withFileLock } from '../../src/engine/state/file-lock.ts';
import { openPath, tableFromColumns, writeParquet } from '../../src/data/table/index.ts';
import { relativeError } from '../reference/core.ts';
import { regressionData, seeded } from '../reference/random.ts';
import { ridgeline, temporaryFolder } from './command-line.ts';
import type { Ended } from './command-line.ts';
import { start } from './ridgeline.ts';

const folder = temporaryFolder();
const fit = (...args: string[]): Promise<Ended> => ridgeline(['fit', ...args], folder());
const N = 2500;
const data = regressionData(N, 3, 8);
const columns = { a: data.x[0]!, b: data.x[1]!.map((value) => 2000 + value), c: data.x[2]!, y: data.y };

/** Rows `[from, to)` as CSV. */
function csv(name: string, from = 0, to = N): string {
  const rows = Array.from({ length: to - from }, (_, i) =>
    Object.values(columns)
      .map((column) => column[from + i])
      .join(','),
  );
  writeFileSync(join(folder(), name), `a,b,c,y\n${rows.join('\n')}\n`);
  return name;
}

const read = (name: string): RidgeModelArtifact =>
  JSON.parse(readFileSync(join(folder(), name), 'utf8')) as RidgeModelArtifact;

async function done(ended: Promise<Ended>): Promise<string> {
  const { code, stdout, stderr } = await ended;
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
}

/** The command fails with a message and changes no file. */
const refused = async (message: string, ...args: string[]): Promise<void> => {
  const before = readdirSync(folder()).map((name) => [name, readFileSync(join(folder(), name), 'utf8')]);
  const { code, stderr } = await fit(...args);
  expect(code).toBeGreaterThan(0);
  expect(stderr).toContain(message);
  expect(readdirSync(folder()).map((name) => [name, readFileSync(join(folder(), name), 'utf8')])).toEqual(before);
};
/** A model with its state; where that is. */
const kept = async (): Promise<string> => {
  await done(fit(csv('all.csv'), '--target', 'y', '--keep-state', '--out', 'm.json'));
  return join(folder(), read('m.json').state!.file);
};

describe('fit --keep-state and --update', () => {
  it('in random pieces give model and statistics of all rows at once, to the bit', async () => {
    const said = await done(fit(csv('all.csv'), '--target', 'y', '--keep-state', '--out', 'all.json'));
    expect(said).toContain('by 5-fold cross-validation over kept statistics');
    const all = read('all.json');
    expect(all).toMatchObject({ cv: 'k-fold', folds: { count: 5, rows: 'by-hash' }, n: N, scoring: 'r2' });
    const random = seeded(2);
    const cuts = [0, ...Array.from({ length: 4 }, () => 5 + random.integer(N - 5)).toSorted((a, b) => a - b), N];
    for (let i = 0; i + 1 < cuts.length; i++) {
      const piece = csv('piece.csv', cuts[i]!, cuts[i + 1]);
      await done(
        i === 0 ? fit(piece, '--target', 'y', '--keep-state', '--out', 'm.json') : fit('--update', 'm.json', piece),
      );
    }
    const { state, ...pieces } = read('m.json');
    const { state: whole, ...rest } = all;
    expect(pieces).toEqual(rest);
    expect(state!.sha256).toBe(whole!.sha256);
    // The statistics that no model names any more are gone.
    expect(
      readdirSync(folder())
        .filter((name) => name.startsWith('m.'))
        .toSorted(),
    ).toEqual([state!.file, 'm.json']);
  });

  it('gives the coefficients of a fit that reads all rows, and predicts like it', async () => {
    await done(fit(csv('all.csv'), '--target', 'y', '--alpha', '0.5', '--keep-state', '--out', 'kept.json'));
    await done(fit('all.csv', '--target', 'y', '--alpha', '0.5', '--out', 'read.json'));
    const [kept, again] = [read('kept.json'), read('read.json')];
    for (const key of ['coef', 'coefRaw', 'min', 'max'] as const) {
      expect(relativeError(kept[key], again[key])).toBeLessThan(1e-12);
    }
    expect(Math.abs(kept.r2! - again.r2!)).toBeLessThan(1e-12);
    expect(await done(ridgeline(['predict', 'kept.json', 'all.csv', '--out', '-'], folder()))).toContain('preds');
  });

  it('advises on missing values what goes with a kept state', async () => {
    await kept();
    writeFileSync(join(folder(), 'gap.csv'), 'a,b,c,y\n1,2,3,4\n1,,3,4\n');
    for (const args of [
      ['--update', 'm.json', 'gap.csv'],
      ['gap.csv', '--target', 'y', '--keep-state', '--out', 'n.json'],
    ]) {
      const { code, stderr } = await fit(...args);
      expect(code).toBe(4);
      expect(stderr).toContain('gap.csv: column "b" has no value at row 2; missing values are in "b" (1)');
      expect(stderr).toContain('leave such rows out with --drop-missing');
      expect(stderr).not.toContain('--impute');
    }
  });

  it('takes Parquet as CSV, and other options: no scale, no intercept, folds, missing rows dropped', async () => {
    const file = join(folder(), 'all.parquet');
    await writeParquet(tableFromColumns(columns), file);
    expect((await openPath(file)).numRows).toBe(N);
    const how = ['--target', 'y', '--no-intercept', '--no-scale', '--folds', '3', '--alphas', '0,1', '--keep-state'];
    await done(fit('all.parquet', ...how, '--scoring', 'neg_mean_squared_error', '--out', 'p.json'));
    await done(fit(csv('a.csv', 0, 700), ...how, '--scoring', 'neg_mean_squared_error', '--out', 'c.json'));
    writeFileSync(
      join(folder(), 'b.csv'),
      readFileSync(join(folder(), csv('b.csv', 700)), 'utf8').replace('\n', '\n,1,2,3\n'),
    );
    await done(fit('--update', 'c.json', 'b.csv', '--drop-missing', '--out', 'd.json'));
    expect({ ...read('d.json'), state: null }).toEqual({ ...read('p.json'), state: null });
    // The model that was updated into another file stands, and can be updated again.
    expect(read('c.json').n).toBe(700);
    await done(fit('--update', 'c.json', 'a.csv'));
  });

  it('killed between the two files leaves the old model with its own statistics, and can be said again', async () => {
    await done(fit(csv('a.csv', 0, 900), '--target', 'y', '--keep-state', '--out', 'm.json'));
    const before = ['m.json', read('m.json').state!.file].map(
      (name) => [name, readFileSync(join(folder(), name))] as const,
    );
    await done(fit('--update', 'm.json', csv('b.csv', 900)));
    const after = readFileSync(join(folder(), 'm.json'), 'utf8');
    for (const [name, bytes] of before) writeFileSync(join(folder(), name), bytes);
    await done(fit('--update', 'm.json', 'b.csv'));
    expect(readFileSync(join(folder(), 'm.json'), 'utf8')).toBe(after);
    expect(readdirSync(folder())).toHaveLength(4);
  });

  it('of a copy under another name leaves the model it is a copy of its statistics', async () => {
    await done(fit(csv('a.csv', 0, 900), '--target', 'y', '--keep-state', '--out', 'm.json'));
    copyFileSync(join(folder(), 'm.json'), join(folder(), 'copy.json'));
    for (const model of ['copy.json', 'm.json']) await done(fit('--update', model, csv('b.csv', 900, 1500)));
    expect([read('copy.json').n, read('m.json').n]).toEqual([1500, 1500]);
    expect(readdirSync(folder()).filter((name) => name.endsWith('.state'))).toHaveLength(2);
  });

  it('by two processes at once: the second waits, and adds to what the first made', async () => {
    await done(fit(csv('a.csv', 0, 900), '--target', 'y', '--keep-state', '--out', 'm.json'));
    const pieces = [csv('b.csv', 900, 1500), csv('c.csv', 1500)];
    for (const [i, order] of [pieces, pieces.toReversed()].entries()) {
      for (const name of ['m.json', read('m.json').state!.file]) {
        copyFileSync(join(folder(), name), join(folder(), name.replace(/^m/, `m${i}`)));
      }
      const text = readFileSync(join(folder(), `m${i}.json`), 'utf8');
      writeFileSync(join(folder(), `m${i}.json`), text.replace('"m.', `"m${i}.`));
      for (const piece of order) await done(fit('--update', `m${i}.json`, piece));
    }
    const options = { cwd: folder(), env: { TMPDIR: tmpdir() } };
    const processes = await withFileLock(await updateLock(join(folder(), 'm.json')), async () => {
      const started = pieces.map((piece) => start(['fit', '--update', 'm.json', piece], options));
      const said = started.map(() => '');
      started.forEach(({ child }, k) => child.stderr!.on('data', (chunk: string) => (said[k] += chunk)));
      const waiting = 'another process is updating m.json: waiting for its end';
      await vi.waitUntil(() => said.every((each) => each.includes(waiting)), { timeout: 20_000 });
      expect(read('m.json').n).toBe(900);
      return started;
    });
    for (const { ended } of processes) expect((await ended).code).toBe(0);
    const both = read('m.json');
    expect(both.n).toBe(N);
    const one = (name: string): object => ({ ...read(name), state: read(name).state!.sha256 });
    expect([one('m0.json'), one('m1.json')]).toContainEqual({ ...both, state: both.state!.sha256 });
  });

  it('of several targets are read once, and each has the model and statistics of a fit of it alone', async () => {
    const rows = tableFromColumns({ a: columns.a, y: columns.y, b: columns.b });
    const reads = vi.spyOn(rows, 'batches');
    const core = await defaultCore();
    const options = { features: ['a'], folds: 3, scale: true, fitIntercept: true, alphas: [1], scoring: 'r2' } as const;
    const fits = ['y', 'b'].map((target) => new KeptRidge(core, { ...options, target }));
    await KeptRidge.appendTo(fits, rows);
    expect(reads).toHaveBeenCalledTimes(1);
    csv('all.csv', 0, 900);
    await done(fit('all.csv', '--target', 'y,b', '--keep-state', '--out', '{target}.json'));
    for (const target of ['y', 'b']) {
      const how = ['--target', target, '--features', 'a,c', '--keep-state', '--out', 'alone.json'];
      await done(fit('all.csv', ...how));
      await done(fit('--update', 'alone.json', csv('rest.csv', 900)));
      await done(fit('--update', `${target}.json`, 'rest.csv'));
      const one = (name: string): object => ({ ...read(name), state: read(name).state!.sha256 });
      expect(one(`${target}.json`)).toEqual(one('alone.json'));
    }
  });

  it('count rows of each table from its first in messages', async () => {
    const a = Float64Array.of(1, 2, 3);
    const options = { features: ['a'], target: 'b', folds: 2, scale: true, fitIntercept: true, alphas: [1] };
    const kept = new KeptRidge(await defaultCore(), { ...options, scoring: 'r2' });
    await kept.append(tableFromColumns({ a, b: Float64Array.of(1, 2, 4) }));
    const next = tableFromColumns({ a, b: Float64Array.of(1, Infinity, 3) });
    await expect(kept.append(next)).rejects.toThrow('column "b" must be finite, got Infinity at row 2');
  });

  it('keeps to --memory', async () => {
    await kept();
    await refused('4 columns need at least', '--update', 'm.json', 'all.csv', '--memory', '100MB');
    await done(fit('--update', 'm.json', 'all.csv', '--memory', '200MB'));
    expect(read('m.json').n).toBe(2 * N);
  });

  it('keeps a small file: at most 128 rows a fold, and a triangle for each doubling of them', async () => {
    await done(fit(csv('all.csv'), '--target', 'y', '--keep-state', '--out', 'm.json'));
    const bytes = readFileSync(join(folder(), read('m.json').state!.file));
    expect(bytes.length).toBeLessThan(2000 + 5 * 8 * (128 * 4 + 2 * 14));
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(read('m.json').state!.sha256);
  });

  describe('refuses', () => {
    it.each<[string, string, (bytes: Buffer) => Uint8Array]>([
      ['cut off', 'it is cut off', (bytes) => bytes.subarray(0, -9)],
      ['empty', 'it does not begin with a line of JSON', () => Buffer.from('')],
      [
        'of a newer release',
        'NEWER',
        (bytes) => Buffer.from(bytes.toString('latin1').replace('state/1', 'state/3'), 'latin1'),
      ],
      ['something else', 'expected format ridgeline.state/1', () => Buffer.from('{"format":"x"}\n')],
      ['damaged', 'does not belong to the model', (bytes) => bytes.with(bytes.length - 20, bytes.at(-20)! ^ 1)],
      [
        'of other counts',
        'its counts of rows',
        (bytes) => Buffer.from(bytes.toString('latin1').replace(/"tailRows":\[\d+/, '"tailRows":[999'), 'latin1'),
      ],
    ])('a state that is %s', async (_, message, damage) => {
      const file = await kept();
      writeFileSync(file, damage(readFileSync(file)));
      await refused(message === 'NEWER' ? 'update ridgeline' : message, '--update', 'm.json', 'all.csv');
    });

    it('a state of another fit, one that is missing, a model without one', async () => {
      const file = await kept();
      await done(fit(csv('b.csv', 0, 900), '--target', 'y', '--keep-state', '--out', 'other.json'));
      const mine = `${file}.mine`;
      renameSync(file, mine);
      await refused('cannot read the statistics that m.json names', '--update', 'm.json', 'all.csv');
      copyFileSync(join(folder(), read('other.json').state!.file), file);
      await refused('m.json names statistics with SHA-256', '--update', 'm.json', 'all.csv');
      renameSync(mine, file);
      const text = readFileSync(join(folder(), 'm.json'), 'utf8');
      writeFileSync(join(folder(), 'm.json'), text.replace('"alphas": [0.001', '"alphas": [0.002'));
      await refused('alphas of m.json are [0.002', '--update', 'm.json', 'all.csv');
      await done(fit('all.csv', '--target', 'y', '--out', 'plain.json'));
      await refused('expected a model that keeps the statistics', '--update', 'plain.json', 'all.csv');
      await refused('cannot read nowhere.json', '--update', 'nowhere.json', 'all.csv');
    });

    it('rows without a feature or with a gap, by their own numbers, and leaves all as it was', async () => {
      await kept();
      writeFileSync(join(folder(), 'few.csv'), 'a,b,y\n1,2,3\n');
      await refused('no column "c"', '--update', 'm.json', 'few.csv');
      writeFileSync(join(folder(), 'gap.csv'), 'a,b,c,y\n1,2,3,4\n1,,3,4\n');
      await refused('column "b" has no value at row 2', '--update', 'm.json', 'gap.csv');
    });

    it('what a kept state cannot do', async () => {
      const all = [csv('all.csv'), '--target', 'y', '--keep-state'];
      await refused('expected a file with --out', ...all);
      await refused(
        'statistics do not give neg_mean_absolute_error',
        ...all,
        '--out',
        'm.json',
        '--scoring',
        'neg_mean_absolute_error',
      );
      await refused('expected from 2 to 1000 folds, got 1', ...all, '--out', 'm.json', '--folds', '1');
      await refused("cannot be used with option '--test-size", ...all, '--out', 'm.json', '--test-size', '0.2');
      await refused("cannot be used with option '--alphas", '--update', 'm.json', 'all.csv', '--alphas', '1,2');
      await refused('expected --target <column>, or --update <model>', 'all.csv');
      await refused('--folds: expected --keep-state with it', 'all.csv', '--target', 'y', '--folds', '3');
    });
  });
});
