import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ridgeline, start } from '../cli/ridgeline.ts';
import { project, startUp, untilSaid, write } from './project.ts';

test('logs -f says what there is and what comes, until the run has ended', async () => {
  const cwd = project({
    'ridgeline.config.ts': `export default { pipelines: ['p.ts'] };`,
    'p.ts': `import { existsSync } from 'node:fs';
import { dag } from 'ridgeline';
export const slow = dag('slow', ({ task }) => task('wait', async (_, { log }) => {
  log.info('first');
  while (!existsSync('go')) await new Promise((resolve) => setTimeout(resolve, 20));
  log.warn('last');
}));`,
  });
  const up = await startUp(cwd);
  const { id } = (await (await up.post('/api/dags/slow/trigger')).json()) as { id: string };
  const follow = start(['logs', '-f', id], { cwd, home: join(cwd, '.ridgeline') });
  const said = await untilSaid(follow.child.stdout, 'first');
  expect(said()).not.toContain('last');

  write(cwd, 'go', '');
  const { code, stdout } = await follow.ended;
  expect(code).toBe(0);
  expect(stdout.trim().split('\n')).toEqual([
    expect.stringMatching(/ wait first$/),
    expect.stringMatching(/ wait last$/),
  ]);
  expect((await ridgeline(['logs', id], { cwd })).stdout).toBe(stdout);
  expect(await ridgeline(['logs', id, 'nap'], { cwd })).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/no task "nap"\n {2}its tasks: wait\n$/),
  });
});

test('a log says why a task failed and where: thrown, timed out, out of heap, its thread gone; each fails alone', async () => {
  const cwd = project({
    'ridgeline.config.ts': `export default { pipelines: ['p.ts'], taskHeapMb: 64 };`,
    'p.ts': `import { dag } from 'ridgeline';
export const all = dag('all', ({ task }) => {
  task('throws', () => { throw new TypeError('no such price'); });
  task('lasts', { timeoutMs: 50 }, () => { for (;;); });
  task('hoards', () => { const all: number[][] = []; for (let i = 0.5; ; i++) all.push(new Array(5_000_000).fill(i)); });
  task('leaves', () => process.exit(3));
  task('quiet', () => 1);
});`,
  });
  expect((await ridgeline(['run', 'all'], { cwd })).code).toBe(1);
  const lines = (await ridgeline(['logs', '1'], { cwd })).stdout;
  expect(lines).toMatch(/throws TypeError: no such price\n.* throws   at \/.*\/p\.ts:3:32\n/);
  expect(lines).toContain('lasts task "lasts": expected to end within 50 ms, it was stopped then');
  expect(lines).toContain('hoards task "hoards": its thread had more than 64 MB of JavaScript heap in use');
  expect(lines).toMatch(/hoards work through the batches of a table .*, or raise taskHeapMb/);
  expect(lines).toContain('leaves task "leaves": its thread ended under it');
  const { runs } = JSON.parse((await ridgeline(['list', '--runs', '--json'], { cwd })).stdout) as {
    runs: { tasks: { id: string; state: string }[] }[];
  };
  expect(runs[0]!.tasks.filter(({ state }) => state === 'success').map(({ id }) => id)).toEqual(['quiet']);
  expect((await ridgeline(['logs', '1', 'quiet'], { cwd })).stderr).toContain('nothing was logged; the run is failed');
});
