import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { dag, dataset } from '../../src/authoring/index.ts';
import { openCommitLog, openStore } from '../../src/data/store/index.ts';
import { openEngine } from '../../src/engine/index.ts';
import type { Engine } from '../../src/engine/index.ts';
import { minio } from '../setup/minio.ts';
import { inProcess } from './in-process.ts';

const EVENTS = 30;
const RACES = 4;
const CONSUME = ['latest', 'each', 'all'] as const;

const [features, shared] = [dataset<number>('features'), dataset<string>('shared')];
const DAGS = [
  dag('race', ({ task }) => void task('publish', { outlet: shared }, (_, { run }) => run)),
  ...CONSUME.map((consume) =>
    dag(consume, { schedule: features, consume }, ({ task }) => task('look', { inputs: { features } }, () => 0)),
  ),
];

const upTo = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i + 1);

const publish = (engine: Engine, i: number) =>
  engine.publish({ dataset: 'features', value: { kind: 'json', value: i }, idempotencyKey: `key ${i}` });

const server = await minio();

test.skipIf(!server)(
  `R17 two homes at work on one bucket: ${EVENTS} concurrent publishers, two racing producers`,
  async () => {
    const dir = mkdtempSync(join(tmpdir(), 'ridgeline-homes-'));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    const url = `s3://${await server!.createBucket()}/prefix`;
    const stopper = new AbortController();
    const open = async (name: string): Promise<Engine> => {
      const store = await openStore(url, server!.env);
      const engine = await openEngine({ homeDir: join(dir, name), store, log: openCommitLog(store) });
      onTestFinished(async () => {
        engine.close();
        await store.close();
      });
      return engine;
    };
    const serve = async (engine: Engine): Promise<{ ended: Promise<void> }> => {
      const store = await openStore(url, server!.env);
      const executor = inProcess(store, () => DAGS);
      const modules = [{ name: 'm', url: 'memory:m' }];
      const runner = await engine.start({ executor, modules, signal: stopper.signal });
      const serving = runner.serve({ pollMs: 50, watchMs: 20 });
      return { ended: serving.finally(() => Promise.all([runner.close(), store.close()])) };
    };
    const serving = await Promise.all(['a', 'b'].map(async (name) => serve(await open(name))));
    const homes = await Promise.all(['a', 'b'].map(open)); // as commands beside the two open them
    for (const home of homes) while (home.listDags().length < DAGS.length) await sleep(5);

    for (let i = 0; i < RACES; i++) for (const home of homes) home.trigger('race');
    const publishers = [...homes, await open('c')];
    const published = await Promise.all(upTo(EVENTS).map((i) => publish(publishers[i % 3]!, i)));
    expect(published.map(({ version }) => version).toSorted((a, b) => a - b)).toEqual(upTo(EVENTS));

    const isDone = (home: Engine): boolean =>
      home.listDatasets().reduce((sum, { versions }) => sum + versions, 0) === EVENTS + 2 * RACES &&
      home.listRuns({ limit: 1000 }).every(({ endedAt }) => endedAt !== undefined) &&
      CONSUME.every((id) => home.why(id).datasets.every(({ pending }) => pending.length === 0));
    for (const home of homes) while (!isDone(home)) await sleep(20);
    stopper.abort();
    await Promise.all(serving.map(({ ended }) => ended));

    const winners: unknown[] = [];
    for (const [i, home] of homes.entries()) {
      const runs = home.listRuns({ limit: 1000 }).toReversed();
      expect(runs.filter(({ state }) => state !== 'success')).toEqual([]);
      expect(home.listVersions('features').map(({ version }) => version)).toEqual(upTo(EVENTS));
      expect(home.listVersions('shared').map(({ version }) => version)).toEqual(upTo(2 * RACES));
      winners.push(home.listVersions('shared').map(({ run }) => run));

      const inputs = (id: string) => runs.flatMap((run) => (run.dag === id ? [run.inputs['features']!] : []));
      expect(inputs('each')).toEqual(upTo(EVENTS));
      for (const id of ['latest', 'all']) {
        expect(inputs(id)).toEqual([...new Set(inputs(id))].toSorted((a, b) => a - b));
        expect(inputs(id).at(-1)).toBe(EVENTS);
      }
      const file = new DatabaseSync(join(dir, 'ab'[i]!, 'state.db'), { readOnly: true });
      for (const id of CONSUME) {
        const rows = file.prepare('SELECT version, state FROM inbox WHERE dag = ? ORDER BY commit_id').all(id);
        expect(rows.map(({ version }) => version)).toEqual(upTo(EVENTS));
        const allowed = id === 'latest' ? ['consumed', 'superseded'] : ['consumed'];
        expect(rows.filter(({ state }) => !allowed.includes(String(state)))).toEqual([]);
      }
      file.close();
    }
    expect(winners[0]).toEqual(winners[1]);
    expect(new Set(winners[0] as string[]).size).toBe(2 * RACES);
  },
  60_000,
);

test('a home goes on with the log it has followed, wherever that lies now, and with no other', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'ridgeline-homes-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const at = async <T>(home: string, folder: string, work: (engine: Engine) => Promise<T>): Promise<T> => {
    const store = await openStore(join(dir, folder), {});
    const engine = await openEngine({ homeDir: join(dir, home), store, log: openCommitLog(store) });
    return work(engine).finally(() => engine.close());
  };
  for (const i of [1, 2]) await at('a', 'first', (engine) => publish(engine, i));
  for (const i of [3, 4, 5]) await at('b', 'second', (engine) => publish(engine, i));
  cpSync(join(dir, 'first'), join(dir, 'moved'), { recursive: true });

  expect(await at('a', 'moved', (engine) => engine.sync().then(() => publish(engine, 6)))).toMatchObject({
    version: 3,
  });
  for (const folder of ['second', 'empty', 'first']) {
    const refusal = {
      code: 'LOG_OF_ANOTHER_STORE',
      kind: 'usage',
      message: expect.stringMatching(/\/\w+: expected commit 3 of /),
    };
    await at('a', folder, async (engine) => {
      const executor = inProcess(await openStore(join(dir, folder), {}), () => DAGS);
      await expect(engine.sync()).rejects.toMatchObject(refusal);
      await expect(engine.start({ executor, modules: [] })).rejects.toMatchObject(refusal);
    });
  }
  expect(existsSync(join(dir, 'empty', '_log'))).toBe(false);
});
