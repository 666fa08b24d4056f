import { dag, dataset, RidgeCV, StandardScaler } from 'ridgeline';
import { californiaHousing, FEATURES, TARGET } from './california.ts';

export const builtFeatures = dataset('built_features');

/**
 * The producer. Reads California housing / Writes `data/housing.csv` / Emits `built_features` when the whole run has
 * succeeded / Fails when the data cannot be had or has other bytes than it should.
 */
export const housingFeatures = dag('housing_features', { emitOn: 'run' }, ({ task }) => {
  const raw = task('extract', californiaHousing);

  task('save_data_to_s3', { inputs: { raw }, export: 'data/housing.csv' }, ({ raw }) => raw);

  task('featurize', { inputs: { raw }, outlet: builtFeatures }, async ({ raw }) => {
    const scaler = await new StandardScaler({ columns: FEATURES }).fit(raw);
    return scaler.transform(raw); // remembers its scaler, and so will every model fitted on it
  });
});

/** The consumer. Reads the version of `built_features` that triggered it / Writes the model and `data/housing_pred.csv`. */
export const housingRidge = dag('housing_ridge', { schedule: builtFeatures }, ({ task }) => {
  const features = builtFeatures;

  const model = task('train', { inputs: { features } }, ({ features }) =>
    new RidgeCV({ features: FEATURES, target: TARGET }).fit(features),
  );

  const predicted = task('predict', { inputs: { features, model } }, ({ features, model }) =>
    model.predict(features, { as: 'preds' }),
  );

  task('save_predictions', { inputs: { predicted }, export: 'data/housing_pred.csv' }, ({ predicted }) => predicted);
});
