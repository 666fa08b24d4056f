/* eslint-disable unicorn/consistent-function-scoping -- helpers stand beside the cases that use them */
import { describe, expect, test } from 'vitest';
import { dag } from '../../src/authoring/index.ts';
import { RidgelineError } from '../../src/contracts/errors.ts';
import type { ModuleRef } from '../../src/contracts/executor.ts';
import { inProcess } from './in-process.ts';
import { consumer, features, idle, producer } from './pair.ts';
import { world } from './world.ts';

describe('R6, R7, R8 events and runs', () => {
  test.each(['latest', 'each', 'all'] as const)(
    '30 concurrent publishers under %s: every event ends, once, none is stranded',
    async (consume) => {
      const { run, home } = await world();
      await run([consumer({ consume }), idle], 'idle');
      const publishers = await Promise.all([home(), home('second')]);
      await Promise.all(
        Array.from({ length: 30 }, (_, i) =>
          publishers[i % 2]!.publish({
            dataset: 'features',
            value: { kind: 'json', value: i },
            idempotencyKey: `k${i}`,
          }),
        ),
      );
      for (const each of publishers) each.close();
      const { runs } = await run([consumer({ consume }), idle], 'idle');
      const consumers = runs.filter(({ dag }) => dag === 'consumer');
      expect(consumers.map(({ inputs }) => inputs['features'])).toEqual(
        consume === 'each' ? Array.from({ length: 30 }, (_, i) => i + 1) : [30],
      );
      const engine = await home();
      expect(engine.listVersions('features').map(({ version }) => version)).toEqual(
        Array.from({ length: 30 }, (_, i) => i + 1),
      );
      expect(engine.why('consumer')).toMatchObject({ missing: ['features'], datasets: [{ pending: [], version: 30 }] });
      engine.close();
    },
  );

  test('under all a task can read every version that its run consumed, in order', async () => {
    const { run, home } = await world();
    const reader = dag(
      'reader',
      { schedule: features, consume: 'all' },
      ({ task }) =>
        void task('sum', (_inputs, { events }) =>
          Promise.all(events.map(async ({ version, read }) => [version, await read()])),
        ),
    );
    await run([reader, idle], 'idle');
    const engine = await home();
    for (const value of ['x', 'y', 'z']) {
      await engine.publish({ dataset: 'features', value: { kind: 'json', value }, idempotencyKey: value });
    }
    engine.close();
    const { runs } = await run([reader, idle], 'idle');
    expect(runs[0]!.tasks[0]!.result).toEqual({
      kind: 'json',
      value: [
        [1, 'x'],
        [2, 'y'],
        [3, 'z'],
      ],
    });
  });

  test('events that come while it runs are coalesced into the next run', async () => {
    const { run, home } = await world();
    const other = await home();
    let published = 0;
    const slow = dag(
      'consumer',
      { schedule: features },
      ({ task }) =>
        void task('use', { inputs: { features } }, async ({ features }) => {
          while (published < 3)
            await other.publish({
              dataset: 'features',
              value: { kind: 'json', value: published },
              idempotencyKey: `k${published++}`,
            });
          return features;
        }),
    );
    const { runs } = await run([producer(), slow], 'm');
    other.close();
    expect(runs.map(({ dag, inputs }) => [dag, inputs['features']])).toEqual([
      ['producer', undefined],
      ['consumer', 1],
      ['consumer', 4],
    ]);
  });
});

describe('R10 paused, broken, new', () => {
  test.each([
    ['latest', [3]],
    ['each', [1, 2, 3]],
    ['skip', []],
  ] as const)('a paused consumer collects events; onResume %s', async (onResume, expected) => {
    const { run, home } = await world();
    const dags = [producer(), consumer({ consume: 'each', onResume })];
    await run([...dags, idle], 'idle');
    const engine = await home();
    expect([engine.pause('consumer'), engine.pause('consumer')]).toEqual([true, false]);
    engine.close();
    for (let i = 0; i < 3; i++) expect((await run(dags, 'producer')).runs).toHaveLength(1);
    const again = await home();
    expect(again.why('consumer')).toMatchObject({ paused: true, datasets: [{ pending: [1, 2, 3] }] });
    expect(again.resume('consumer')).toBe(3 - expected.length);
    again.close();
    const { runs } = await run([...dags, idle], 'idle');
    expect(runs.flatMap(({ dag, inputs }) => (dag === 'consumer' ? [inputs['features']] : []))).toEqual(expected);
  });

  test('a consumer whose file is broken collects events until it is repaired', async () => {
    const { run, store } = await world();
    const dags = [producer(), consumer()];
    await run([...dags, idle], 'idle');
    const works = inProcess(store, () => [producer()]);
    const error = { code: 'MODULE_BROKEN', kind: 'usage', message: 'm.ts:3: unexpected token' } as const;
    const executor: typeof works = { ...works, describe: (module) => Promise.resolve({ ok: false, module, error }) };
    await expect(run(dags, 'm', { executor })).rejects.toThrow('m.ts:3: unexpected token');
    const { runs } = await run(dags, 'm');
    expect(runs.map(({ dag }) => dag)).toEqual(['producer', 'consumer']);
  });

  test('a consumer whose file was renamed while nobody was at work keeps its events', async () => {
    const { run, home, store } = await world();
    const dags = [producer(), consumer({ consume: 'each', onResume: 'each' }), idle];
    await run(dags, 'idle');
    const engine = await home();
    engine.pause('consumer');
    engine.close();
    await run(dags, 'producer');
    await run(dags, 'producer');
    const again = await home();
    again.resume('consumer');
    again.close();
    const executor = { ...inProcess(store, () => dags), exists: ({ name }: ModuleRef) => name !== 'm' };
    const { runs } = await run(dags, 'idle', { executor, modules: [{ name: 'n', url: 'memory:n' }] });
    expect(runs.flatMap(({ dag, inputs }) => (dag === 'consumer' ? [inputs['features']] : []))).toEqual([1, 2]);
  });

  test.each([
    ['now', []],
    ['latest', [2]],
    ['beginning', [1, 2]],
  ] as const)('a new consumer starts from %s', async (from, expected) => {
    const { run } = await world();
    await run([producer()], 'm');
    await run([producer()], 'm');
    const { runs } = await run([producer(), consumer({ from, consume: 'each' }), idle], 'idle');
    expect(runs.flatMap(({ dag, inputs }) => (dag === 'consumer' ? [inputs['features']] : []))).toEqual(expected);
  });
});

test('a store that is away is told of once, and once when it is back; what waits for it is not lost', async () => {
  const { run, log } = await world();
  let refusals = 3;
  const away: typeof log = {
    ...log,
    append: async (draft, known) => {
      if (refusals-- > 0) throw new RidgelineError('STORE_UNREACHABLE', 'store', 'no answer');
      return log.append(draft, known);
    },
  };
  const { state, events } = await run([producer(), consumer()], 'producer', { log: away, patienceMs: 60_000 });
  expect(state).toBe('success');
  const told = events.filter(({ type }) => type.startsWith('store.') || type === 'version.published');
  expect(told).toMatchObject([
    { type: 'store.away', error: { message: 'no answer' } },
    { type: 'store.back' },
    { type: 'version.published', version: { dataset: 'features', version: 1 } },
  ]);
});

test('a store that is full is told of once, though it can be read and only a task found out', async () => {
  const { run, store } = await world();
  const dags = [producer(), consumer()];
  const plain = inProcess(store, () => dags);
  let refusals = 2;
  const executor: typeof plain = {
    ...plain,
    async run(request, hooks) {
      if (refusals-- <= 0) return plain.run(request, hooks);
      return { state: 'failed', error: { code: 'STORE_FULL', kind: 'store', message: 'it is full' }, retryable: true };
    },
  };
  const { state, runs, events } = await run(dags, 'producer', { executor });
  expect(state).toBe('success');
  expect(runs[0]!.tasks[0]).toMatchObject({ attempts: 3 });
  expect(events.filter(({ type }) => type.startsWith('store.'))).toMatchObject([
    { type: 'store.away', error: { message: 'it is full' } },
    { type: 'store.back' },
  ]);
});

test('R15 what an open run reads, its events too, stays: not removed here, and no garbage when another home removes it', async () => {
  const { run, home, store } = await world();
  const dags = (look: () => void) => [
    dag('consumer', { schedule: features, consume: 'all' }, ({ task }) => void task('use', look)),
    idle,
  ];
  await run(
    dags(() => {}),
    'idle',
  );
  const [engine, other] = await Promise.all([home(), home('other')]);
  const keys = ['objects/first', 'objects/second'];
  for (const key of keys) {
    await store.put(key, new TextEncoder().encode(key));
    const value = { kind: 'file', key, sizeBytes: key.length, sha256: key } as const;
    await engine.publish({ dataset: 'features', value, idempotencyKey: key });
  }
  const stopper = new AbortController();
  await run(
    dags(() => stopper.abort()),
    'idle',
    { signal: stopper.signal },
  ).catch(() => undefined);

  expect(engine.listRuns({ dag: 'consumer' })).toMatchObject([{ endedAt: undefined, inputs: { features: 2 } }]);
  await other.sync();
  for (const version of [1, 2]) {
    await expect(engine.remove('features', version)).rejects.toMatchObject({ code: 'VERSION_IN_USE' });
    await other.remove('features', version);
  }
  const collect = async (): Promise<readonly string[]> => {
    await engine.sync();
    const { deleted } = await engine.collectGarbage({ runsBefore: Infinity, alone: true, dryRun: false }, {});
    return deleted.map(({ key }) => key).filter((key) => keys.includes(key));
  };
  expect(await collect()).toEqual([]);
  await run(
    dags(() => {}),
    'idle',
  );
  expect(await collect()).toEqual(keys);
  engine.close();
  other.close();
});
