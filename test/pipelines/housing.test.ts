import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TaskContext } from '../../src/contracts/context.ts';
import { RidgelineError } from '../../src/contracts/errors.ts';
import type { StandardScalerState } from '../../src/contracts/model.ts';
import type { Table } from '../../src/contracts/table.ts';
import type { RidgeModel } from '../../src/core/ridge-model.ts';
import { californiaHousing, FEATURES, TARGET } from '../../src/pipelines/housing/california.ts';
import { housingFeatures, housingRidge } from '../../src/pipelines/housing/index.ts';
import { runInMemory } from '../../src/testing/index.ts';
import type { InMemoryRun } from '../../src/testing/index.ts';
import { skipOrFail } from '../setup/skip.ts';

/** Made by test/reference/sklearn-housing.py with scikit-learn 1.9.1 and numpy 2.4.6. */
const reference = JSON.parse(
  readFileSync(new URL('../reference/sklearn-housing.json', import.meta.url), 'utf8'),
) as Readonly<{
  frameSha256: string;
  mean: number[];
  scale: number[];
  alphas: number[];
  mse: number[];
  alphaIndex: number;
  bestScore: number;
  coef: number[];
  intercept: number;
  r2: number;
  rmse: number;
  mae: number;
  maxError: number;
  predsEvery100: number[];
  predsSum: number;
  predsSumOfSquares: number;
}>;

const COLUMNS = [...FEATURES, TARGET];

function expectRelative(got: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number): void {
  expect(got).toHaveLength(wanted.length);
  for (let i = 0; i < wanted.length; i += 1) {
    const error = Math.abs(got[i]! - wanted[i]!) / Math.abs(wanted[i]!);
    expect(error, `element ${i}: got ${got[i]}, wanted ${wanted[i]}`).toBeLessThan(tolerance);
  }
}

/** SHA-256 of the values row by row, as numpy's tobytes of the frame. */
async function hashFrame(table: Table): Promise<string> {
  const columns = await Promise.all(COLUMNS.map((name) => table.column(name)));
  const rows = new Float64Array(columns.length * columns[0]!.length);
  columns.forEach((column, j) => column.forEach((value, i) => (rows[i * columns.length + j] = value)));
  return createHash('sha256').update(rows).digest('hex');
}

describe('the housing pipelines on made-up rows', () => {
  it('go from extract to predictions', async () => {
    const features = await runInMemory(housingFeatures);
    const built = features.published['built_features'] as Table;
    expect(built.source).toMatchObject({ synthetic: true });
    const run = await runInMemory(housingRidge, { inputs: { built_features: built } });
    const predicted = run.values['predict'] as Table;
    expect(predicted.columnNames).toEqual([...COLUMNS, 'preds']);
    const evaluation = await (run.values['train'] as RidgeModel).evaluate(built);
    expect(evaluation).toMatchObject({ n: 20_640 });
    expect(evaluation.r2).toBeGreaterThan(0.5);
  });

  it('are the same on every machine', async () => {
    const { values } = await runInMemory(housingFeatures);
    expect(await hashFrame(values['extract'] as Table)).toBe(
      'c698af9a67e662a72d1efe67cf09507c941ca836ee07351a49bcb63bad1650ca',
    );
  });
});

/** A context whose file cannot be had, and what was said. */
function contextOf(policy: TaskContext['sources']['policy'], error: RidgelineError) {
  const warnings: string[] = [];
  const log = { warn: (message: string) => warnings.push(message) };
  const sources = { policy, fetch: () => Promise.reject(error) };
  return { warnings, context: { log, sources } as unknown as TaskContext };
}

describe('where the housing data comes from', () => {
  const offline = new RidgelineError('SOURCE_UNAVAILABLE', 'store', 'cal_housing.tgz: no network');
  const damaged = new RidgelineError('SOURCE_CHECKSUM', 'content', 'cal_housing.tgz: wrong bytes');

  it('falls back to made-up rows under auto, in one line that nobody misses', async () => {
    const { context, warnings } = contextOf('auto', offline);
    const table = await californiaHousing({}, context);
    expect(table.source).toEqual({ name: 'synthetic housing', synthetic: true, sha256: '' });
    expect(warnings).toEqual([expect.stringMatching(/^SYNTHETIC DATA: cal_housing.tgz: no network/)]);
  });

  it.each(['download', 'file'] as const)('fails under %s', async (policy) => {
    await expect(californiaHousing({}, contextOf(policy, offline).context)).rejects.toBe(offline);
  });

  it('never covers a damaged file up', async () => {
    await expect(californiaHousing({}, contextOf('auto', damaged).context)).rejects.toBe(damaged);
  });
});

const dataDir = process.env['RIDGELINE_DATA_DIR'];
const archive = dataDir !== undefined && existsSync(join(dataDir, 'cal_housing.tgz'));
if (!archive) {
  skipOrFail('the housing numbers against scikit-learn', 'set RIDGELINE_DATA_DIR to a folder with cal_housing.tgz');
}

describe.runIf(archive)('the housing pipelines on the real data, against scikit-learn 1.9.1', () => {
  let features: InMemoryRun;
  let ridge: InMemoryRun;
  let model: RidgeModel;

  beforeAll(async () => {
    features = await runInMemory(housingFeatures, { dataDir: dataDir! });
    ridge = await runInMemory(housingRidge, { inputs: { built_features: features.published['built_features'] } });
    model = ridge.values['train'] as RidgeModel;
  });

  it("have scikit-learn's very frame", async () => {
    const raw = features.values['extract'] as Table;
    expect(raw.columnNames).toEqual(COLUMNS);
    expect(await hashFrame(raw)).toBe(reference.frameSha256);
    expect(raw.source).toMatchObject({ name: 'cal_housing.tgz', synthetic: false });
  });

  it('standardise alike', () => {
    const [state] = (features.published['built_features'] as Table).chain as StandardScalerState[];
    expectRelative(state!.mean!, reference.mean, 1e-14);
    expectRelative(state!.scale!, reference.scale, 1e-14);
  });

  it('choose alpha 29 of 30, by the same leave-one-out errors', () => {
    const { alphas, alpha, mse, bestScore } = model.artifact;
    expect([...alphas]).toEqual(reference.alphas);
    expect(alphas.indexOf(alpha)).toBe(29);
    expect(reference.alphaIndex).toBe(29);
    expectRelative(mse, reference.mse, 1e-12);
    expectRelative([bestScore!], [reference.bestScore], 1e-12);
  });

  it('have the same coefficients', () => {
    expectRelative(model.coef, reference.coef, 1e-10);
    expectRelative([model.intercept], [reference.intercept], 1e-14);
  });

  it('predict the same', async () => {
    const preds = await (ridge.values['predict'] as Table).column('preds');
    expect(preds).toHaveLength(20_640);
    expectRelative(
      preds.filter((_, i) => i % 100 === 0),
      reference.predsEvery100,
      1e-10,
    );
    const squares = preds.reduce((sum, pred) => sum + pred * pred, 0);
    expectRelative(
      [preds.reduce((sum, pred) => sum + pred, 0), squares],
      [reference.predsSum, reference.predsSumOfSquares],
      1e-11,
    );
  });

  it('are as good', async () => {
    const { r2, rmse, mae, maxError } = await model.evaluate(features.values['extract'] as Table);
    expectRelative([r2, rmse, mae, maxError], [reference.r2, reference.rmse, reference.mae, reference.maxError], 1e-10);
  });

  it('give the raw frame the very predictions of the standardised one', async () => {
    const fromRaw = await model.predict(features.values['extract'] as Table).column('preds');
    expect(fromRaw).toEqual(await (ridge.values['predict'] as Table).column('preds'));
  });

  it('never take a part of the raw frame for standardised, nor a part of the standardised for raw', async () => {
    const [raw, scaled] = [features.values['extract'], features.published['built_features']] as [Table, Table];
    const { tableFromColumns } = await import('../../src/data/table/index.ts');
    const part = async (table: Table, start: number, n: number): Promise<Table> => {
      const columns = await Promise.all(FEATURES.map((name) => table.column(name)));
      return tableFromColumns(Object.fromEntries(columns.map((c, j) => [FEATURES[j]!, c.slice(start, start + n)])));
    };
    for (const n of [1, 2, 5, 20, 500]) {
      for (let start = 0; start < 20_000; start += 1_000) {
        await expect(model.predict(await part(raw, start, n)).column('preds')).resolves.toHaveLength(n);
        await expect(model.predict(await part(scaled, start, n)).column('preds')).rejects.toMatchObject({
          code: 'ALREADY_SCALED',
        });
      }
    }
  });
});
