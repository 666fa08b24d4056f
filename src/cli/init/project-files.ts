/** A new project: each file by its path. Its pipeline is small, complete and tested; people replace it by their own. */
export function projectFiles(name: string, version: string): Readonly<Record<string, string>> {
  return {
    'package.json': `${JSON.stringify(manifest(name, version), undefined, 2)}\n`,
    'tsconfig.json': `${JSON.stringify(TSCONFIG, undefined, 2)}\n`,
    '.gitignore': 'node_modules/\n.ridgeline/\n',
    'ridgeline.config.ts': CONFIG,
    'pipelines/rents.ts': PIPELINE,
    'test/rents.test.ts': TEST,
    'data/rents.csv': `size,rooms,age,rent\n${RENTS.trim().replace(/\s+/g, '\n')}\n`,
  };
}

function manifest(name: string, version: string): unknown {
  return {
    name,
    private: true,
    type: 'module',
    scripts: { start: 'ridgeline run rents', test: 'node --test' },
    dependencies: { ridgeline: `^${version}` },
    devDependencies: { '@types/node': '^24.0.0' },
    engines: { node: '>=24' },
  };
}

/** For editors: Node runs the files as they stand, so only types that can be erased. */
const TSCONFIG = {
  compilerOptions: {
    target: 'es2024',
    module: 'nodenext',
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    erasableSyntaxOnly: true,
    verbatimModuleSyntax: true,
  },
};

const CONFIG = `import { defineConfig } from 'ridgeline';

export default defineConfig({
  pipelines: ['pipelines/*.ts'],
  // store: 's3://my-bucket/rents',
});
`;

const PIPELINE = `import { fileURLToPath } from 'node:url';
import { dag, dataset, openPath, RidgeCV, StandardScaler } from 'ridgeline';

const FEATURES = ['size', 'rooms', 'age'];
const TARGET = 'rent';

/** Flats with standardised columns, one a row. A new version of it starts rents_model. */
export const rentFeatures = dataset('rent_features');

export const rentsFeatures = dag('rents_features', ({ task }) => {
  const raw = task('extract', () => openPath(fileURLToPath(new URL('../data/rents.csv', import.meta.url))));

  task('featurize', { inputs: { raw }, outlet: rentFeatures }, async ({ raw }) => {
    const scaler = await new StandardScaler({ columns: FEATURES }).fit(raw);
    return scaler.transform(raw);
  });
});

export const rentsModel = dag('rents_model', { schedule: rentFeatures }, ({ task }) => {
  const features = rentFeatures;

  const model = task('train', { inputs: { features }, export: 'models/rents.json' }, ({ features }) =>
    new RidgeCV({ features: FEATURES, target: TARGET }).fit(features),
  );

  task('predict', { inputs: { features, model }, export: 'data/rents_pred.csv' }, ({ features, model }) =>
    model.predict(features, { as: 'preds' }),
  );
});
`;

const TEST = `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tableFromColumns } from 'ridgeline';
import { runInMemory } from 'ridgeline/testing';
import { rentsFeatures, rentsModel } from '../pipelines/rents.ts';

test('the features are standardised', async () => {
  const { values } = await runInMemory(rentsFeatures);
  const size: Float64Array = await values.featurize.column('size');
  const mean = size.reduce((sum, value) => sum + value, 0) / size.length;
  assert.ok(Math.abs(mean) < 1e-12);
});

test('the model finds what a square metre costs', async () => {
  const size = Float64Array.from({ length: 30 }, (_, i) => 20 + 4 * i);
  const rooms = size.map((_, i) => 1 + (i % 4));
  const age = size.map((_, i) => (i * 7) % 50);
  const rent = size.map((value) => 300 + 9 * value);
  const { values } = await runInMemory(rentsModel, {
    inputs: { rent_features: tableFromColumns({ size, rooms, age, rent }) },
  });
  assert.ok(Math.abs(values.train.coef[0] - 9) < 0.01);
});
`;

/** Made up: about 8.50 a square metre, less for every year of age. */
const RENTS = `
  63,3,50,800 90,3,74,983 29,2,27,575 30,1,70,435 76,2,72,869
  102,4,7,1277 95,4,6,1210 131,4,53,1416 40,1,73,474 45,1,73,623
  103,3,12,1203 29,1,63,423 109,4,40,1155 68,2,23,888 111,4,10,1276
  134,5,57,1447 58,2,9,841 118,4,62,1323 75,2,85,865 123,5,40,1435
  65,3,76,700 30,2,34,525 82,3,8,1113 104,4,87,1153 127,4,49,1423
  81,3,78,886 36,1,27,555 53,2,63,644 32,1,51,386 126,4,70,1316
  57,2,45,715 51,1,22,649 41,1,29,676 45,1,0,684 40,1,47,520
  38,2,65,511 101,4,6,1160 133,5,71,1462 72,2,50,903 29,1,26,533
`;
