import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { fetchSource, type FetchOptions } from '../../../src/data/source/index.ts';

const BODY = randomBytes(300_000);
const SHA256 = createHash('sha256').update(BODY).digest('hex');

const scratch = await mkdtemp(join(tmpdir(), 'ridgeline-source-'));
let requests = 0;
let answer: RequestListener;
const server = createServer((request, response) => {
  requests++;
  answer(request, response);
}).listen(0, '127.0.0.1');
await once(server, 'listening');
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(scratch, { recursive: true });
});

const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/5976036`;
const file = { name: 'data.tgz', url, sha256: SHA256 };
let dataDir: string;
let cacheDir: string;

function fetchWith(policy: FetchOptions['policy'], more: Partial<FetchOptions> = {}, wanted = file) {
  return fetchSource(wanted, { policy, dataDir, cacheDir, ...more });
}

beforeEach(async () => {
  const root = await mkdtemp(join(scratch, 'case-'));
  dataDir = join(root, 'data');
  cacheDir = join(root, 'home', 'cache');
  await mkdir(dataDir);
  requests = 0;
  answer = (_, response) => response.writeHead(200, { 'content-length': BODY.length }).end(BODY);
});

describe('a source', () => {
  it('is taken from the data directory, and nothing is downloaded or cached', async () => {
    await writeFile(join(dataDir, 'data.tgz'), BODY);
    for (const policy of ['auto', 'download', 'file'] as const) {
      const found = await fetchWith(policy);
      expect(found).toEqual({
        path: join(dataDir, 'data.tgz'),
        sizeBytes: BODY.length,
        sha256: SHA256,
        from: 'data-dir',
      });
    }
    expect(requests).toBe(0);
    await expect(readdir(cacheDir)).rejects.toThrow('ENOENT');
  });

  it('is downloaded once, with progress, then taken from the cache', async () => {
    const progress: [number, number | undefined][] = [];
    const first = await fetchWith('auto', { onProgress: (done, total) => progress.push([done, total]) });
    expect(first).toMatchObject({ from: 'network', sizeBytes: BODY.length, path: join(cacheDir, 'data.tgz') });
    expect(progress.at(-1)).toEqual([BODY.length, BODY.length]);
    expect(BODY.equals(await readFile(first.path))).toBe(true);
    expect(await fetchWith('file')).toMatchObject({ from: 'cache', path: first.path });
    expect(requests).toBe(1);
    expect(await readdir(cacheDir)).toEqual(['data.tgz']);
  });

  it('comes through a redirect', async () => {
    answer = (request, response) =>
      request.url === '/there' ? response.end(BODY) : response.writeHead(302, { location: '/there' }).end();
    expect(await fetchWith('download')).toMatchObject({ from: 'network' });
  });

  it('is downloaded by several at once without a clash', async () => {
    const all = await Promise.all([1, 2, 3].map(() => fetchWith('download')));
    expect(new Set(all.map(({ path }) => path)).size).toBe(1);
    expect(await readdir(cacheDir)).toEqual(['data.tgz']);
  });

  it.each(['auto', 'download', 'file'] as const)(
    'with other bytes in the data directory fails under %s',
    async (policy) => {
      await writeFile(join(dataDir, 'data.tgz'), 'other');
      const got = createHash('sha256').update('other').digest('hex');
      await expect(fetchWith(policy)).rejects.toMatchObject({
        code: 'SOURCE_CHECKSUM',
        kind: 'content',
        message: `${join(dataDir, 'data.tgz')} must have SHA-256 ${SHA256}, got ${got} (5 bytes)`,
      });
      expect(requests).toBe(0);
    },
  );

  it('with other bytes in the cache fails, and they are left for inspection', async () => {
    await mkdir(cacheDir, { recursive: true });
    await writeFile(join(cacheDir, 'data.tgz'), BODY.subarray(0, 1000));
    const error = { code: 'SOURCE_CHECKSUM', kind: 'content', remedy: expect.stringContaining('delete it') };
    await expect(fetchWith('auto')).rejects.toMatchObject(error);
    expect(await readFile(join(cacheDir, 'data.tgz'))).toHaveLength(1000);
  });

  it.each(['auto', 'download'] as const)(
    'with other bytes on the network fails under %s and keeps the cache clean',
    async (policy) => {
      answer = (_, response) => response.end('<html>please log in</html>');
      await expect(fetchWith(policy)).rejects.toMatchObject({
        code: 'SOURCE_CHECKSUM',
        kind: 'content',
        message: expect.stringContaining(`data.tgz from ${url} must have SHA-256 ${SHA256}, got `),
      });
      expect(await readdir(cacheDir)).toEqual([]);
    },
  );

  it('is unavailable when the policy forbids the places that have it', async () => {
    await expect(fetchWith('file')).rejects.toMatchObject({
      code: 'SOURCE_UNAVAILABLE',
      kind: 'store',
      message: expect.stringContaining(dataDir),
    });
    await writeFile(join(dataDir, 'data.tgz'), BODY);
    await expect(fetchWith('synthetic')).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' });
    expect(requests).toBe(0);
  });

  const outages: [string, RequestListener, string][] = [
    ['answers 404', (_, response) => response.writeHead(404).end(), 'HTTP 404'],
    ['asks for a browser', (_, response) => response.writeHead(202).end(), 'HTTP 202'],
    ['hangs up', (request) => request.socket.destroy(), 'data.tgz is not available'],
    [
      'hangs up in the middle',
      (request, response) =>
        response
          .writeHead(200, { 'content-length': BODY.length })
          .write(BODY.subarray(0, 9), () => request.socket.destroy()),
      'data.tgz is not available',
    ],
    [
      'goes silent',
      (_, response) => response.writeHead(200, { 'content-length': BODY.length }).write('x'),
      'no byte in 0.1 s',
    ],
  ];
  it.each(outages)('is unavailable when the server %s, and the cache stays clean', async (_, listener, message) => {
    answer = listener;
    await expect(fetchWith('auto', { timeoutMs: 100 })).rejects.toMatchObject({
      code: 'SOURCE_UNAVAILABLE',
      message: expect.stringContaining(message),
      remedy: expect.stringContaining('RIDGELINE_DATA_DIR'),
    });
    expect(await readdir(cacheDir)).toEqual([]);
  });

  it('is unavailable without a network', async () => {
    const offline = { ...file, url: 'http://no-such-host.invalid/x' };
    await expect(fetchWith('auto', {}, offline)).rejects.toMatchObject({
      code: 'SOURCE_UNAVAILABLE',
      message: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/),
    });
  });

  it('stops when told to, with the reason given', async () => {
    const abort = new AbortController();
    answer = (_, response) => {
      response.write('x');
      abort.abort(new Error('cancelled by hand'));
    };
    await expect(fetchWith('download', { signal: abort.signal })).rejects.toThrow('cancelled by hand');
    expect(await readdir(cacheDir)).toEqual([]);
  });

  it('says so when it may not be read', async () => {
    await mkdir(join(dataDir, 'data.tgz'));
    await chmod(join(dataDir, 'data.tgz'), 0);
    await expect(fetchWith('auto')).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE', kind: 'store' });
  });
});
