/* eslint-disable unicorn/consistent-function-scoping -- helpers stand beside the cases that use them */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { all, any, dag, dataset } from '../../src/authoring/index.ts';
import type { Dag } from '../../src/contracts/context.ts';
import { RidgelineError } from '../../src/contracts/errors.ts';
import type { Commit, CommitLog } from '../../src/contracts/log.ts';
import { inProcess } from './in-process.ts';
import { consumer, features, idle, producer } from './pair.ts';
import { readJson, world } from './world.ts';

const model = dataset<unknown>('model');

/** A log in which the process dies around an append. */
function dying(log: CommitLog, when: 'before' | 'after'): CommitLog {
  return {
    ...log,
    async append(draft, known) {
      if (when === 'after') await log.append(draft, known);
      throw new Error('killed');
    },
  };
}

async function commits(log: CommitLog): Promise<readonly Commit[]> {
  const found: Commit[] = [];
  for await (const commit of log.tail(0)) found.push(commit);
  return found;
}

describe('R1 atomic publish', () => {
  test.each(['before', 'after'] as const)(
    'a crash just %s the commit is healed: one version, one run of each',
    async (when) => {
      const { run, log } = await world();
      const dags = [producer(), consumer(), idle];
      await expect(run(dags, 'producer', { log: dying(log, when) })).rejects.toThrow('killed');

      const { runs, resumed } = await run(dags, 'idle');
      expect(resumed).toEqual([runs[0]!.id]);
      expect(runs.map(({ dag, state, inputs, published }) => ({ dag, state, inputs, published }))).toEqual([
        { dag: 'producer', state: 'success', inputs: {}, published: { features: 1 } },
        { dag: 'consumer', state: 'success', inputs: { features: 1 }, published: {} },
        { dag: 'idle', state: 'success', inputs: {}, published: {} },
      ]);
      expect(runs[0]!.tasks[0]!.attempts).toBe(1);
      expect(await commits(log)).toHaveLength(1);
    },
  );
});

describe('R2 what emits', () => {
  test('a run that fails under emitOn: run publishes nothing, though the task with the outlet succeeded', async () => {
    const { run, log, store } = await world();
    const failing = dag('p', { emitOn: 'run' }, ({ task }) => {
      task('make', { outlet: features, export: 'data/f.json' }, () => 1);
      task('break', () => Promise.reject(new Error('no')));
    });
    const { state, runs } = await run([failing, consumer()], 'm');
    expect([state, runs.length, runs[0]!.published]).toEqual(['failed', 1, {}]);
    expect(await commits(log)).toEqual([]);
    expect(await store.head('data/f.json')).toBe(undefined);
  });

  test('all outlets of a task in one commit', async () => {
    const { run, log } = await world();
    const both = dag(
      'p',
      ({ task }) => void task('make', { outlets: { a: features, b: model } }, () => ({ a: 1, b: 2 })),
    );
    await run([both], 'm');
    expect(
      (await commits(log)).map(({ versions }) => versions.map(({ dataset, version }) => [dataset, version])),
    ).toEqual([
      [
        ['features', 1],
        ['model', 1],
      ],
    ]);
  });

  test('what fails its check is not published, and the task fails with the place', async () => {
    const { run, log } = await world();
    const checked = dataset<number[]>('checked', {
      check: (value) => {
        const row = value.findIndex((x) => x < 0);
        if (row >= 0)
          throw new RidgelineError('NEGATIVE', 'content', `checked: row ${row + 1} is negative`, {
            position: { row: row + 1 },
          });
      },
    });
    const { runs } = await run([dag('p', ({ task }) => void task('make', { outlet: checked }, () => [1, -1]))], 'm');
    expect(runs[0]).toMatchObject({
      state: 'failed',
      error: { message: 'checked: row 2 is negative', position: { row: 2 } },
    });
    expect(await commits(log)).toEqual([]);
  });
});

test('R3 fenced: what an attempt returns after its run was given up changes nothing, and is logged as stale', async () => {
  const { run, log, home } = await world();
  const gate = Promise.withResolvers<number>();
  const limited = dag(
    'limited',
    { timeoutMs: 5 },
    ({ task }) => void task('make', { outlet: features }, () => gate.promise),
  );
  const after = dag('after', ({ task }) => void task('wait', () => sleep(30)));
  const { runs } = await run([limited, after], 'm', {
    onEvent: (event) => {
      if (event.type === 'run.finished' && event.run.dag === 'limited') gate.resolve(1);
    },
  });
  expect(runs[0]).toMatchObject({ dag: 'limited', state: 'failed', published: {}, error: { code: 'RUN_TIMEOUT' } });
  expect(await commits(log)).toEqual([]);
  const engine = await home();
  expect((await engine.getLogs(runs[0]!.id)).map(({ message }) => message)).toEqual([
    'limited: the run took longer than its 5 ms',
    'give it more time with timeoutMs, or find out which task takes it',
    'attempt 1 came back stale with success; nothing was changed',
  ]);
  engine.close();
});

test('a run that was given up has failed, also when the process dies before it has recorded that', async () => {
  const { run, dir } = await world();
  const limited = dag('limited', { timeoutMs: 5 }, ({ task }) => void task('make', () => sleep(1000)));
  await run([limited], 'm');
  const db = new DatabaseSync(join(dir, 'home', 'state.db'));
  // As it was between the two transactions.
  db.exec(`UPDATE runs SET state = 'running', error = NULL, ended_at = NULL; UPDATE tasks SET state = 'skipped'`);
  db.close();
  const { runs } = await run([limited, idle], 'idle');
  expect(runs[0]).toMatchObject({ dag: 'limited', state: 'failed', error: { code: 'RUN_TIMEOUT' } });
});

test('R5 a model that triggers meets the features it was trained on, though newer ones are there', async () => {
  const { run, home } = await world();
  const other = await home('other');
  const train = dag(
    'train',
    ({ task }) =>
      void task('fit', { inputs: { features }, outlet: model }, async ({ features }) => {
        await other.publish({ dataset: 'features', value: { kind: 'json', value: 'newer' }, idempotencyKey: 'k' });
        return `model of ${String(features)}`;
      }),
  );
  const predict = dag(
    'predict',
    { schedule: model },
    ({ task }) =>
      void task(
        'predict',
        { inputs: { features, model } },
        ({ features, model }) => `${String(model)} on ${String(features)}`,
      ),
  );
  await run([producer(() => 'older')], 'producer');
  const { runs } = await run([train, predict], 'train');
  expect(other.listVersions('features')).toHaveLength(2);
  other.close();
  expect(runs.map(({ dag, inputs }) => [dag, inputs])).toEqual([
    ['train', { features: 1 }],
    ['predict', { features: 1, model: 1 }],
  ]);
  expect(runs[1]!.tasks[0]!.result).toEqual({ kind: 'json', value: 'model of older on older' });
});

test('R5 what a model was made from counts, though other features than its own are consumed beside it', async () => {
  const { run, home } = await world();
  const raw = dataset<unknown>('raw');
  const clean = dag('clean', ({ task }) => void task('clean', { inputs: { raw }, outlet: features }, () => 1));
  const train = dag('train', ({ task }) => void task('fit', { inputs: { features }, outlet: model }, () => 1));
  const judge = dag(
    'judge',
    { schedule: all(features, model), consume: 'each', from: 'beginning' },
    ({ task }) => void task('judge', { inputs: { raw, features, model } }, ({ raw }) => raw),
  );
  const other = await home('other');
  const publish = (name: string, value: string): Promise<unknown> =>
    other.publish({ dataset: name, value: { kind: 'json', value }, idempotencyKey: value });
  await publish('features', 'by hand');
  await publish('raw', 'older');
  await run([clean], 'clean');
  await publish('raw', 'newer');
  other.close();
  const { runs } = await run([train, judge], 'train');
  expect(runs.at(-1)!.inputs).toEqual({ features: 1, model: 1, raw: 1 });
  expect(runs.at(-1)!.tasks[0]!.result).toEqual({ kind: 'json', value: 'older' });
});

test('R11 one idempotency key is one version, from any home', async () => {
  const { home } = await world();
  const [one, two] = [await home('one'), await home('two')];
  const publish = { dataset: 'features', value: { kind: 'json', value: 1 }, idempotencyKey: 'k' } as const;
  expect(await one.publish(publish)).toEqual({ version: 1, fresh: true });
  expect(await one.publish(publish)).toEqual({ version: 1, fresh: false });
  expect(await two.publish(publish)).toEqual({ version: 1, fresh: false });
  await expect(two.publish({ ...publish, dataset: 'other' })).rejects.toThrow(
    'idempotency key "k": it has published another dataset',
  );
  one.close();
  two.close();
});

test('R12 an unchanged output is a new version, unless the dataset says otherwise; then the task says so', async () => {
  const { run } = await world();
  const steady = dataset<unknown>('steady', { skipUnchanged: true });
  const both = dag('p', ({ task }) => [
    task('a', { outlet: features }, () => 1),
    task('b', { outlet: steady }, () => ({ y: 1, x: [2] })),
  ]);
  const watcher = dag('w', { schedule: steady }, ({ task }) => void task('t', () => 1));
  expect((await run([both, watcher], 'm')).runs).toHaveLength(2);
  const { runs } = await run([both, watcher], 'm');
  expect(runs).toHaveLength(1);
  expect(runs[0]).toMatchObject({
    published: { features: 2 },
    tasks: [{}, { state: 'success', note: 'unchanged: steady is still version 1' }],
  });
});

describe('R13 replay and rerun', () => {
  test('a replay is a new run with the same inputs, marked so', async () => {
    const { run, home } = await world();
    const dags = [producer(), consumer()];
    await run(dags, 'm');
    await run(dags, 'm');
    const engine = await home();
    engine.replay('features', 1);
    expect(() => engine.replay('features', 9)).toThrow('features@9: no pipeline had an event of it');
    engine.close();
    const { runs } = await run(dags, 'producer');
    expect(runs[0]).toMatchObject({
      dag: 'consumer',
      trigger: { type: 'replay', of: 'features@1' },
      inputs: { features: 1 },
      state: 'success',
    });
  });

  test('what a run consumed is there for its rerun, for the rerun of that, and of an event for its replay', async () => {
    const { run, home } = await world();
    const seen: (readonly number[])[] = [];
    const look = dag(
      'look',
      { schedule: features, consume: 'all' },
      ({ task }) => void task('look', (_, { events }) => void seen.push(events.map(({ version }) => version))),
    );
    await run([look, idle], 'idle');
    const engine = await home();
    for (const value of [1, 2])
      await engine.publish({ dataset: 'features', value: { kind: 'json', value }, idempotencyKey: `${value}` });
    const again = async (steer: (id: string) => unknown): Promise<void> => {
      steer(engine.listRuns({ dag: 'look' })[0]?.id ?? '');
      await run([look, idle], 'idle');
    };
    await again(() => undefined);
    for (let i = 0; i < 2; i++) await again((id) => engine.rerun(id));
    await again(() => engine.replay('features', 1));
    engine.close();
    expect(seen).toEqual([[1, 2], [1, 2], [1, 2], [1]]);
  });

  test('a rerun from a task keeps what came before it; one told not to emit publishes nothing', async () => {
    const { run, home, log } = await world();
    let [first, fails] = [0, true];
    const flow = dag('p', ({ task }) => {
      const a = task('a', () => ++first);
      task('b', { inputs: { a }, outlet: features }, ({ a }) => (fails ? Promise.reject(new Error('no')) : a));
    });
    const failed = (await run([flow], 'm')).runs[0]!;
    fails = false;
    const engine = await home();
    engine.rerun(failed.id, { from: 'b', emit: false });
    expect(() => engine.rerun(failed.id, { from: 'x' })).toThrow('p: no task "x"');
    engine.close();
    const { runs } = await run([flow], 'm');
    expect(runs[0]).toMatchObject({
      trigger: { type: 'rerun', of: failed.id },
      state: 'success',
      published: {},
      tasks: [
        { id: 'a', attempts: 1, note: `kept from run ${failed.id}` },
        { id: 'b', result: { value: 1 } },
      ],
    });
    expect(await commits(log)).toHaveLength(1);
  });

  test('a rerun from a task makes what a timeout or a cancel kept from being made', async () => {
    const { run, home } = await world();
    let waits = true;
    const flow = dag('p', { timeoutMs: 50 }, ({ task }) => {
      const w = task('w', (_: object, { signal }) =>
        waits ? new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))) : 1,
      );
      const a = task('a', { inputs: { w } }, () => 2);
      task('b', { inputs: { a } }, ({ a }) => a);
    });
    const late = (await run([flow], 'm')).runs[0]!;
    expect(late.tasks.map(({ state }) => state)).toEqual(['failed', 'skipped', 'skipped']);
    waits = false;
    const engine = await home();
    engine.rerun(late.id, { from: 'b' });
    engine.close();
    const { runs } = await run([flow], 'm');
    expect(runs[0]!.tasks.map(({ state }) => state)).toEqual(['success', 'success', 'success']);
  });

  test('a rerun that is cancelled before it starts still has what it kept, and so has the rerun of that', async () => {
    const { run, home } = await world();
    let first = 0;
    const flow = dag('p', ({ task }) => {
      const a = task('a', () => ++first);
      task('b', { inputs: { a } }, ({ a }) => a);
    });
    const done = (await run([flow], 'm')).runs[0]!;
    const engine = await home();
    const cancelled = engine.rerun(done.id, { from: 'b' }).id;
    engine.cancel(cancelled);
    expect(engine.getRun(cancelled)).toMatchObject({
      state: 'failed',
      tasks: [
        { id: 'a', state: 'success', note: `kept from run ${done.id}` },
        { id: 'b', state: 'skipped', note: 'p: the run was cancelled' },
      ],
    });
    engine.rerun(cancelled, { from: 'b' });
    engine.close();
    const { runs } = await run([flow], 'm');
    expect(runs[0]).toMatchObject({
      state: 'success',
      tasks: [
        { id: 'a', state: 'success' },
        { id: 'b', state: 'success', result: { value: 1 } },
      ],
    });
  });
});

test('R14 loops are refused at load, across modules, naming the loop', async () => {
  const { run } = await world();
  const back = dag('back', { schedule: model }, ({ task }) => void task('t', { outlet: features }, () => 1));
  const forth = dag('forth', { schedule: features }, ({ task }) => void task('t', { outlet: model }, () => 1));
  await expect(run([back, forth], 'm')).rejects.toThrow('back -[features]-> forth -[model]-> back');
});

test('R16 why says what is missing, what was consumed, and what its producers did', async () => {
  const { run, home } = await world();
  const other = dataset<unknown>('other');
  const skipping = dag('skipping', ({ task, branch }) => {
    const way = branch('way', () => 'no' as 'yes' | 'no');
    task('make', { when: way.is('yes'), outlet: other }, () => 1);
  });
  const both = dag('both', { schedule: all(features, any(other, model)) }, ({ task }) => void task('t', () => 1));
  await run([producer(), skipping, both, consumer()], 'm');
  const engine = await home();
  expect(engine.why('both')).toMatchObject({
    missing: ['other', 'model'],
    datasets: [
      {
        name: 'features',
        version: 1,
        pending: [1],
        lastEvent: { state: 'pending' },
        producers: [{ dag: 'producer', state: 'success' }],
      },
      {
        name: 'other',
        version: 0,
        pending: [],
        producers: [{ dag: 'skipping', task: 'make', taskState: 'skipped', note: '"way" chose "no"' }],
      },
      { name: 'model', version: 0, producers: [] },
    ],
    lastRun: undefined,
  });
  const { id } = engine.listRuns({ dag: 'consumer' })[0]!;
  expect(engine.why('consumer')).toMatchObject({
    lastRun: { id, inbox: [{ dataset: 'features', version: 1, state: 'consumed' }] },
  });
  expect(() => engine.why('nobody')).toThrow('no pipeline "nobody"');
  engine.close();
});

test('R17 two homes on one store: each consumes what the other publishes, once, in commit order', async () => {
  const { run } = await world();
  const here = [producer(), consumer({ consume: 'each' }), idle];
  await run(here, 'idle', { home: 'a' });
  await run(here, 'idle', { home: 'b' });
  const seen: Record<string, unknown[]> = { a: [], b: [] };
  for (const [home, name] of [
    ['a', 'producer'],
    ['b', 'producer'],
    ['b', 'producer'],
    ['a', 'producer'],
    ['a', 'idle'],
    ['b', 'idle'],
  ] as const) {
    const { runs } = await run(here, name, { home });
    seen[home]!.push(...runs.flatMap(({ dag, inputs }) => (dag === 'consumer' ? [inputs['features']] : [])));
  }
  expect(seen).toEqual({ a: [1, 2, 3, 4], b: [1, 2, 3, 4] });
});

describe('R18 named files are copies', () => {
  const exporting = (value: unknown): Dag =>
    dag('p', ({ task }) => void task('save', { export: 'data/x.json' }, () => value));

  test('a crash between the commit and its copy is made good on the next start', async () => {
    const { run, store } = await world();
    const executor = inProcess(store, () => [exporting('first')]);
    await expect(
      run([], 'm', { executor: { ...executor, export: () => Promise.reject(new Error('killed')) } }),
    ).rejects.toThrow('killed');
    expect(await store.head('data/x.json')).toBe(undefined);
    await run([exporting('first'), idle], 'idle');
    expect(await readJson(store, 'data/x.json')).toBe('first');
  });

  test('the newest commit wins, whatever order the copies finish in', async () => {
    const { run, store } = await world();
    const works = inProcess(store, () => [exporting('old')]);
    let overtaken = false;
    await run([], 'm', {
      home: 'slow',
      executor: {
        ...works,
        async export(value, key) {
          if (!overtaken) {
            overtaken = true;
            await run([exporting('new')], 'm', { home: 'quick' });
          }
          return works.export(value, key);
        },
      },
    });
    expect(overtaken).toBe(true);
    expect(await readJson(store, 'data/x.json')).toBe('new');
  });
});
