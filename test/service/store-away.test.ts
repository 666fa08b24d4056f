import { expect, test } from 'vitest';
import { ridgeline } from '../cli/ridgeline.ts';
import { project } from './project.ts';

test('while the store is away, what a home records by itself is recorded, and said to rest on what it knew', async () => {
  const cwd = project({
    'ridgeline.config.ts': `export default { pipelines: ['p.ts'] };`,
    'p.ts': `import { dag } from 'ridgeline';
export const one = dag('one', ({ task }) => task('only', () => 1));`,
  });
  const env = {
    AWS_ENDPOINT_URL: 'http://127.0.0.1:9', // nobody listens on the port that discards
    AWS_ACCESS_KEY_ID: 'user',
    AWS_SECRET_ACCESS_KEY: 'password',
  };
  const run = (...args: string[]) => ridgeline([...args, '--store', 's3://bucket'], { cwd, env });
  const [triggered, listed] = await Promise.all([run('trigger', 'one'), run('dataset', 'list')]);
  expect(triggered).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^queued 1-\w+ {2}one, started by hand\n$/),
    stderr: expect.stringMatching(/no answer \(ECONNREFUSED\); going on with what this home knew before\n/),
  });
  expect(listed).toMatchObject({ code: 3, stderr: expect.stringContaining('check that the server runs at') });
});
