import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ridgeline, start } from '../cli/ridgeline.ts';
import { project, startUp, until, write } from './project.ts';
import type { Up } from './project.ts';

const CONFIG = `export default { pipelines: ['p/*.ts'] };`;
const ADD = `import { dag, dataset } from 'ridgeline';
const days = dataset<number>('days');
export const follow = dag('follow', { schedule: days, consume: 'each', from: 'beginning' }, ({ task }) =>
  task('look', { inputs: { days } }, async ({ days }) => {
    await new Promise((resolve) => setTimeout(resolve, 10));
    return days;
  }));`;

const json = (key: string) => ({ 'content-type': 'application/json', 'idempotency-key': key });
const publish = (up: Up, dataset: string, value: unknown, key: string) =>
  up.post(`/api/datasets/${dataset}/versions`, JSON.stringify(value), json(key));
const runsOf = async (up: Up, dag: string) =>
  (await up.get<'GET /api/runs'>(`/api/runs?dag=${dag}&limit=1000`)).runs.toReversed();

test('a stand-by takes over when the first is killed: every event one run, in order', async () => {
  // Not all of it is done before the kill, however fast this machine is.
  const half = ADD.replace(
    'return days;',
    'while (days > 15 && !existsSync("go")) await new Promise((resolve) => setTimeout(resolve, 10));\n    return days;',
  );
  const cwd = project({
    'ridgeline.config.ts': CONFIG,
    'p/add.ts': `import { existsSync } from 'node:fs';\n${half}`,
  });
  const first = await startUp(cwd);
  const { child, ended } = start(['up', '--port', '0', '--json'], { cwd });
  let standBy = '';
  child.stderr!.on('data', (text: string) => (standBy += text));
  await until(
    () => standBy,
    (log) => /stand-by: process \d+/.test(log),
    'the stand-by',
  );

  const events = 30;
  for (let day = 1; day <= events; day++) await publish(first, 'days', day, `day ${day}`);
  await until(
    () => runsOf(first, 'follow'),
    (runs) => runs.filter(({ endedAt }) => endedAt).length > 5,
    'some runs',
  );
  expect((await first.stop('SIGKILL')).signal).toBe('SIGKILL');
  writeFileSync(join(cwd, 'go'), '');

  await until(
    () => standBy,
    (log) => log.includes('resumed') || log.includes('running'),
    'the takeover',
  );
  const list = async () =>
    JSON.parse((await ridgeline(['list', '--runs', '--limit', '1000', '--json'], { cwd })).stdout) as {
      runs: { dag: string; state: string; inputs: Record<string, number>; tasks: { result: { value: number } }[] }[];
    };
  const { runs } = await until(
    list,
    (answer) => answer.runs.filter(({ state }) => state === 'success').length >= events,
    'all',
  );
  child.kill('SIGTERM');
  expect((await ended).code).toBe(0);
  const inOrder = runs.toReversed();
  expect(inOrder.map(({ inputs }) => inputs['days'])).toEqual(Array.from({ length: events }, (_, i) => i + 1));
  expect(inOrder.map(({ tasks }) => tasks[0]!.result.value)).toEqual(Array.from({ length: events }, (_, i) => i + 1));
});

test('SIGTERM lets what works end within a limit; what does not resumes later and costs no retry', async () => {
  const cwd = project({
    'ridgeline.config.ts': CONFIG,
    'p/slow.ts': `import { existsSync } from 'node:fs';
import { dag } from 'ridgeline';
const wait = async (file: string) => { while (!existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 10)); return 1; };
export const ends = dag('ends', ({ task }) => task('wait', () => wait('ends')));
export const lasts = dag('lasts', ({ task }) => task('wait', () => wait('lasts')));`,
  });
  const up = await startUp(cwd, ['--drain', '1']);
  for (const dag of ['ends', 'lasts']) await up.post(`/api/dags/${dag}/trigger`);
  const list = () => up.get<'GET /api/runs'>('/api/runs');
  await until(
    list,
    ({ runs }) => runs.length === 2 && runs.every(({ tasks }) => tasks[0]!.state === 'running'),
    'work',
  );
  const stopped = up.stop();
  await until(up.log, (log) => log.includes('stopping: what works has 1 s to end'), 'the drain');
  writeFileSync(join(cwd, 'ends'), '');
  expect((await stopped).code).toBe(0);

  writeFileSync(join(cwd, 'lasts'), '');
  const again = await startUp(cwd);
  const { runs } = await until(
    () => again.get<'GET /api/runs'>('/api/runs'),
    ({ runs }) => runs.every(({ state }) => state === 'success'),
    'both',
  );
  expect(runs.map(({ dag, tasks }) => [dag, tasks[0]!.attempts])).toEqual([
    ['lasts', 2],
    ['ends', 1],
  ]);
});

test('a task that takes the process with it is given up after three times, and holds nothing else up', async () => {
  const cwd = project({
    'ridgeline.config.ts': CONFIG,
    'p/add.ts': ADD,
    'p/deadly.ts': `import { dag } from 'ridgeline';
export const deadly = dag('deadly', ({ task }) => task('dies', { retries: 5 }, () => process.kill(process.pid, 'SIGKILL')));`,
  });
  await ridgeline(['trigger', 'deadly'], { cwd });
  for (let death = 1; death <= 3; death++) {
    expect((await start(['up', '--port', '0'], { cwd }).ended).signal).toBe('SIGKILL');
  }
  const up = await startUp(cwd);
  const { runs } = await until(
    () => up.get<'GET /api/runs'>('/api/runs'),
    ({ runs }) => runs.every(({ endedAt }) => endedAt !== undefined),
    'the end of all',
  );
  expect(runs.map(({ dag, state, tasks }) => [dag, state, tasks[0]!.attempts])).toEqual([['deadly', 'failed', 3]]);
  const { stdout } = await ridgeline(['logs', '1'], { cwd });
  expect(stdout).toMatch(/attempt 2 was lost with the process that made it; it starts again/);
  expect(stdout).toMatch(
    /deadly\.dies: the process died 3 times in a row while it ran[^]*look whether it takes more memory/,
  );

  await publish(up, 'days', 1, 'a');
  await until(
    () => runsOf(up, 'follow'),
    (all) => all[0]?.state === 'success',
    'what comes after it',
  );
});

test('a state database deleted beside a running up ends it in words; the next one goes on from the log', async () => {
  const cwd = project({ 'ridgeline.config.ts': CONFIG, 'p/add.ts': ADD });
  const up = await startUp(cwd);
  await publish(up, 'days', 1, 'a');
  await until(
    () => runsOf(up, 'follow'),
    (all) => all[0]?.state === 'success',
    'the first run',
  );
  for (const file of ['state.db', 'state.db-wal', 'state.db-shm'])
    rmSync(join(cwd, '.ridgeline', file), { force: true });
  const { code, stderr } = await up.ended;
  expect(code).toBe(2);
  expect(stderr).toMatch(/state\.db: was deleted or replaced while it was in use/);

  const again = await startUp(cwd);
  await until(
    () => runsOf(again, 'follow'),
    (all) => all[0]?.state === 'success',
    'the run again',
  );
  await publish(again, 'days', 2, 'b');
  const runs = await until(
    () => runsOf(again, 'follow'),
    (all) => all.length === 2 && all[1]!.state === 'success',
    'both',
  );
  expect(runs.map(({ inputs }) => inputs['days'])).toEqual([1, 2]);
});

const version = (n: string) => `import { dag, dataset } from 'ridgeline';
const days = dataset<number>('days');
export const edited = dag('edited', { schedule: days, consume: 'each' }, ({ task }) =>
  task('tell', { inputs: { days } }, ({ days }) => '${n} ' + days));`;
const value = (text: string) => ({ kind: 'json', value: text });

test('an edited pipeline is used by the next run; a broken one goes on collecting events until it is repaired', async () => {
  const cwd = project({ 'ridgeline.config.ts': CONFIG, 'p/edited.ts': version('old'), 'p/add.ts': ADD });
  const up = await startUp(cwd);
  const told = async () => (await runsOf(up, 'edited')).map(({ tasks }) => tasks[0]!.result);

  await publish(up, 'days', 1, 'a');
  await until(told, (all) => all[0] !== undefined, 'the first run');
  write(cwd, 'p/edited.ts', `${version('new')}\n// longer`);
  const hashes = async () => (await up.get<'GET /api/dags'>('/api/dags')).dags.find(({ id }) => id === 'edited');
  const before = await runsOf(up, 'edited');
  await new Promise((resolve) => setTimeout(resolve, 1000)); // the files are looked at twice a second
  await publish(up, 'days', 2, 'b');
  await until(told, (all) => all[1] !== undefined, 'the second run');
  expect(await told()).toEqual([value('old 1'), value('new 2')]);
  expect((await runsOf(up, 'edited'))[1]!.codeHash).not.toBe(before[0]!.codeHash);

  write(cwd, 'p/edited.ts', 'export const edited = ;');
  await until(hashes, (dag) => dag?.error !== undefined, 'the fault');
  expect(up.log()).toMatch(/module "edited": cannot be loaded at .*p\/edited\.ts:1: SyntaxError/);
  await publish(up, 'days', 3, 'c');
  await until(
    () => runsOf(up, 'follow'),
    (runs) => runs.filter(({ state }) => state === 'success').length === 3,
    'others',
  );
  expect(await told()).toHaveLength(2);
  expect(await up.get<'GET /api/dags/:dag/why'>('/api/dags/edited/why')).toMatchObject({
    broken: { message: expect.stringContaining('edited.ts:1') },
    datasets: [{ name: 'days', pending: [3] }],
  });

  write(cwd, 'p/edited.ts', version('repaired'));
  await until(told, (all) => all[2] !== undefined, 'the third run');
  expect((await told())[2]).toEqual(value('repaired 3'));

  const ids = async () => (await up.get<'GET /api/dags'>('/api/dags')).dags.map(({ id }) => id);
  write(cwd, 'p/late.ts', version('late').replaceAll('edited', 'late'));
  rmSync(join(cwd, 'p/edited.ts'));
  await until(ids, (all) => all.join() === 'follow,late', 'one file more and one less');
  await publish(up, 'days', 4, 'd');
  const late = await until(
    () => runsOf(up, 'late'),
    (runs) => runs[0]?.state === 'success',
    'the new pipeline',
  );
  expect(late[0]!.tasks[0]!.result).toEqual(value('late 4'));
  expect(await told()).toHaveLength(3);
  expect(up.log()).toMatch(/module "late" read: late[^]*module "edited" is gone/);

  await up.stop();
  rmSync(join(cwd, 'p/late.ts'));
  const again = await startUp(cwd);
  expect((await again.get<'GET /api/dags'>('/api/dags')).dags.map(({ id }) => id)).toEqual(['follow']);
});

test('a run beside an up is handed to it and followed, with what it triggers', async () => {
  const cwd = project({
    'ridgeline.config.ts': CONFIG,
    'p/add.ts': ADD,
    'p/day.ts': `import { dag, dataset } from 'ridgeline';
export const day = dag('day', { params: { day: 1 } }, ({ task }) =>
  task('tell', { outlet: dataset<number>('days') }, (_, { params }) => { if (params.day < 0) throw new Error('no such day'); return params.day; }));`,
  });
  const up = await startUp(cwd);
  const ran = await ridgeline(['run', 'day', '--param', 'day=5', '--json'], { cwd });
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  expect((JSON.parse(ran.stdout) as { runs: unknown[] }).runs).toMatchObject([
    { dag: 'day', state: 'success', published: { days: 1 } },
    { dag: 'follow', state: 'success', trigger: { type: 'dataset', dataset: 'days', version: 1 } },
  ]);
  expect(up.log()).toMatch(/follow 2-\w+ success/);
  const failed = await ridgeline(['run', 'day', '--param', 'day=-1'], { cwd });
  expect(failed).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('no such day') });
});
