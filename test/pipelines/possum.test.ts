import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Batch, Table } from '../../src/contracts/table.ts';
import type { RidgeModel } from '../../src/core/ridge-model.ts';
import { featurePipeline, predictPipeline, trainPipeline, updatePipeline } from '../../src/pipelines/possum/index.ts';
import { RidgeCV } from '../../src/core/estimators/ridge-cv.ts';
import { trainTestSplit } from '../../src/core/train-test-split.ts';
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

describe('the gate before staging', () => {
  let first: Runs;
  beforeAll(async () => {
    first = await runAll();
  });

  /** Trains again, in the same store, on the same possums with other tails. */
  async function trainOn(tails: (batch: Batch) => Float64Array): Promise<InMemoryRun> {
    const raw = first.features.published['possum'] as Table;
    const { fields } = raw;
    const requires = raw.columnNames;
    const changed = raw.derive({ fields, requires, apply: (batch) => batch.assign({ taill: tails(batch) }) });
    const { published } = await runInMemory(updatePipeline, { inputs: { possum_csv: changed } });
    return runInMemory(trainPipeline, { inputs: published, store: first.train.store });
  }

  it('promotes a version as good as the one that has the alias', async () => {
    const run = await trainOn((batch) => batch.float64('taill').slice());
    expect(states(run)).toMatchObject({ create_registered_model: 'skipped', promote: 'success' });
    expect(run.values['register_model.create_model_version']).toBe(2);
  });

  it('keeps back, and says why, a version that explains too little of the rows held out', async () => {
    const run = await trainOn((batch) => batch.float64('taill').map((tail, row) => tail + 9 * (row % 2)));
    expect(states(run)).toMatchObject({ create_model_version: 'success', promote: 'skipped' });
    expect(run.logs.map(({ message }) => message).join()).toMatch(/is not promoted: R2 .* on held-out rows/);
  });

  it('measures both on the rows held out today: small errors on easier rows do not win', async () => {
    // The held-out tails are what the version in staging foretold of them; the others are a little off.
    const { train, test } = trainTestSplit((first.features.published['possum_features'] as Table).dropMissing(), {
      by: 'case',
    });
    const features = train.columnNames.filter((name) => name !== 'case' && name !== 'taill');
    const foretold = (await new RidgeCV({ features, target: 'taill' }).fit(train)).predict(test);
    const [cases, preds] = [await foretold.column('case'), await foretold.column('preds')];
    const heldOut = new Map(Array.from(cases, (id, i) => [id, preds[i]!]));
    const run = await trainOn((batch) => {
      const ids = batch.float64('case');
      return batch.float64('taill').map((tail, row) => heldOut.get(ids[row]!) ?? tail + (row % 3) - 1);
    });
    const { testRmse } = run.values['train'] as { testRmse: number };
    expect(testRmse).toBeLessThan((first.train.values['train'] as { testRmse: number }).testRmse);
    expect(states(run)).toMatchObject({ create_model_version: 'success', promote: 'skipped' });
    expect(run.logs.map(({ message }) => message).join()).toMatch(/is not promoted: error .*, version \d has .* same/);
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
