import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { AttemptRequest } from '../../src/contracts/executor.ts';
import { threadServices } from '../../src/contracts/ports.ts';
import type { Table, TableRef } from '../../src/contracts/table.ts';
import { StandardScaler } from '../../src/core/estimators/standard-scaler.ts';
import { RidgeCV } from '../../src/core/estimators/ridge-cv.ts';
import { compileCore } from '../../src/core/index.ts';
import type { RidgePart } from '../../src/core/ridge-pass.ts';
import type { RidgeRange } from '../../src/core/ridge-range.ts';
import { openPath, openTable, tableFromColumns, writeParquet } from '../../src/data/table/index.ts';
import { createThreadExecutor } from '../../src/engine/pool/index.ts';
import { KernelThreads } from '../../src/engine/pool/kernel-threads.ts';
import type { CompiledModules } from '../../src/engine/pool/messages.ts';

const ROWS = 200_000;
let folder: string;
let ref: TableRef;
let kernels: KernelThreads;
let modules: CompiledModules;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ridgeline-kernels-'));
  const path = join(folder, 'made-up.parquet');
  const columns = Object.fromEntries(['a', 'b', 'c', 'y'].map((name, j) => [name, made(ROWS, j + 1)]));
  ref = { ...(await writeParquet(tableFromColumns(columns), path)), location: 'path', key: path };
  modules = { core: await compileCore() };
  const source = { policy: 'synthetic', dataDir: undefined, cacheDir: folder } as const;
  kernels = new KernelThreads(
    { storeUrl: folder, env: {}, source, scratchDir: folder, home: 'test', kernelThreads: 2 },
    async () => modules,
  );
});

afterAll(async () => {
  await kernels.close();
  rmSync(folder, { recursive: true });
});

const PASS = { pass: 'moments', ranges: true, p: 3, targets: 1, fitIntercept: true } as const;
const range = (start: number, end: number): RidgeRange => ({
  job: PASS,
  table: { name: 'made-up', from: ref, steps: '[]' },
  columns: ['a', 'b', 'c', 'y'],
  rows: [start, end],
});

test('results come back in the order of the jobs, each small whatever its rows', async () => {
  const jobs = [range(0, 65_536), range(65_536, 131_072), range(131_072, ROWS)];
  const results = await kernels.run<RidgeRange, RidgePart>('ridge.range', jobs);
  const again = await kernels.run<RidgeRange, RidgePart>('ridge.range', jobs.toReversed());
  expect(again.toReversed()).toEqual(results);
  for (const [k, { statistics, range }] of results.entries()) {
    expect(statistics.byteLength).toBeLessThan(4096);
    const { rows } = jobs[k]!;
    const ends = [1, 2, 3].flatMap((seed) => {
      const values = made(ROWS, seed).subarray(...rows);
      return [
        values.reduce((low, value) => Math.min(low, value)),
        values.reduce((high, value) => Math.max(high, value)),
      ];
    });
    expect(Array.from(range)).toEqual(ends);
  }
});

test('a job that fails rejects with its own error, and the threads go on', async () => {
  const missing = { ...range(0, 10), columns: ['a', 'b', 'nowhere', 'y'] };
  await expect(kernels.run('ridge.range', [missing])).rejects.toThrow(/nowhere/);
  await expect(kernels.run('ridge.range', [range(0, 10)])).resolves.toHaveLength(1);
});

test('a scaler and a fit spread over kernel threads have the bits of the fit in one', async () => {
  const path = join(folder, 'long.parquet');
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'y'];
  const rows = 2_100_000; // x 8 columns: more than the least that is spread
  const columns = Object.fromEntries(names.map((name, j) => [name, made(rows, j + 1)]));
  const written = await writeParquet(tableFromColumns(columns), path);
  const table = await openTable({ ...written, location: 'path', key: path }, undefined as never);
  const fit = async () => {
    const scaler = await new StandardScaler({ columns: names.slice(0, -1) }).fit(table);
    return (await new RidgeCV({ target: 'y', alphas: [0.1, 1, 10] }).fit(scaler.transform(table))).artifact;
  };
  const alone = await fit();
  threadServices().kernels = kernels;
  try {
    const { r2: _, ...spread } = await fit();
    expect(alone).toMatchObject(spread);
  } finally {
    delete threadServices().kernels;
  }
});

test('a CSV is read by kernel threads in ranges of its records: the same bits, and rows named as in the file', async () => {
  const path = join(folder, 'long.csv');
  const rows = 70_000; // two runs of rows
  const values = ['a', 'b', 'c', 'y'].map((_, j) => made(rows, j + 21));
  const write = (last: string): void => {
    const lines = Array.from({ length: rows }, (_, i) => {
      const label = i % 7 === 0 ? '"two\nlines, ""quoted"""' : `é${i}`;
      return [values[0]![i], label, values[1]![i], i === rows - 9 ? last : values[2]![i], values[3]![i]].join(',');
    });
    writeFileSync(path, ['a,label,b,c,y', ...lines, ''].join('\r\n'));
  };
  const fit = async (of?: Table) => {
    const table = of ?? (await openPath(path, { name: 'long.csv' }));
    const scaler = await new StandardScaler({ columns: ['a', 'b', 'c'] }).fit(table);
    const ridge = new RidgeCV({ target: 'y', features: ['a', 'b', 'c'], alphas: [0.1, 1, 10] });
    const { r2: _, ...artifact } = (await ridge.fit(scaler.transform(table))).artifact;
    return artifact;
  };
  write('0.25');
  const alone = await fit();
  values[2]![rows - 9] = 0.25;
  const [a, b, c, y] = values as [Float64Array, Float64Array, Float64Array, Float64Array];
  const { source: _, ...whole } = await fit(tableFromColumns({ a, b, c, y }));
  expect(alone, 'streamed and whole').toMatchObject(whole);
  const run = vi.spyOn(kernels, 'run');
  threadServices().kernels = kernels;
  try {
    expect(await fit()).toEqual(alone);
    expect(run.mock.calls.map(([phase]) => phase)).toContain('ridge.range');
    write('0.75'); // another file of the same size
    expect((await fit()).coef).not.toEqual(alone.coef);
    write('inf');
    await expect(fit()).rejects.toThrow(`long.csv: column "c" must be finite, got Infinity at row ${rows - 8}`);
  } finally {
    delete threadServices().kernels;
    run.mockRestore();
  }
});

test('predictions written by kernel threads are the file that one thread writes, text and missing numbers with them', async () => {
  const rows = 200_000;
  const values = ['a', 'b', 'c', 'y'].map((_, j) => made(rows, j + 11));
  const holes = made(rows, 5).map((x) => (x > 0.9 ? Number.NaN : x));
  const wide = Object.fromEntries(Array.from({ length: 80 }, (_, j) => [`x${j}`, values[j % 4]!]));
  const label = Array.from(holes, (x, i) => (i % 11 === 0 ? null : `t${Math.round(9 * x)}`));
  const from = join(folder, 'wide.parquet');
  await writeParquet(tableFromColumns({ ...wide, holes, label }), from);
  const table = await openPath(from);
  const few = tableFromColumns(
    Object.fromEntries(['x0', 'x1', 'x2', 'x3'].map((name) => [name, wide[name]!.slice(0, 500)])),
  );
  const scaler = await new StandardScaler({ columns: ['x0', 'x1', 'x2'] }).fit(few);
  const model = await new RidgeCV({ target: 'x3' }).fit(scaler.transform(few));
  const write = async (name: string) => {
    const written = await writeParquet(model.predict(table), join(folder, name));
    return { sha256: written.sha256, sizeBytes: written.sizeBytes, numRows: written.numRows };
  };
  const alone = await write('alone.parquet');
  threadServices().kernels = kernels;
  try {
    expect(await write('spread.parquet')).toEqual(alone);
    const column = await (await openPath(join(folder, 'spread.parquet'))).column('preds');
    expect(column).toEqual(await model.predict(table).column('preds'));
    // The first row that cannot be predicted is the one named, whichever thread comes upon one first.
    const bad = tableFromColumns({
      ...wide,
      x1: values[1]!.map((x, i) => (i === 70_001 || i === 199_000 ? Infinity : x)),
      holes,
    });
    await writeParquet(bad, from);
    const failing = await openPath(from, { name: 'bad.parquet' });
    await expect(writeParquet(model.predict(failing), join(folder, 'none.parquet'))).rejects.toMatchObject({
      code: 'NON_FINITE',
      message: expect.stringMatching(/^bad\.parquet.*"x1".*row 70002/s) as string,
    });
  } finally {
    delete threadServices().kernels;
  }
});

test('a task reaches the kernel threads through its own thread, which is free while they work', async () => {
  const executor = createThreadExecutor({
    storeUrl: folder,
    env: {},
    threads: 2,
    source: { policy: 'synthetic', dataDir: undefined, cacheDir: folder },
    home: 'test',
    scratchDir: join(folder, 'tmp'),
    modules: async () => modules,
  });
  const request: AttemptRequest = {
    module: { name: 'fanout', url: new URL('pipelines/fanout.ts', import.meta.url).href },
    dag: 'fanout',
    run: 'r1',
    task: 'spread',
    mapIndex: -1,
    attempt: 1,
    inputs: {},
    params: { job: range(0, 1000) },
    pinned: {},
  };
  const lines: string[] = [];
  try {
    const outcome = await executor.run(request, {
      signal: new AbortController().signal,
      onLog: ({ message }) => lines.push(message),
      onProgress: () => undefined,
    });
    expect(outcome).toMatchObject({ state: 'success', result: { kind: 'json', value: { threads: 2, parts: 3 } } });
    expect(lines).toContain('meanwhile');
  } finally {
    await executor.close();
  }
});

/** In [-1, 1), from a 32-bit linear congruential generator. */
function made(rows: number, seed: number): Float64Array {
  const values = new Float64Array(rows);
  let state = seed;
  for (let i = 0; i < rows; i += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    values[i] = state / 2 ** 31 - 1;
  }
  return values;
}
