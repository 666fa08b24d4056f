import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dag, dataset } from '../../src/authoring/index.ts';
import { world, readJson } from './world.ts';

/** Producer and consumer as the housing pipelines are wired, over numbers. */
function pipelines(offset = 0) {
  const features = dataset<number[]>('built_features');
  const producer = dag('producer', { emitOn: 'run' }, ({ task }) => {
    const raw = task('extract', () => [1 + offset, 2, 3]);
    task('save', { inputs: { raw }, export: 'data/raw.json' }, ({ raw }) => raw);
    task('featurize', { inputs: { raw }, outlet: features }, ({ raw }) => raw.map((x) => x * 10));
  });
  const consumer = dag('consumer', { schedule: features }, ({ task }) => {
    const model = task('train', { inputs: { features } }, ({ features }) => features.length);
    const predicted = task('predict', { inputs: { features, model } }, ({ features, model }) =>
      features.map((x) => x + model),
    );
    task('save_predictions', { inputs: { predicted }, export: 'data/pred.json' }, ({ predicted }) => predicted);
  });
  return [producer, consumer];
}

test('a producer publishes, its consumer runs on exactly that version, both exports are there', async () => {
  const { run, store } = await world();
  const report = await run(pipelines(), 'm');
  expect(report).toMatchObject({
    state: 'success',
    resumed: [],
    runs: [
      { dag: 'producer', state: 'success', trigger: { type: 'manual' }, inputs: {}, published: { built_features: 1 } },
      {
        dag: 'consumer',
        state: 'success',
        trigger: { type: 'dataset', dataset: 'built_features', version: 1 },
        inputs: { built_features: 1 },
        published: {},
        exports: [{ key: 'data/pred.json', state: 'done', sizeBytes: 10 }],
      },
    ],
  });
  expect(report.runs[1]!.tasks.map(({ id, state, attempts }) => [id, state, attempts])).toEqual([
    ['train', 'success', 1],
    ['predict', 'success', 1],
    ['save_predictions', 'success', 1],
  ]);
  expect(await readJson(store, 'data/raw.json')).toEqual([1, 2, 3]);
  expect(await readJson(store, 'data/pred.json')).toEqual([13, 23, 33]);
  const order = report.events.flatMap((event) => {
    if (event.type === 'run.started' || event.type === 'run.finished') return [`${event.type} ${event.run.dag}`];
    return event.type === 'version.published' ? [`published ${event.version.dataset}`] : [];
  });
  expect(order).toEqual([
    'run.started producer',
    'published built_features',
    'run.finished producer',
    'run.started consumer',
    'run.finished consumer',
  ]);
});

test('run twice: a second version, the consumer pinned to it, the first still there', async () => {
  const { run, home } = await world();
  await run(pipelines(), 'm');
  const { runs } = await run(pipelines(5), 'm');
  expect(runs[1]).toMatchObject({ inputs: { built_features: 2 }, trigger: { version: 2 } });
  const engine = await home();
  expect(
    engine.listVersions('built_features').map(({ version, value, run, commit }) => ({ version, value, run, commit })),
  ).toEqual([
    {
      version: 1,
      value: { kind: 'json', value: [10, 20, 30] },
      run: expect.stringMatching(/^1-/) as string,
      commit: 1,
    },
    {
      version: 2,
      value: { kind: 'json', value: [60, 20, 30] },
      run: expect.stringMatching(/^3-/) as string,
      commit: 3,
    },
  ]);
  expect(engine.getRun('4').id).toBe(runs[1]!.id);
  engine.close();
});

test('the database deleted: versions and lineage are read again from the log, and nothing runs because of it', async () => {
  const { run, home, dir } = await world();
  await run(pipelines(), 'm');
  await run(pipelines(5), 'm');
  const before = await home();
  const versions = before.listVersions('built_features');
  before.close();
  rmSync(join(dir, 'home'), { recursive: true });

  const { runs } = await run(pipelines(), 'm');
  expect(runs.map(({ dag, published, inputs }) => ({ dag, published, inputs }))).toEqual([
    { dag: 'producer', published: { built_features: 3 }, inputs: {} },
    { dag: 'consumer', published: {}, inputs: { built_features: 3 } },
  ]);
  const after = await home();
  expect(after.listVersions('built_features').slice(0, 2)).toEqual(versions);
  after.close();
});
