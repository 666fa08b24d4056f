import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test, vi } from 'vitest';
import { dag } from '../../src/authoring/index.ts';
import type { Dag } from '../../src/contracts/context.ts';
import type { AttemptOutcome, AttemptRequest, Executor } from '../../src/contracts/executor.ts';
import { openEngine } from '../../src/engine/index.ts';
import type { EngineEvent } from '../../src/engine/index.ts';
import { inProcess } from './in-process.ts';
import { world } from './world.ts';

const NEVER = new Promise<never>(() => {});

/** Starts schedulers on homes by name, whose attempts do what `act` says; undefined: what their function does. */
async function schedulers(dags: readonly Dag[], act: (request: AttemptRequest) => Promise<AttemptOutcome> | undefined) {
  const { dir, store, log } = await world();
  const plain = inProcess(store, () => dags);
  const executor: Executor = { ...plain, run: (request, hooks) => act(request) ?? plain.run(request, hooks) };
  const begin = async (name: string, onEvent: (event: EngineEvent) => void = () => {}) => {
    const engine = await openEngine({ homeDir: join(dir, name), store, log });
    const stopper = new AbortController();
    const modules = [{ name: 'm', url: 'memory:m' }];
    const runner = await engine.start({ executor, modules, signal: stopper.signal, onEvent });
    const end = (): Promise<void> => runner.close().then(() => engine.close());
    return { engine, stopper, runner, end };
  };
  /** A copy of a home as it is now: as if its process died here. */
  const die = (name: string, next: string): void => cpSync(join(dir, name), join(dir, next), { recursive: true });
  const stopsOf = (name: string): unknown => {
    using file = new DatabaseSync(join(dir, name, 'state.db'));
    return file.prepare('SELECT count(*) AS n FROM attempts WHERE error IS NOT NULL').get()!['n'];
  };
  return { begin, die, stopsOf };
}

test('a task under which the process dies three times in a row is given up; being stopped is no death', async () => {
  const dags = [
    dag('p', ({ task }) => void task('hangs', { retries: 1 }, () => 0)),
    dag('idle', ({ task }) => void task('t', () => 1)),
  ];
  const { begin: start, die } = await schedulers(dags, ({ dag: id }) => (id === 'p' ? NEVER : undefined));
  const begin = async (name: string) => {
    const started = Promise.withResolvers<void>();
    const begun = await start(name, (event) => event.type === 'task.started' && event.dag === 'p' && started.resolve());
    return { ...begun, started: started.promise };
  };
  for (let stops = 0; stops < 4; stops++) {
    const { engine, stopper, started, runner, end } = await begin('0');
    if (stops === 0) engine.trigger('p');
    const running = runner.run('idle');
    await started;
    stopper.abort();
    await expect(running).rejects.toMatchObject({ code: 'INTERRUPTED' });
    await end();
  }
  for (let deaths = 0; deaths < 3; deaths++) {
    const { started, runner, end } = await begin(String(deaths));
    onTestFinished(end);
    void runner.run('idle').catch(() => {});
    await started;
    die(String(deaths), String(deaths + 1));
  }
  const { engine, runner, end } = await begin('3');
  onTestFinished(end);
  await runner.run('idle');
  const [run] = engine.listRuns({ dag: 'p' });
  expect(run).toMatchObject({ state: 'failed', error: { code: 'PROCESS_DIED' }, tasks: [{ attempts: 7 }] });
  expect((await engine.getLogs(run!.id)).at(-2)).toMatchObject({
    level: 'error',
    message: 'p.hangs: the process died 3 times in a row while it ran, last under attempt 7',
  });
});

test('a process that is killed while it drains has died of no task', async () => {
  const dags = [dag('p', ({ task }) => void task('trains', () => 0))];
  const { begin, die, stopsOf } = await schedulers(dags, () => NEVER);
  for (let stops = 0; stops < 5; stops++) {
    const started = Promise.withResolvers<void>();
    const { engine, stopper, runner, end } = await begin(String(stops), ({ type }) => {
      if (type === 'task.started') started.resolve();
    });
    onTestFinished(end);
    if (stops === 0) engine.trigger('p');
    void runner.serve({ drainMs: 600_000 }).catch(() => {});
    await started.promise;
    stopper.abort();
    await vi.waitFor(() => expect(stopsOf(String(stops))).toBe(stops + 1));
    die(String(stops), String(stops + 1));
    expect(engine.listRuns()).toMatchObject([{ state: 'running', tasks: [{ attempts: stops + 1 }] }]);
  }
});

test.each([
  ['of one run', 1],
  ['of two runs', 2],
])('healthy tasks %s, beside deadly ones however many, all finish; the deadly ones are given up', async (_, runs) => {
  const bad = [1, 2, 3, 4, 5];
  const healthy = ['good0', 'good1'];
  const dags = Array.from({ length: runs }, (_, i) =>
    dag(`p${i}`, ({ task, map }) => {
      task(`good${i}`, () => 1);
      map('each', bad, { concurrency: 2, retries: 3 }, (n) => n);
      if (runs === 1) task('good1', () => 1);
    }),
  );
  let process = 0;
  let died = Promise.withResolvers<void>();
  // A deadly one ends its process at once, a healthy one takes longer.
  const { begin, die } = await schedulers(dags, ({ task }) => {
    const mine = process;
    if (task === 'each') {
      setImmediate(() => mine === process && died.resolve());
      return NEVER;
    }
    return new Promise((resolve) => {
      const success = { state: 'success', result: { kind: 'json', value: 1 }, outlets: {} } as const;
      setTimeout(() => mine === process && resolve(success), 20);
    });
  });
  for (let deaths = 0; ; deaths++) {
    process = deaths;
    died = Promise.withResolvers();
    const { engine, runner, end } = await begin(String(deaths));
    onTestFinished(end);
    if (deaths === 0) for (const { definition } of dags) engine.trigger(definition.id);
    void runner.serve().catch(() => {});
    const done = (async () => {
      while (engine.listRuns().some(({ endedAt }) => endedAt === undefined)) await new Promise((r) => setTimeout(r, 5));
      return true;
    })();
    if (await Promise.race([done, died.promise])) {
      const tasks = engine.listRuns().flatMap((run) => run.tasks);
      for (const { id, state, error } of tasks) {
        expect([id, state, error?.code]).toEqual(
          healthy.includes(id) ? [id, 'success', undefined] : ['each', 'failed', 'PROCESS_DIED'],
        );
      }
      expect(tasks.filter(({ id }) => healthy.includes(id))).toHaveLength(2);
      expect(tasks.filter(({ id }) => id === 'each')).toHaveLength(5 * runs);
      return;
    }
    expect(deaths).toBeLessThan(40);
    die(String(deaths), String(deaths + 1));
  }
});

test('a stand-by that is told to stop says so, and nothing else', async () => {
  const { home, store } = await world();
  const [first, second] = [await home(), await home()];
  const start = { executor: inProcess(store, () => []), modules: [] };
  const runner = await first.start(start);
  const stop = new AbortController();
  const reason = new Error('told to stop');
  const onEvent = ({ type }: EngineEvent): void => {
    if (type === 'scheduler.waiting') setTimeout(() => stop.abort(reason), 10);
  };
  await expect(second.start({ ...start, onEvent, signal: stop.signal })).rejects.toBe(reason);
  await runner.close();
  first.close();
  second.close();
});
