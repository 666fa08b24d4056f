import { describe, expect, test } from 'vitest';
import { dag, dataset, RidgeCV, tableFromColumns } from 'ridgeline';
import type { HookContext, Table } from 'ridgeline';
import { runInMemory } from 'ridgeline/testing';
import { housingFeatures, housingRidge } from '../../src/pipelines/housing/index.ts';

const features = dataset('features');
const score = dataset<number>('score');

const line = (slope: number): Table =>
  tableFromColumns({ x: Float64Array.of(1, 2, 3, 4), y: Float64Array.of(1, 2, 3, 4).map((x) => slope * x) });

const fit = dag('fit', { schedule: features, params: { alpha: 0 } }, ({ task }) => {
  const model = task('train', { inputs: { features } }, ({ features }, { params }) =>
    new RidgeCV({ features: ['x'], target: 'y', alpha: params.alpha }).fit(features),
  );
  const predicted = task('predict', { inputs: { features, model }, export: 'data/pred.csv' }, ({ features, model }) =>
    model.predict(features, { as: 'preds' }),
  );
  task('score', { inputs: { predicted }, outlet: score }, async ({ predicted }, { log }) => {
    log.info(`scored ${predicted.numRows} rows`);
    return (await predicted.column('preds'))[0]!;
  });
});

describe('runInMemory', () => {
  test('gives every value as the next task gets it, what is published, logs and exports', async () => {
    const run = await runInMemory(fit, { inputs: { features: line(2) } });
    expect(run.state).toBe('success');
    expect(run.values['train'].coef[0]).toBeCloseTo(2, 12);
    expect([...(await run.values['predict'].column('preds'))]).toEqual([
      expect.closeTo(2, 12),
      expect.closeTo(4, 12),
      expect.closeTo(6, 12),
      expect.closeTo(8, 12),
    ]);
    expect(run.published).toEqual({ score: run.values['score'] });
    expect(run.logs).toMatchObject([{ task: 'score', level: 'info', message: 'scored 4 rows' }]);
    expect(new TextDecoder().decode(await run.store.get('data/pred.csv'))).toMatch(/^x,y,preds\n1,2,/);
  });

  test('takes parameters, and refuses wrong ones as the runner does', async () => {
    const run = await runInMemory(fit, { inputs: { features: line(2) }, params: { alpha: 1e6 } });
    expect(run.values['train'].coef[0]).toBeLessThan(0.01);
    await expect(runInMemory(fit, { inputs: { features: line(2) }, params: { alpha: 'x' } })).rejects.toThrow(
      'fit: parameter "alpha" is a number, got "x"',
    );
  });

  test('names a dataset without a value', async () => {
    await expect(runInMemory(fit)).rejects.toMatchObject({
      code: 'MISSING_INPUT',
      remedy: 'give it one: runInMemory(dag, { inputs: { features: … } })',
    });
  });

  test('runs the housing pipelines: what one publishes is what the other reads', async () => {
    const produced = await runInMemory(housingFeatures);
    expect(produced.values['extract'].source).toMatchObject({ synthetic: true });
    const consumed = await runInMemory(housingRidge, { inputs: produced.published });
    expect(consumed.values['predict'].columnNames.at(-1)).toBe('preds');
    expect(consumed.values['train'].artifact.chain).toHaveLength(1);
  });
});

const experiment = (known: readonly string[]) =>
  dag('experiment', ({ group }) => {
    group('prepare', ({ task, branch }) => {
      const exists = branch('check', () => (known.includes('Possum') ? 'skip' : 'create'));
      const created = task('create', { when: exists.is('create') }, () => 'made');
      task(
        'get',
        { inputs: { created: created.optional() }, triggerRule: 'none_failed' },
        ({ created }) => created ?? 'found',
      );
    });
  });

test('branches skip, and a rule goes on after the skipped', async () => {
  const created = await runInMemory(experiment([]));
  expect(created.values).toEqual({ 'prepare.check': 'create', 'prepare.create': 'made', 'prepare.get': 'made' });
  const skipped = await runInMemory(experiment(['Possum']));
  expect(skipped.values).toEqual({ 'prepare.check': 'skip', 'prepare.get': 'found' });
  expect(skipped.tasks['prepare.create']).toMatchObject({ state: 'skipped', note: '"prepare.check" chose "skip"' });
});

test('a mapped task has a list, also of none', async () => {
  const each = dag('each', { params: { names: ['a', 'b'] } }, ({ task, map }) => {
    const names = task('list', (_, { params }) => params.names);
    const made = map('make', names, (name, _, { mapIndex }) => `${name}${mapIndex}`);
    task('join', { inputs: { made } }, ({ made }) => made.join());
  });
  expect((await runInMemory(each)).values).toMatchObject({ make: ['a0', 'b1'], join: 'a0,b1' });
  expect((await runInMemory(each, { params: { names: [] } })).values).toMatchObject({ make: [], join: '' });
});

const flaky = (failures: number) =>
  dag('flaky', { emitOn: 'task' }, ({ task }) => {
    const first = task('first', { outlet: score }, () => 1);
    const second = task('second', { inputs: { first }, retries: 2, retryDelayMs: 3_600_000 }, (_, { attempt }) => {
      if (attempt <= failures) throw new TypeError(`attempt ${attempt}`);
      return attempt;
    });
    task('third', { inputs: { second } }, () => 3);
  });

describe('a task that fails', () => {
  test('is tried again, without the waiting', async () => {
    const run = await runInMemory(flaky(2));
    expect(run.values).toEqual({ first: 1, second: 3, third: 3 });
    expect(run.tasks['second']).toMatchObject({ state: 'success', attempts: 3, error: undefined });
  });

  test('ends the test with its own error', async () => {
    await expect(runInMemory(flaky(3))).rejects.toThrow(new TypeError('attempt 3'));
  });

  test('or is looked at', async () => {
    const run = await runInMemory(flaky(3), { mayFail: true });
    expect(run).toMatchObject({ state: 'failed', values: { first: 1 }, published: { score: 1 } });
    expect(run.tasks).toMatchObject({
      second: { state: 'failed', attempts: 3, error: new TypeError('attempt 3') },
      third: { state: 'upstream_failed', note: '"second" failed' },
    });
  });

  test('publishes nothing when outlets wait for the whole run', async () => {
    const together = dag('together', { emitOn: 'run' }, ({ task }) => {
      task('good', { outlet: score }, () => 1);
      task('bad', () => {
        throw new Error('no');
      });
    });
    expect((await runInMemory(together, { mayFail: true })).published).toEqual({});
  });
});

test('what a real run would refuse is refused: a result that is no value, a dataset that fails its check', async () => {
  const odd = dag('odd', ({ task }) => task('make', () => new Map()));
  await expect(runInMemory(odd)).rejects.toThrow('task "make": expected a Table, a fitted model, bytes or JSON');
  const positive = dataset<number>('positive', {
    check(value) {
      if (value <= 0) throw new RangeError(`must be positive, got ${value}`);
    },
  });
  const checked = dag('checked', ({ task }) => task('make', { outlet: positive }, () => -1));
  await expect(runInMemory(checked)).rejects.toThrow('must be positive, got -1');

  const faulty = dataset<{ size: number }>('faulty', {
    check: (value) => void Object.keys((value as unknown as { missing: object }).missing),
  });
  const unchecked = dag('unchecked', ({ task }) => task('make', { outlet: faulty }, () => ({ size: 1 })));
  await expect(runInMemory(unchecked)).rejects.toThrow(
    /refused it: TypeError: .* \(\S+run-in-memory\.test\.ts:\d+:\d+\)/,
  );
});

test('hooks are called as the runner would; one that throws is logged and changes nothing', async () => {
  const told: unknown[] = [];
  const tell = ({ hook, task, attempt, error }: HookContext) => void told.push([hook, task, attempt, error?.message]);
  const flaky = dag('flaky', { onSuccess: tell, onRetry: tell }, ({ task }) => {
    const hooks = { onRetry: tell, onSuccess: () => Promise.reject(new Error('nobody listens')) };
    task('try', { retries: 1, ...hooks }, (_, { attempt }) => {
      if (attempt === 1) throw new Error('not yet');
      return 1;
    });
  });
  const run = await runInMemory(flaky);
  expect(run.state).toBe('success');
  const retry = ['onRetry', 'try', 1, 'Error: not yet'];
  expect(told).toEqual([retry, retry, ['onSuccess', undefined, undefined, undefined]]);
  expect(run.logs).toMatchObject([
    { task: 'try', level: 'error', message: 'hook onSuccess failed: Error: nobody listens' },
  ]);
});
