import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { kernelThreads, RidgeCV, StandardScaler, tableFromColumns } from '../../src/index.ts';
import type { Table } from '../../src/contracts/table.ts';
import { threadServices } from '../../src/contracts/ports.ts';
import { defaultCore } from '../../src/core/default-core.ts';
import { KeptRidge } from '../../src/core/estimators/kept-ridge.ts';
import { regressionData } from '../reference/random.ts';

const P = 12;
const { x, y } = regressionData(300_000, P, 3);
const names = x.map((_, j) => `x${j}`);
let lent: AsyncDisposable | undefined;

afterEach(async () => {
  await lent?.[Symbol.asyncDispose]();
  lent = undefined;
});

/** Columns in plain memory, or in shared memory, with text beside them. */
function tableOf(shared: boolean, change: (columns: Record<string, Float64Array>) => void = () => undefined): Table {
  const place = (values: Float64Array): Float64Array => {
    const copy = shared ? new Float64Array(new SharedArrayBuffer(values.byteLength)) : new Float64Array(values.length);
    copy.set(values);
    return copy;
  };
  const columns = Object.fromEntries([...x, y].map((values, j) => [names[j] ?? 'y', place(values)]));
  change(columns);
  return tableFromColumns({ ...columns, label: Array.from(y, () => 'a') });
}

function sha256(values: Float64Array): string {
  return createHash('sha256').update(new Uint8Array(values.slice().buffer)).digest('hex');
}

async function fitted(table: Table) {
  const scaler = await new StandardScaler({ columns: names }).fit(table);
  const options = { target: 'y', features: names } as const;
  const { artifact } = await new RidgeCV(options).fit(scaler.transform(table));
  const model = await new RidgeCV({ ...options, standardize: true }).fit(table);
  return { artifact, fused: model.artifact, preds: sha256(await model.predict(table).column('preds')) };
}

describe('a fit of columns in memory', () => {
  it.each([
    [8, 'plain', false, ['ridge.range']], // predicting takes no longer than copying
    [2, 'shared', true, ['column.range', 'ridge.range', 'scaler.range']],
  ])('has on %i threads the bits of one, columns in %s memory', async (threads, _, shared, expected) => {
    const alone = await fitted(tableOf(shared));
    expect(alone.fused).toMatchObject(alone.artifact);
    lent = await kernelThreads(threads);
    const phases = new Set<string>();
    const kernels = threadServices().kernels!;
    const run = kernels.run.bind(kernels);
    kernels.run = (phase, jobs) => run(phases.add(phase) && phase, jobs);
    const spread = await fitted(tableOf(shared));
    expect([...phases].toSorted()).toEqual(expected);
    expect(spread).toEqual(alone);
  });

  it('has the bits of one thread with a column of weights too', async () => {
    const options = { target: 'y', features: names, sampleWeight: 'w', alphas: [0.1, 1, 10] } as const;
    const fit = async () => {
      const table = tableOf(true, weigh);
      const scaler = await new StandardScaler({ columns: names, sampleWeight: 'w' }).fit(table);
      return (await new RidgeCV(options).fit(scaler.transform(table))).artifact;
    };
    const alone = await fit();
    lent = await kernelThreads(2);
    const run = vi.spyOn(threadServices().kernels!, 'run');
    expect(await fit()).toEqual(alone);
    expect(new Set(run.mock.calls.map(([phase]) => phase))).toEqual(new Set(['scaler.range', 'ridge.range']));
  });

  it('has the bits of one thread in all that may be asked for besides', async () => {
    const asked = {
      'r2 over 7 folds': { cv: 7 },
      'mean absolute error over 3 folds of weighted rows': {
        cv: 3,
        scoring: 'neg_mean_absolute_error',
        sampleWeight: 'w',
      },
      'scores and what is stored of each row': { scoring: 'neg_mean_absolute_error', storeCvResults: true },
      'r2 with weights': { scoring: 'r2', sampleWeight: 'w' },
      'intervals of two targets': { intervals: true, target: ['y', 'x11'] },
      'intervals with weights': { intervals: true, sampleWeight: 'w' },
    } as const;
    const rows = 50_000;
    const columns = Object.fromEntries([...x, y].map((values, j) => [names[j] ?? 'y', values.slice(0, rows)]));
    const table = { ...columns, w: Float64Array.from({ length: rows }, (_, i) => (i % 5) / 2) };
    const fitAll = () =>
      Promise.all(
        Object.values(asked).map(async (options) => {
          const shape = { target: ['y'], features: names.slice(0, -1), alphas: [0.1, 1, 10], ...options };
          const models = await new RidgeCV<readonly string[]>(shape).fit(tableFromColumns(table));
          return models.map(({ artifact, cvResults }) => ({ artifact, cvResults }));
        }),
      );
    const alone = await fitAll();
    lent = await kernelThreads(3);
    const run = vi.spyOn(threadServices().kernels!, 'run');
    const spread = await fitAll();
    Object.keys(asked).forEach((what, i) => expect(spread[i], what).toEqual(alone[i]));
    const phases = new Set(run.mock.calls.map(([phase]) => phase));
    expect([...phases]).toEqual(expect.arrayContaining(['fold.range', 'leave-one-out.range']));
  });

  it('keeps the statistics of one thread, of two weighted targets and after rows that were there before', async () => {
    const rows = 40_000;
    const part = (from: number, to: number, broken?: number): Table => {
      const columns = Object.fromEntries([...x, y].map((values, j) => [names[j] ?? 'y', values.slice(from, to)]));
      if (broken !== undefined) columns['x3']![broken] = Infinity;
      return tableFromColumns({
        ...columns,
        w: Float64Array.from({ length: to - from }, (_, i) => ((from + i) % 5) / 2),
      });
    };
    const how = {
      folds: 5,
      scale: true,
      fitIntercept: true,
      alphas: [0.1, 1],
      scoring: 'r2',
      sampleWeight: 'w',
    } as const;
    const core = await defaultCore();
    const keep = async () => {
      const options = { ...how, features: names.slice(0, -1) };
      const fits = ['y', 'x11'].map((target) => new KeptRidge(core, { ...options, target }));
      await KeptRidge.appendTo(fits, part(0, 333));
      await KeptRidge.appendTo(fits, part(333, rows));
      return fits.map((fit) => fit.save());
    };
    const alone = await keep();
    lent = await kernelThreads(3);
    const run = vi.spyOn(threadServices().kernels!, 'run');
    expect(await keep()).toEqual(alone);
    expect(new Set(run.mock.calls.map(([phase]) => phase))).toEqual(new Set(['fold.range']));
    const fit = new KeptRidge(core, { ...how, features: names, target: 'y' });
    await fit.append(part(0, 333));
    await expect(fit.append(part(333, rows, 30_000))).rejects.toThrow(
      'column "x3" must be finite, got Infinity at row 30001',
    );
  });

  it('names the first row that will not do, whichever thread comes upon one first', async () => {
    lent = await kernelThreads(2);
    for (const shared of [true, false]) {
      const table = tableOf(shared, ({ x3, x5 }) => {
        x3![299_999] = Infinity;
        x5![140_321] = Infinity;
      });
      const fit = new RidgeCV({ target: 'y', features: names }).fit(table);
      await expect(fit).rejects.toThrow('column "x5" must be finite, got Infinity at row 140322');
    }
  });

  it('gives predictions of more rows than come back at once', async () => {
    const rows = 2 ** 21 + 100_000;
    const column = (of: number): Float64Array => {
      const values = new Float64Array(new SharedArrayBuffer(8 * rows));
      for (let i = 0; i < rows; i++) values[i] = x[of]![i % 300_000]!;
      return values;
    };
    const table = tableFromColumns({ x0: column(0), x1: column(1) });
    const few = tableFromColumns({ x0: x[0]!.slice(0, 500), x1: x[1]!.slice(0, 500), y: y.slice(0, 500) });
    const model = await new RidgeCV({ target: 'y', standardize: true }).fit(few);
    const alone = await model.predict(table).column('preds');
    lent = await kernelThreads(2);
    const run = vi.spyOn(threadServices().kernels!, 'run');
    expect(sha256(await model.predict(table).column('preds'))).toBe(sha256(alone));
    expect(run).toHaveBeenCalledTimes(2);
  });

  it('is done where it is called when it is small, and once the threads are given back', async () => {
    lent = await kernelThreads(2);
    const { kernels } = threadServices();
    kernels!.run = () => Promise.reject(new Error('spread'));
    const small = tableFromColumns({ x: x[0]!.slice(0, 5000), y: y.slice(0, 5000) });
    await expect(new RidgeCV({ target: 'y' }).fit(small)).resolves.toBeDefined();
    await lent[Symbol.asyncDispose]();
    await expect(new RidgeCV({ target: 'y', features: names }).fit(tableOf(true))).resolves.toBeDefined();
  });

  it('has the threads lent last, and the ones before again once those are given back', async () => {
    lent = await kernelThreads(2);
    const outer = threadServices().kernels;
    const inner = await kernelThreads(3);
    expect(threadServices().kernels).toMatchObject({ threads: 3 });
    await inner[Symbol.asyncDispose]();
    expect(threadServices().kernels).toBe(outer);
    await expect(kernelThreads(0)).rejects.toThrow('expected a whole number >= 1, got 0');
  });
});

function weigh(columns: Record<string, Float64Array>): void {
  columns['w'] = new Float64Array(new SharedArrayBuffer(y.byteLength));
  columns['w'].set(y.map((_, i) => (i % 7) / 2));
}
