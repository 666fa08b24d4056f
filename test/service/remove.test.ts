import { createHash } from 'node:crypto';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Api } from '../../src/engine/service/routes.ts';
import { withFileLock } from '../../src/engine/state/file-lock.ts';
import { ridgeline, start } from '../cli/ridgeline.ts';
import { project, startUp, until, untilSaid } from './project.ts';

const FILES = {
  'ridgeline.config.ts': `export default { pipelines: ['p.ts'] };`,
  'p.ts': `import { dag, dataset } from 'ridgeline';
export const sum = dag('sum', { schedule: dataset('prices') }, ({ task }) =>
  task('add', { inputs: { prices: dataset('prices') } }, async ({ prices }) =>
    (await prices.column('price')).reduce((a, b) => a + b, 0)));
export const tell = dag('tell', { params: { publish: true } }, ({ task, branch }) => {
  const way = branch('way', (_, { params, log }) => { log.info('told'); return params.publish ? 'yes' : 'no'; });
  task('tell', { when: way.is('yes'), outlet: dataset('told') }, () => 1);
});`,
};

test('a version that is needed stays (R15); one that is removed is gone for good, and gc deletes its content', async () => {
  const cwd = project(FILES);
  const run = (...args: string[]) => ridgeline(args, { cwd });
  const publish = async (price: number) => {
    writeFileSync(join(cwd, 'prices.csv'), `price\n${price}\n`);
    return (await run('dataset', 'publish', 'prices', 'prices.csv')).stdout;
  };
  const objects = () => readdirSync(join(cwd, '.ridgeline/store/objects'));
  const rm = (version: number) => run('dataset', 'rm', `prices@${version}`);

  expect(await publish(1)).toBe('published prices version 1 from prices.csv, for sum\n');
  await run('run', 'sum');
  expect(await publish(2)).toContain('version 2 from prices.csv, for sum');
  expect(await rm(2)).toMatchObject({ code: 2, stderr: expect.stringContaining('it is pending for sum') });
  await run('run', 'sum');
  await publish(3);
  await run('run', 'sum');
  await run('trigger', 'sum');
  expect(await rm(3)).toMatchObject({ code: 2, stderr: expect.stringMatching(/run \d+-\w+ of sum reads it/) });
  expect(await rm(4)).toMatchObject({ code: 2, stderr: expect.stringContaining('no version 4; the newest is 3') });
  expect((await run('dataset', 'rm', 'prices@1', '--dry-run')).stdout).toBe('would remove prices version 1\n');
  expect((await rm(1)).stdout).toBe('removed prices version 1\n');
  expect(await rm(1)).toMatchObject({ code: 2, stderr: expect.stringContaining('prices version 1: it was removed') });
  expect((await run('dataset', 'show', 'prices')).stdout).toMatch(/^ +1 .* removed /m);
  expect((await run('dataset', 'get', 'prices@1')).code).toBe(2);

  expect(objects()).toHaveLength(3);
  expect((await run('gc', '--dry-run')).stdout).toMatch(
    /^would delete 1 objects, .*; kept 2\n {2}objects\/\w+\.parquet/,
  );
  expect(objects()).toHaveLength(3);
  expect(JSON.parse((await run('gc', '--json')).stdout)).toMatchObject({ deleted: [expect.any(String)], kept: 2 });
  expect(objects()).toHaveLength(2);
  expect((await run('dataset', 'get', 'prices@2')).stdout).toBe('price\n2\n');

  for (const file of readdirSync(join(cwd, '.ridgeline')))
    if (file.startsWith('state')) rmSync(join(cwd, '.ridgeline', file));
  const again = JSON.parse((await run('dataset', 'show', 'prices', '--json')).stdout) as {
    versions: { removed: boolean }[];
  };
  expect(again.versions.map(({ removed }) => removed)).toEqual([true, false, false]);
  expect(await publish(4)).toContain('version 4');
  expect(await run('gc')).toMatchObject({ code: 2, stderr: expect.stringContaining('publishes to') });
  const datasets = async () => (await run('dataset', 'list')).stdout;
  expect(await datasets()).toMatch(/^prices +4 +sum$/m);

  const told = [];
  for (const publish of ['true', 'false']) {
    const ran = await run('run', 'tell', '--param', `publish=${publish}`, '--json');
    told.push(
      (JSON.parse(ran.stdout) as { runs: { id: string; dag: string }[] }).runs.find(({ dag }) => dag === 'tell')!.id,
    );
  }
  const logs = () => readdirSync(join(cwd, '.ridgeline/store/_logs')).toSorted();
  expect(await run('gc', '--alone')).toMatchObject({ code: 0 });
  expect(logs()).toEqual(told.map((id) => `${id}.log`).toSorted());
  expect(await run('gc', '--alone', '--keep-runs', '0')).toMatchObject({ code: 0 });
  expect(logs()).toEqual([`${told[0]}.log`]);
});

test('gc and a publish by hand wait for each other', async () => {
  const cwd = project({ ...FILES, 'prices.csv': 'price\n1\n', 'limits.json': '{"most":5}' });
  await withFileLock(join(cwd, '.ridgeline/objects.lock'), async () => {
    const commands = {
      'waiting for tasks, another gc or dataset publish': ['gc'],
      'waiting for a gc': ['dataset', 'publish', 'prices', 'prices.csv'],
    };
    for (const [waiting, args] of Object.entries(commands)) {
      const { child, ended } = start(args, { cwd });
      await untilSaid(child.stderr, waiting);
      child.kill('SIGINT');
      expect((await ended).code).toBe(130);
    }
  });
  await ridgeline(['dataset', 'publish', 'limits', 'limits.json'], { cwd });
  expect(JSON.parse((await ridgeline(['dataset', 'get', 'limits'], { cwd })).stdout)).toEqual({ most: 5 });
  const publish = ['dataset', 'publish', 'prices', 'prices.csv'];
  expect(await ridgeline(publish, { cwd })).toMatchObject({ code: 0 });
  expect(await ridgeline(['dataset', 'get', 'prices', '--json'], { cwd })).toMatchObject({ code: 2, stdout: '' });
  expect(await ridgeline([...publish, '--key', ''], { cwd })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--key: expected a word'),
  });
});

const keyOf = (text: string) => `objects/${createHash('sha256').update(text).digest('hex')}.bin`;

test('gc beside an up waits for the task that runs, keeps what it has stored, and lets publishes be', async () => {
  const cwd = project({
    'ridgeline.config.ts': `export default { pipelines: ['p.ts'] };`,
    'p.ts': `import { existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { dag, dataset } from 'ridgeline';
export const store = dag('store', { params: { text: '', gate: 'p.ts' } }, ({ task }) => {
  const stored = task('store', { outlet: dataset('stored') }, async (_, { params }) => {
    while (!existsSync(params.gate)) await setTimeout(10);
    return new TextEncoder().encode(params.text);
  });
  task('measure', { inputs: { stored } }, ({ stored }) => stored.length);
});`,
  });
  const run = (...args: string[]) => ridgeline(args, { cwd });
  const up = await startUp(cwd);
  const trigger = (params: object) => up.post('/api/dags/store/trigger', { params });
  const runs = async () => (await up.get<'GET /api/runs'>('/api/runs')).runs;
  const states = async () => (await runs()).map(({ tasks }) => tasks[0]!.state);
  for (const text of ['a', 'b']) await trigger({ text });
  await until(states, ([second, first]) => first === 'success' && second === 'success', 'both');
  await Promise.all([run('dataset', 'rm', 'stored@1'), run('dataset', 'rm', 'stored@2')]);
  await trigger({ text: 'a', gate: 'open' });
  await until(states, ([newest]) => newest === 'running', 'the task');
  const gc = start(['gc', '--keep-runs', '0', '--json'], { cwd });
  await untilSaid(gc.child.stderr, 'waiting for tasks');
  writeFileSync(join(cwd, 'open'), '');
  const { deleted } = JSON.parse((await gc.ended).stdout) as { deleted: string[] };
  expect(deleted).toContain(keyOf('b'));
  expect(deleted).not.toContain(keyOf('a'));
  expect((await run('dataset', 'get', 'stored')).stdout).toBe('a');

  // What gc has deleted of a run is made anew by a rerun, what it needed for others is kept.
  const [, ofB, ofA] = await runs();
  for (const { id } of [ofA!, ofB!]) await up.post(`/api/runs/${id}/rerun`, { from: 'measure', emit: false });
  await until(runs, ([second, first]) => first!.state === 'success' && second!.state === 'success', 'the reruns');
  const [again, kept] = (await runs()).map(({ tasks }) => tasks[0]!.note);
  expect([kept, again]).toEqual([`kept from run ${ofA!.id}`, undefined]);

  const collecting = Promise.all([run('gc'), run('gc')]);
  for (let price = 1; price <= 6; price++) {
    const csv = { 'content-type': 'text/csv' };
    expect((await up.post('/api/datasets/prices/versions', `price\n${price}\n`, csv)).status).toBe(200);
  }
  for (const { code } of await collecting) expect(code).toBe(0);
  type Versions = Api['GET /api/datasets/:dataset/versions'];
  const { versions } = (await up.get('/api/datasets/prices/versions')) as unknown as Versions;
  expect(versions).toHaveLength(6);
  for (const { value } of versions) {
    const key = value.kind === 'table' ? value.ref.key : '';
    expect(existsSync(join(cwd, '.ridgeline/store', key)), key).toBe(true);
  }
});
