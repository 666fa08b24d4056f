import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Table } from '../../src/contracts/table.ts';
import type { RidgeModel } from '../../src/core/ridge-model.ts';
import { featurePipeline, predictPipeline, trainPipeline, updatePipeline } from '../../src/pipelines/possum/index.ts';
import { runInMemory } from '../../src/testing/index.ts';
import type { InMemoryRun } from '../../src/testing/index.ts';
import { skipOrFail } from '../setup/skip.ts';

interface Runs {
  readonly features: InMemoryRun;
  readonly train: InMemoryRun;
  readonly predict: InMemoryRun;
}

async function runAll(dataDir?: string): Promise<Runs> {
  const features = await runInMemory(featurePipeline, dataDir === undefined ? {} : { dataDir });
  const train = await runInMemory(trainPipeline, { inputs: features.published });
  const predict = await runInMemory(predictPipeline, { inputs: { ...features.published, ...train.published } });
  return { features, train, predict };
}

/** State of each task, without the group's name. */
const states = (run: InMemoryRun): Record<string, string> =>
  Object.fromEntries(Object.entries(run.tasks).map(([id, { state }]) => [id.split('.').at(-1)!, state]));

describe('the possum pipelines on made-up rows', () => {
  it('go from nothing to predictions: experiment and registered model made, first version promoted', async () => {
    const { features, train, predict } = await runAll();
    expect(states(features)).toMatchObject({ create_buckets: 'success', create_experiment: 'success' });
    expect(states(train)).toMatchObject({ create_registered_model: 'success', promote: 'success' });
    const table = predict.values['predict'] as Table;
    expect(table.columnNames).toEqual(['case', 'taill', 'preds']);
    expect(await table.column('case')).toHaveLength(101);
    expect((train.published['possum_model'] as RidgeModel).artifact).toMatchObject({
      n: 101,
      source: { synthetic: true },
    });
  });

  it('make the same features of a file published from outside, and refuse one that lacks a column', async () => {
    const { features } = await runAll();
    const raw = features.published['possum'] as Table;
    const updated = await runInMemory(updatePipeline, { inputs: { possum_csv: raw } });
    const [was, is] = [features, updated].map((run) => run.published['possum_features'] as Table);
    expect(is!.chain).toEqual(was!.chain);
    expect(await is!.column('totlngth')).toEqual(await was!.column('totlngth'));
    const less = raw.select(raw.columnNames.filter((name) => name !== 'eye'));
    await expect(runInMemory(updatePipeline, { inputs: { possum_csv: less } })).rejects.toThrow(/no column "eye"/);
  });
});

/** Made by test/reference/sklearn-possum.py with pandas 3.1.1 and scikit-learn 1.9.1. */
const reference = JSON.parse(
  readFileSync(new URL('../reference/sklearn-possum.json', import.meta.url), 'utf8'),
) as Readonly<{
  features: string[];
  complete: { alpha: number; bestScore: number; coef: number[]; intercept: number; preds: number[] };
}>;

const dataDir = process.env['RIDGELINE_DATA_DIR'];
const hasPossum = dataDir !== undefined && existsSync(join(dataDir, 'possum_rdatasets.csv'));
if (!hasPossum) {
  skipOrFail('the possum numbers', 'set RIDGELINE_DATA_DIR to a folder with possum_rdatasets.csv');
}

function expectRelative(got: ArrayLike<number>, wanted: readonly number[]): void {
  expect(got).toHaveLength(wanted.length);
  const size = Math.max(...wanted.map(Math.abs));
  wanted.forEach((value, i) => expect(Math.abs(got[i]! - value) / size).toBeLessThan(1e-11));
}

describe.runIf(hasPossum)('the possum pipelines on the real data, against pandas and scikit-learn', () => {
  let runs: Runs;
  beforeAll(async () => {
    runs = await runAll(dataDir);
  });

  it('have its 20 columns, model and 101 predictions', async () => {
    const model = runs.train.published['possum_model'] as RidgeModel;
    const { alpha, bestScore, coef, intercept, features } = model.artifact;
    expect(features).toEqual(reference.features);
    expectRelative(
      [alpha, bestScore!, intercept],
      [reference.complete.alpha, reference.complete.bestScore, reference.complete.intercept],
    );
    expectRelative(coef, reference.complete.coef);
    expectRelative(await (runs.predict.values['predict'] as Table).column('preds'), reference.complete.preds);
  });

  it('make a model that takes the file as it was found', async () => {
    const raw = runs.features.values['extract'] as Table;
    const model = runs.train.published['possum_model'] as RidgeModel;
    const preds = await model.predict(raw.dropMissing(model.inputs(raw))).column('preds');
    expectRelative(preds, reference.complete.preds);
  });
});
