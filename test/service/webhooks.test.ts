import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { ridgeline } from '../cli/ridgeline.ts';
import { project } from './project.ts';

test('webhooks hear of what they asked for; one that does not answer is said and fails nothing', async () => {
  const heard: { path: string; body: Record<string, unknown> }[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (part) => (text += part));
    request.on('end', () => {
      heard.push({ path: request.url!, body: JSON.parse(text) as Record<string, unknown> });
      response.writeHead(request.url === '/away/secret' ? 503 : 200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const cwd = project({
    'ridgeline.config.ts': `export default { pipelines: ['p.ts'], hooks: [
      { url: '${url}/failures' }, { url: '${url}/all', on: ['success', 'failed', 'retry'] }, { url: '${url}/away/secret', on: ['success'] }] };`,
    'p.ts': `import { dag } from 'ridgeline';
export const good = dag('good', ({ task }) => task('one', { retries: 1, retryDelayMs: 1 }, (_, { attempt }) => {
  if (attempt === 1) throw new Error('once');
}));
export const bad = dag('bad', ({ task }) => task('one', () => { throw new Error('no such thing'); }));`,
  });
  const good = await ridgeline(['run', 'good'], { cwd });
  expect(good.code).toBe(0);
  expect(good.stderr).toContain(`hook ${url}: not delivered: answered 503`);
  expect(good.stderr).not.toContain('secret');
  expect((await ridgeline(['run', 'bad'], { cwd })).code).toBe(1);

  const to = (path: string) => heard.filter((each) => each.path === path).map(({ body }) => body);
  expect(to('/failures')).toMatchObject([
    { hook: 'failed', type: 'run.finished', run: { dag: 'bad', error: { message: 'Error: no such thing' } } },
  ]);
  expect(to('/all').map(({ hook }) => hook)).toEqual(['retry', 'success', 'failed']);
});
