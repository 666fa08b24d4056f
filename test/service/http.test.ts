import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ridgeline } from '../cli/ridgeline.ts';
import { project, startUp, until, write } from './project.ts';

const FILES = {
  'ridgeline.config.ts': `export default { pipelines: ['p.ts'] };`,
  'p.ts': `import { dag, dataset } from 'ridgeline';
const prices = dataset('prices', { check: async (table, { log }) => {
  const price = await table.column('price');
  log.info(price.length + ' prices');
  const row = price.findIndex((each) => each <= 0);
  if (row >= 0) throw new Error('column "price" must be positive, got ' + price[row] + ' at row ' + row);
} });
const sums = dataset('sums');
export const load = dag('load', { params: { x: 1 } }, ({ task }) =>
  task('read', { outlet: sums }, (_, { params, log }) => { log.info('reading ' + params.x); return params.x; }));
export const add = dag('add', { schedule: prices, consume: 'each' }, ({ task }) =>
  task('sum', { inputs: { prices }, outlet: sums }, async ({ prices }) =>
    (await prices.column('price')).reduce((a, b) => a + b, 0)));`,
};

test('the HTTP interface: trigger, publish once for a key, events, errors', async () => {
  const cwd = project(FILES);
  const up = await startUp(cwd);
  expect(await up.get<'GET /api/health'>('/api/health')).toMatchObject({ state: 'active', pid: up.health.pid });
  expect((await up.get<'GET /api/dags'>('/api/dags')).dags.map(({ id }) => id)).toEqual(['add', 'load']);

  const stream = await fetch(`${up.health.url}/api/events`);
  expect(stream.headers.get('content-type')).toBe('text/event-stream');

  const triggered = await up.post('/api/dags/load/trigger', { params: { x: 7 } });
  const { id } = (await triggered.json()) as { id: string };
  const run = await until(
    () => up.get<'GET /api/runs/:run'>(`/api/runs/${id}`),
    ({ state }) => state === 'success',
    'the run',
  );
  expect(run).toMatchObject({ dag: 'load', params: { x: 7 }, published: { sums: 1 }, trigger: { type: 'manual' } });
  expect(await up.get<'GET /api/runs/:run/logs'>(`/api/runs/${id}/logs`)).toMatchObject({
    lines: [{ task: 'read', message: 'reading 7' }],
  });

  const csv = { 'content-type': 'text/csv', 'idempotency-key': 'day 1' };
  const path = '/api/datasets/prices/versions';
  expect(await (await up.post(path, 'price\n1.5\n2\n', csv)).json()).toEqual({ version: 1, fresh: true });
  expect(await (await up.post(path, 'price\n1.5\n2\n', csv)).json()).toEqual({ version: 1, fresh: false });
  const summed = await until(
    () => up.get<'GET /api/datasets/:dataset/versions'>('/api/datasets/sums/versions'),
    ({ versions }) => versions.length === 2,
    'the consumer',
  );
  expect(summed.versions[0]).toMatchObject({ version: 2, value: { kind: 'json', value: 3.5 }, inputs: { prices: 1 } });
  expect((await up.get<'GET /api/runs'>('/api/runs?dag=add')).runs).toHaveLength(1);
  expect(await (await up.post('/api/datasets/prices/versions/1/replay')).json()).toMatchObject({
    runs: [{ dag: 'add', trigger: { type: 'replay', of: 'prices@1' } }],
  });

  const seen = await readUntil(stream, 'event: run.finished\ndata: {"type":"run.finished","run":{"id":"2');
  expect(seen).toContain('event: version.published\ndata: {"type":"version.published","version":{"dataset":"prices"');

  for (const [answer, status, message] of [
    [up.post(path, 'a,b\n1\n', { ...csv, 'idempotency-key': 'day 2' }), 422, 'upload.csv'],
    [up.post(path, 'price\n3\n-1\n', { ...csv, 'idempotency-key': 'day 3' }), 422, 'positive, got -1 at row 1'],
    [up.post('/api/datasets/Prices/versions', 'price\n3\n', csv), 400, '\\"prices\\" differs from it in case only'],
    [up.post('/api/datasets/a%20b/versions', 'a\n1\n', { ...csv, 'idempotency-key': 'z' }), 400, 'a name is'],
    [up.post(path, 'a', { 'content-type': 'application/pdf' }), 400, 'expected a file'],
    [up.post('/api/dags/nope/trigger'), 404, 'no pipeline'],
    [up.post('/api/dags/load/trigger', { params: { y: 1 } }), 400, 'no parameter \\"y\\"'],
    [up.post('/api/dags/load/trigger', { parms: {} }), 400, 'no field \\"parms\\"'],
    [up.post('/api/dags/load/trigger', '{'), 400, 'no JSON'],
    [up.post('/api/dags/load'), 405, 'takes GET'],
    [up.post('/api/nope'), 404, 'there is no /api/nope'],
    [fetch(up.health.url), 404, 'start from one of /api/health, /api/dags, /api/runs, /api/datasets, /api/events'],
    [fetch(`${up.health.url}/api/runs?limit=x`), 400, 'limit is a whole number'],
    [fetch(`${up.health.url}/api/datasets/prices/versions/x`), 400, 'whole number'],
    [fetch(`${up.health.url}/api/runs/%ff`), 400, 'percent-encoded'],
    [up.post('/api/dags/load/pause', {}, { origin: 'http://evil.example' }), 403, 'other sites'],
  ] as const) {
    const response = await answer;
    const text = await response.text();
    expect([response.status, text], text).toEqual([status, expect.stringContaining(message)]);
    expect(text).not.toContain('    at ');
  }
  writeFileSync(join(cwd, 'bad.csv'), 'price\n0\n');
  expect(await ridgeline(['dataset', 'publish', 'prices', 'bad.csv'], { cwd })).toEqual({
    code: 4,
    signal: null,
    stdout: '',
    stderr: `1 prices\nridgeline: bad.csv: the check of dataset "prices" refused it: column "price" must be positive, got 0 at row 0
  nothing was published\n`,
  });
  expect((await up.get<'GET /api/datasets/:dataset/versions'>(path)).versions).toHaveLength(1);
  expect((await up.stop()).code).toBe(0);
});

test('dataset publish with nobody at work runs a check, and tells a consumer, that the home has not seen yet', async () => {
  const unchecked = FILES['p.ts'].replace(/, \{ check[^]*?\n\} \}/, '');
  const cwd = project({ ...FILES, 'p.ts': unchecked, 'bad.csv': 'price\n0\n' });
  const publish = () => ridgeline(['dataset', 'publish', 'prices', 'bad.csv'], { cwd });
  expect((await publish()).stdout).toBe('published prices version 1 from bad.csv, for add\n');
  const late = `export const late = dag('late', { schedule: prices }, ({ task }) => task('t', () => 1));`;
  write(cwd, 'p.ts', `${FILES['p.ts']}\n${late}`);
  expect(await publish()).toMatchObject({ code: 4, stdout: '', stderr: expect.stringContaining('positive, got 0') });
  writeFileSync(join(cwd, 'bad.csv'), 'price\n1\n');
  expect((await publish()).stdout).toBe('published prices version 2 from bad.csv, for add, late\n');
});

test('beyond this machine it asks for a token, made once and readable by its owner alone', async () => {
  const cwd = project(FILES);
  const up = await startUp(cwd, ['--host', '0.0.0.0']);
  const file = join(cwd, '.ridgeline/token');
  // eslint-disable-next-line no-bitwise -- permission bits
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const token = readFileSync(file, 'utf8').trim();
  const url = up.health.url.replace('0.0.0.0', '127.0.0.1');
  expect((await fetch(`${url}/api/health`)).status).toBe(401);
  expect((await fetch(`${url}/api/health`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
  expect(up.log()).not.toContain(token);
});

test('a port that is taken is an error that says so', async () => {
  const up = await startUp(project(FILES));
  const port = new URL(up.health.url).port;
  const ended = await ridgeline(['up', '--port', port], { cwd: project(FILES) });
  expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining(`port ${port} of 127.0.0.1 is taken`) });
});

async function readUntil(stream: Response, text: string): Promise<string> {
  let seen = '';
  for await (const part of stream.body!.pipeThrough(new TextDecoderStream())) {
    seen += part;
    if (seen.includes(text)) return seen;
  }
  throw new Error(`the stream ended without ${text}: ${seen}`);
}
