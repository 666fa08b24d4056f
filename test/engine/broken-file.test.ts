import { expect, test } from 'vitest';
import { dag, dataset } from '../../src/authoring/index.ts';
import type { Dag } from '../../src/contracts/context.ts';
import type { Executor, ModuleRef } from '../../src/contracts/executor.ts';
import type { Store } from '../../src/contracts/store.ts';
import { inProcess } from './in-process.ts';
import { world } from './world.ts';

const features = dataset<unknown>('features');
const consumer = dag(
  'consumer',
  { schedule: features },
  ({ task }) => void task('use', { inputs: { features } }, () => 1),
);

/** Something to run when nothing new is to be made. */
const idle = dag('idle', ({ task }) => void task('t', () => 1));

/** An executor over one file of pipelines that is broken and repaired while it is in use. */
function editable(store: Store, dags: () => readonly Dag[]): Executor & { broken: boolean } {
  const works = inProcess(store, dags);
  const error = { code: 'MODULE_BROKEN', kind: 'usage', message: 'm.ts:3: unexpected token' } as const;
  return {
    ...works,
    broken: false,
    async describe(module) {
      const files = { 'm.ts': String(this.broken) };
      return this.broken ? { ok: false, module, error, files } : { ...(await works.describe(module)), files };
    },
    isCurrent({ files }) {
      return files?.['m.ts'] === String(this.broken);
    },
    async run(request, hooks) {
      return this.broken ? { state: 'failed', error, retryable: false, loaded: false } : works.run(request, hooks);
    },
  };
}

test('R10 a file broken just before a publish keeps the event pending, and why says so; repaired, it is consumed', async () => {
  const { run, store, home } = await world();
  const own = dag('producer', ({ task }) => void task('make', { outlet: features }, () => (executor.broken = true)));
  const executor = editable(store, () => [own, consumer]);
  const { runs } = await run([], 'm', { executor });
  expect(runs.map(({ dag, state }) => [dag, state])).toEqual([['producer', 'success']]);
  const engine = await home();
  expect(engine.why('consumer')).toMatchObject({ broken: { code: 'MODULE_BROKEN' }, datasets: [{ pending: [1] }] });
  engine.close();
  executor.broken = false;
  const again = await run([own, consumer, idle], 'idle');
  expect(again.runs.map(({ dag, inputs }) => [dag, inputs])).toEqual([
    ['consumer', { features: 1 }],
    ['idle', {}],
  ]);
});

test('a run whose file breaks under it waits for the repair, and the attempt that could not begin costs no retry', async () => {
  const { run, store } = await world();
  const flow = dag('flow', ({ task }) => {
    const first = task('first', () => (executor.broken = true));
    task('second', { inputs: { first } }, ({ first }) => first);
  });
  const executor = editable(store, () => [flow]);
  const stuck = await run([], 'm', { executor });
  expect(stuck.runs).toMatchObject([{ state: 'running', tasks: [{ state: 'success' }, { state: 'none' }] }]);
  executor.broken = false;
  const { runs, resumed } = await run([flow, idle], 'idle');
  expect(resumed).toEqual([stuck.runs[0]!.id]);
  expect(runs[0]).toMatchObject({ state: 'success', tasks: [{ attempts: 1 }, { attempts: 2 }] });
});

test('a run that was queued before its file was edited is recorded with the code that ran, and so is what it publishes', async () => {
  const { run, store, home } = await world();
  const flow = dag('flow', ({ task }) => void task('make', { outlet: features }, () => 1));
  const before = (await run([flow], 'flow')).runs[0]!.codeHash;
  const engine = await home();
  const queued = engine.trigger('flow');
  expect(queued.codeHash).toBe(before);
  const works = inProcess(store, () => [flow, idle]);
  const edited = async (module: ModuleRef) => ({ ...(await works.describe(module)), codeHash: 'edited' });
  await run([], 'idle', { executor: { ...works, describe: edited } });
  expect(engine.getRun(queued.id)).toMatchObject({ state: 'success', codeHash: 'edited' });
  expect(engine.listVersions('features').map(({ metadata }) => metadata['code'])).toEqual([before, 'edited']);
  engine.close();
});
