import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ridgeline, start } from '../cli/ridgeline.ts';
import { project, startUp, until, write } from './project.ts';

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
  let said = '';
  follow.child.stdout!.on('data', (text: string) => (said += text));
  await until(
    () => said,
    (text) => text.includes('first'),
    'the first line',
  );
  expect(said).not.toContain('last');

  write(cwd, 'go', '');
  const { code, stdout } = await follow.ended;
  expect(code).toBe(0);
  expect(stdout.trim().split('\n')).toEqual([
    expect.stringMatching(/ wait first$/),
    expect.stringMatching(/ wait last$/),
  ]);
  expect((await ridgeline(['logs', id], { cwd })).stdout).toBe(stdout);
});
