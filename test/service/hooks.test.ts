import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ridgeline } from '../cli/ridgeline.ts';
import { project } from './project.ts';

/** Writes down whom it was told, as what, and whether in a thread. */
const TELL = `import { appendFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
export const tell = (who) => ({ signal, log, run, ...told }) => {
  log.info(who + ' heard of it');
  appendFileSync('told', JSON.stringify({ who, run: run.split('-')[0], inThread: !isMainThread, ...told }) + '\\n');
};`;
const CONFIG = `import { tell } from './tell.js';
export default { pipelines: ['p/*.ts'], onSuccess: tell('project'), onRetry: tell('project'), hookTimeoutMs: 500 };`;
const told = (cwd: string): readonly Record<string, unknown>[] =>
  readFileSync(join(cwd, 'told'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test('task, pipeline and project are told, in a task thread, what happened to which attempt and why', async () => {
  const cwd = project({
    'tell.js': TELL,
    'ridgeline.config.ts': CONFIG,
    'p/a.ts': `import { dag, dataset } from 'ridgeline';
import { tell } from '../tell.js';
const made = dataset<number>('made');
export const a = dag('a', { onFailure: tell('dag a') }, ({ task, map }) => {
  task('make', { outlet: made, retries: 1, retryDelayMs: 1, onSuccess: tell('make'), onRetry: tell('make') },
    (_, { attempt }) => { if (attempt === 1) throw new TypeError('not yet'); return 1; });
});
export const b = dag('b', { schedule: made, onFailure: tell('dag b'), onSuccess: tell('never') }, ({ map }) =>
  map('each', [0, 1], { onFailure: tell('each') }, (i) => { if (i === 1) throw new Error('too much'); }));`,
  });
  const { code, stderr } = await ridgeline(['run', 'a'], { cwd });
  expect([code, stderr]).toEqual([1, expect.stringContaining('too much')]);
  const retry = { hook: 'onRetry', task: 'make', mapIndex: -1, attempt: 1, error: { message: 'TypeError: not yet' } };
  const [ofA, ofB] = [
    { run: '1', dag: 'a', trigger: { type: 'manual' }, inThread: true },
    { run: '2', dag: 'b', trigger: { type: 'dataset', dataset: 'made', version: 1 }, inThread: true },
  ];
  const all = told(cwd);
  expect(all.filter(({ run }) => run === '1')).toMatchObject([
    { who: 'make', ...ofA, ...retry },
    { who: 'project', ...ofA, ...retry },
    { who: 'make', ...ofA, hook: 'onSuccess', task: 'make', attempt: 2 },
    { who: 'project', ...ofA, hook: 'onSuccess' },
  ]);
  const failed = { hook: 'onFailure', error: { message: 'Error: too much' } };
  expect(all.filter(({ run }) => run === '2')).toMatchObject([
    { who: 'each', ...ofB, ...failed, task: 'each', mapIndex: 1, attempt: 1 },
    { who: 'dag b', ...ofB, ...failed },
  ]);
  expect((await ridgeline(['logs', '2'], { cwd })).stdout).toMatch(/each\[1\] each heard[^]*\(run\) dag b heard/);
});

test('a hook that throws or never ends is said loudly and changes nothing else', async () => {
  const cwd = project({
    'tell.js': TELL,
    'ridgeline.config.ts': CONFIG,
    'p/a.ts': `import { dag } from 'ridgeline';
export const a = dag('a', { onSuccess: () => { for (;;); } }, ({ task }) =>
  task('make', { onSuccess: async () => {
    throw new RangeError('no receiver');
  } }, () => 1));`,
  });
  const { code, stderr } = await ridgeline(['run', 'a'], { cwd });
  expect([code, stderr]).toEqual([0, expect.stringMatching(/make:.*hook onSuccess[^]*a:.*hook onSuccess/)]);
  const { stdout } = await ridgeline(['logs', '1'], { cwd });
  expect(stdout).toMatch(/make hook onSuccess of task "make" failed: RangeError: no receiver \(\/.*p\/a\.ts:4:11\)/);
  expect(stdout).toContain('(run) hook onSuccess of pipeline "a" failed: it took longer than 500 ms');
  // who comes after them is still told
  expect(told(cwd)).toMatchObject([{ who: 'project', hook: 'onSuccess' }]);
});

test('a hook that a crash interrupts is called again: at least once', async () => {
  const cwd = project({
    'tell.js': TELL,
    'ridgeline.config.ts': CONFIG,
    'p/a.ts': `import { existsSync, writeFileSync } from 'node:fs';
import { dag } from 'ridgeline';
import { tell } from '../tell.js';
export const a = dag('a', ({ task }) => task('make', { onSuccess: (context) => {
  if (!existsSync('crashed')) { writeFileSync('crashed', ''); process.kill(process.pid, 'SIGKILL'); for (;;); }
  tell('make')(context);
} }, () => 1));
export const other = dag('other', ({ task }) => task('make', () => 1));`,
  });
  expect((await ridgeline(['run', 'a'], { cwd })).signal).toBe('SIGKILL');
  expect([existsSync(join(cwd, 'crashed')), existsSync(join(cwd, 'told'))]).toEqual([true, false]);
  expect((await ridgeline(['run', 'other'], { cwd })).code).toBe(0);
  expect(told(cwd).filter(({ dag }) => dag === 'a')).toMatchObject([
    { who: 'make', hook: 'onSuccess', run: '1' },
    { who: 'project', hook: 'onSuccess', run: '1' },
  ]);
});
