import {
  dag,
  dataset,
  OneHotEncoder,
  plotAlphas,
  plotPredictions,
  RidgeCV,
  RidgelineError,
  RidgeModel,
  StandardScaler,
  trainTestSplit,
} from 'ridgeline';
import type { Table, TaskContext } from 'ridgeline';
import { CATEGORICAL, COLUMNS, IDENTITY, NUMERIC, possums, TARGET } from './possum.ts';

const EXPERIMENT = 'Possum_tails';
const REGISTERED = 'Reg_RidgeCV_possums';
/** Who has it is the model to use. MLflow had stages for this once. */
const ALIAS = 'staging';
/** A model that explains less of the held-out rows is registered but not promoted. */
const LEAST_R2 = 0.2;
/** By identity: a row that is held out once is held out of every version. */
const SPLIT = { testSize: 0.25, by: IDENTITY } as const;
/** What a run fitted without the rows held out: that the next version is compared with. */
const TESTED_MODEL = 'test/model.json';

/** The measurements a version of the features was made from. */
export const possumData = dataset('possum');
export const possumFeatures = dataset('possum_features');
export const possumModel = dataset<RidgeModel>('possum_model');
/** For measurements that come from outside: `ridgeline dataset publish possum_csv FILE`. */
export const possumCsv = dataset('possum_csv');

/**
 * Reads the possums / Writes `data/possum.csv` / Emits `possum`, and `possum_features`: `case`, 20 standardised columns,
 * `taill` / Fails when the data cannot be had.
 */
export const featurePipeline = dag('possum_features', ({ task, map, group }) => {
  map('create_buckets', ['data', 'mlflow', 'xcom'], (bucket, _inputs, { createBucket }) => createBucket(bucket));

  const experiment = group('prepare_mlflow_experiment', ({ task, branch }) => {
    const names = task('list_experiments', (_inputs, { tracking }) => tracking.experiments.list());
    const check = branch('check_experiment', { inputs: { names } }, ({ names }) =>
      names.includes(EXPERIMENT) ? 'skip' : 'create',
    );
    const created = task(
      'create_experiment',
      { when: check.is('create') },
      async (_inputs, { tracking }) => (await tracking.experiments.create(EXPERIMENT)).name,
    );
    return task(
      'get_experiment',
      { inputs: { created: created.optional() }, after: [check], triggerRule: 'none_failed' },
      ({ created }) => created ?? EXPERIMENT,
    );
  });

  const raw = task('extract', { outlet: possumData }, possums);
  task('save_possum_data', { inputs: { raw }, export: 'data/possum.csv' }, ({ raw }) => raw);
  task('build_features', { inputs: { raw, experiment }, outlet: possumFeatures }, buildFeatures);
});

/** The same for a file published from outside / Fails when it lacks one of the columns. */
export const updatePipeline = dag('possum_update', { schedule: possumCsv }, ({ task }) => {
  const raw = task('check', { inputs: { csv: possumCsv }, outlet: possumData }, ({ csv }) => csv.select(COLUMNS));
  task('save_possum_data', { inputs: { raw }, export: 'data/possum.csv' }, ({ raw }) => raw);
  task('build_features', { inputs: { raw }, outlet: possumFeatures }, buildFeatures);
});

async function buildFeatures({ raw }: { raw: Table }, { tracking }: TaskContext): Promise<Table> {
  const encoder = await new OneHotEncoder({ columns: CATEGORICAL }).fit(raw);
  const encoded = encoder.transform(raw);
  const features = featuresOf(encoded);
  // Missing values are passed over here and kept: training leaves such rows out.
  const scaler = await new StandardScaler({ columns: features }).fit(encoded);
  await tracking.track({ experiment: EXPERIMENT, name: 'Scaler' }, async (run) => {
    const { columns, mean = [] } = scaler.state;
    run.metrics(Object.fromEntries(columns.map((column, j) => [column, mean[j]!])));
    await run.artifact('scaler/scaler.json', JSON.stringify(scaler.state));
  });
  return scaler.transform(encoded).select([IDENTITY, ...features, TARGET]);
}

/**
 * Reads the version of `possum_features` that triggered it / Writes a version of the registered model, and promotes it if
 * it earns that / Emits `possum_model` when the whole run has succeeded.
 */
export const trainPipeline = dag('possum_train', { schedule: possumFeatures, emitOn: 'run' }, ({ task, group }) => {
  const features = possumFeatures;

  const trained = task('train', { inputs: { features, raw: possumData } }, async ({ features, raw }, { tracking }) => {
    const complete = features.dropMissing();
    const ridge = new RidgeCV({ features: featuresOf(features), target: TARGET });
    return tracking.track({ experiment: EXPERIMENT, name: 'RidgeCV' }, async (run) => {
      // The seed's own figures: fitted and measured on all rows. The honest ones are those of the rows held out.
      const model = await ridge.fit(complete);
      const onItself = await model.evaluate(complete);
      const { train, test } = trainTestSplit(complete, SPLIT);
      const tested = await ridge.fit(train);
      const heldOut = await tested.evaluate(test);
      const { alphas, alpha, fitIntercept, bestScore, n } = model.artifact;
      run.params({ alphas, alpha, fit_intercept: fitIntercept, rows: n, test_rows: heldOut.n });
      run.metrics({
        training_score: onItself.r2,
        training_rmse: onItself.rmse,
        training_mae: onItself.mae,
        best_score: bestScore!,
        test_r2: heldOut.r2,
        test_rmse: heldOut.rmse,
        test_mae: heldOut.mae,
      });
      await run.artifact(TESTED_MODEL, JSON.stringify(tested.artifact));
      await run.artifact('plots/alphas.svg', await plotAlphas(model));
      await run.artifact('plots/alphas.png', await plotAlphas(model, { format: 'png' }));
      await run.model('model', model, { example: raw.dropMissing() }); // what the model takes: its transformers are in it
      return { model, run: run.id, testR2: heldOut.r2, testRmse: heldOut.rmse };
    });
  });

  group('register_model', ({ task, branch }) => {
    const check = branch('check_model_registered', async (_inputs, { tracking }) =>
      (await tracking.models.find(REGISTERED)) === undefined ? 'create' : 'skip',
    );
    const created = task(
      'create_registered_model',
      { when: check.is('create') },
      async (_inputs, { tracking }) =>
        (
          await tracking.models.create(REGISTERED, {
            description: 'Tail length of possums',
            tags: { task: 'regression' },
          })
        ).name,
    );
    const version = task(
      'create_model_version',
      { inputs: { trained }, after: [check, created], triggerRule: 'none_failed' },
      async ({ trained }, { tracking }) => {
        const tags = { test_r2: String(trained.testR2), test_rmse: String(trained.testRmse) };
        return (await tracking.models.createVersion(REGISTERED, { run: trained.run, path: 'model', tags })).version;
      },
    );
    const gate = branch(
      'compare_with_staging',
      { inputs: { trained, version, raw: possumData } },
      async ({ trained, version, raw }, context) => {
        const { testR2, testRmse } = trained;
        const keep = (why: string): 'keep' => {
          context.log.warn(`version ${version} is not promoted: ${why}`);
          return 'keep';
        };
        if (testR2 < LEAST_R2) return keep(`R2 ${testR2} on held-out rows, at least ${LEAST_R2} is asked for`);
        const { test } = trainTestSplit(raw.dropMissing([...NUMERIC, TARGET]), SPLIT);
        const toBeat = await errorOfHolder(test, context);
        if (testRmse <= toBeat.rmse) return 'promote';
        return keep(`error ${testRmse} on held-out rows, ${toBeat.holder} has ${toBeat.rmse} on the same`);
      },
    );
    task('promote', { inputs: { version }, when: gate.is('promote') }, async ({ version }, { tracking }) => {
      await tracking.models.setAlias(REGISTERED, ALIAS, version, { archived: 'true' });
      return version;
    });
  });

  task('publish_model', { inputs: { trained }, outlet: possumModel }, ({ trained }) => trained.model);
});

/** How the version that has the alias does on rows that it, too, was tested on and not fitted to. */
async function errorOfHolder(
  test: Table,
  { tracking, log }: TaskContext,
): Promise<{ readonly holder: string; readonly rmse: number }> {
  const found = await tracking.models.findVersion(REGISTERED, ALIAS);
  if (found === undefined) return { holder: 'nobody', rmse: Infinity };
  const holder = `version ${found.version}`;
  const text = new TextDecoder().decode(await tracking.artifact(found.run, TESTED_MODEL));
  try {
    return { holder, rmse: (await (await RidgeModel.read(text, TESTED_MODEL)).evaluate(test)).rmse };
  } catch (error) {
    if (!RidgelineError.is(error) || error.code !== 'UNKNOWN_CATEGORY') throw error;
    log.warn(`${holder} cannot predict the rows of today, and does not stand in the way: ${error.message}`);
    return { holder, rmse: Infinity };
  }
}

/**
 * Reads the version of `possum_model` that triggered it / Writes `data/possum_tail_length.csv` (`case`, `taill`, `preds`)
 * and the same as a picture, `plots/possum_tail_length.svg` and `.png`.
 */
export const predictPipeline = dag('possum_predict', { schedule: possumModel }, ({ task }) => {
  const model = possumModel;

  const predicted = task(
    'predict',
    { inputs: { model, features: possumFeatures }, export: 'data/possum_tail_length.csv' },
    ({ model, features }) => model.predict(features.dropMissing()).select([IDENTITY, TARGET, 'preds']),
  );

  const svg = task(
    'plot',
    { inputs: { predicted, model }, export: 'plots/possum_tail_length.svg' },
    ({ predicted, model }) => plotTails(predicted, model, 'svg'),
  );
  const png = task(
    'plot_png',
    { inputs: { predicted, model }, export: 'plots/possum_tail_length.png' },
    ({ predicted, model }) => plotTails(predicted, model, 'png'),
  );
  task('log_plots', { inputs: { svg, png } }, ({ svg, png }, { tracking }) =>
    tracking.track({ experiment: EXPERIMENT, name: 'Predictions' }, async (run) => {
      await run.artifact('plots/possum_tail_length.svg', svg);
      await run.artifact('plots/possum_tail_length.png', png);
    }),
  );
});

function plotTails(predicted: Table, model: RidgeModel, format: 'svg' | 'png'): Promise<Uint8Array> {
  const title = 'Possums: predicted against true tail length';
  return plotPredictions(predicted, { truth: TARGET, target: 'tail length (cm)', title, model, format });
}

const featuresOf = (table: Table): readonly string[] =>
  table.columnNames.filter((name) => name !== IDENTITY && name !== TARGET);
