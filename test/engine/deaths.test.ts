import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { dag } from '../../src/authoring/index.ts';
import type { Executor } from '../../src/contracts/executor.ts';
import { openEngine } from '../../src/engine/index.ts';
import { inProcess } from './in-process.ts';
import { world } from './world.ts';

test('a task under which the process dies three times in a row is given up; being stopped is no death', async () => {
  const { dir, store, log } = await world();
  const dags = [
    dag('p', ({ task }) => void task('hangs', { retries: 1 }, () => 0)),
    dag('idle', ({ task }) => void task('t', () => 1)),
  ];
  const plain = inProcess(store, () => dags);
  const hanging: Executor = {
    ...plain,
    run: (request, hooks) => (request.dag === 'p' ? new Promise(() => {}) : plain.run(request, hooks)),
  };
  const begin = async (name: string) => {
    const engine = await openEngine({ homeDir: join(dir, name), store, log });
    const [stopper, started] = [new AbortController(), Promise.withResolvers<void>()];
    const runner = await engine.start({
      executor: hanging,
      modules: [{ name: 'm', url: 'memory:m' }],
      signal: stopper.signal,
      onEvent: (event) => event.type === 'task.started' && event.dag === 'p' && started.resolve(),
    });
    const end = (): Promise<void> => runner.close().then(() => engine.close());
    return { engine, stopper, started: started.promise, runner, end };
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
    cpSync(join(dir, String(deaths)), join(dir, String(deaths + 1)), { recursive: true }); // as if it died here
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
