import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { openStore } from '../../../src/data/store/index.ts';
import { minio } from '../../setup/minio.ts';

const server = await minio();
const BODY = new TextEncoder().encode('body');

/** One object per key, kept as S3 does; `before` may answer in its place. */
async function serve(before: (request: IncomingMessage, response: ServerResponse) => boolean, conditional = true) {
  const objects = new Map<string, { body: Buffer; writer: string }>();
  const http = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const key = request.url!.split('?')[0]!;
    const answers = before(request, response);
    const found = objects.get(key);
    let status = 200;
    if (request.method === 'PUT' && conditional && request.headers['if-none-match'] === '*' && found) status = 412;
    else if (request.method === 'PUT')
      objects.set(key, {
        body: Buffer.concat(chunks),
        writer: String(request.headers['x-amz-meta-ridgeline-writer']),
      });
    else if (!found) status = 404;
    if (answers) return;
    response.writeHead(status, {
      ETag: '"e"',
      'x-amz-meta-ridgeline-writer': found?.writer ?? '',
      'content-length': request.method === 'PUT' ? 0 : (found?.body.length ?? 0),
    });
    response.end(request.method === 'GET' ? found?.body : undefined);
  });
  await new Promise<void>((resolve) => void http.listen(0, '127.0.0.1', resolve));
  afterAll(() => {
    http.closeAllConnections();
    http.close();
  });
  const endpoint = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  return openStore('s3://bucket', { AWS_ENDPOINT_URL: endpoint, AWS_ACCESS_KEY_ID: 'k', AWS_SECRET_ACCESS_KEY: 's' });
}

describe.skipIf(!server)('an S3 store says what is wrong', () => {
  it('when the bucket does not exist, with the command that creates it', async () => {
    const store = await openStore('s3://no-such-bucket/x', server!.env);
    const error = {
      code: 'STORE_NO_BUCKET',
      kind: 'store',
      remedy: expect.stringContaining('aws s3 mb s3://no-such-bucket --endpoint-url http://127'),
    };
    await expect(store.put('a', BODY)).rejects.toMatchObject(error);
    await expect(store.create('a', BODY)).rejects.toMatchObject(error);
    await expect(store.get('a')).rejects.toMatchObject(error);
    await expect(store.head('a')).rejects.toMatchObject(error);
    await expect(store.open('a')).rejects.toMatchObject(error);
    await expect(store.list('')[Symbol.asyncIterator]().next()).rejects.toMatchObject(error);
  });

  it('when the key or the secret is wrong, naming neither', async () => {
    const bucket = await server!.createBucket();
    for (const wrong of [{ AWS_SECRET_ACCESS_KEY: 'hunter2hunter2' }, { AWS_ACCESS_KEY_ID: 'hunter2hunter2' }]) {
      const store = await openStore(`s3://${bucket}`, { ...server!.env, ...wrong });
      for (const attempt of [() => store.put('a', BODY), () => store.get('a'), () => store.head('a')]) {
        const thrown = await attempt().then(
          () => undefined,
          (error: unknown) => error as Error & { remedy: string },
        );
        expect(thrown).toMatchObject({
          code: 'STORE_DENIED',
          kind: 'store',
          remedy: expect.stringContaining('AWS_SECRET_ACCESS_KEY'),
        });
        expect(thrown!.message + thrown!.remedy).not.toMatch(/hunter2|tests/);
      }
    }
  });

  it('when the server is gone, and works again when it is back', async () => {
    const bucket = await server!.createBucket();
    const store = await openStore(`s3://${bucket}`, server!.env);
    await store.put('a', BODY);
    await server!.stop();
    await expect(store.put('b', BODY)).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
      message: expect.stringContaining(server!.endpoint),
    });
    await server!.start();
    await store.put('b', BODY);
    expect(await store.get('a')).toEqual(BODY);
  });
});

describe('an S3 store before a server that', () => {
  it('takes a create and loses the answer: the repeat knows its own object', async () => {
    let lost = false;
    const store = await serve((request) => {
      if (request.method !== 'PUT' || lost) return false;
      lost = true;
      request.socket.destroy();
      return true;
    });
    expect(await store.create('a', BODY)).toBe(true);
    expect(lost).toBe(true);
    expect(await store.create('a', BODY)).toBe(false);
  });

  it('breaks off an answer: it is asked again', async () => {
    let broken = 0;
    const store = await serve((request, response) => {
      if (request.method !== 'GET' || broken++ > 0) return false;
      response.writeHead(200, { 'content-length': 4 });
      response.write('bo', () => request.socket.destroy());
      return true;
    });
    await store.put('a', BODY);
    expect(await store.get('a')).toEqual(BODY);
    expect(broken).toBe(2);
  });

  it('is in the middle of another conditional write: it waits', async () => {
    let conflicts = 0;
    const store = await serve((request, response) => {
      if (request.method !== 'PUT' || conflicts++ > 2) return false;
      response.writeHead(409, { 'content-type': 'application/xml' });
      response.end('<Error><Code>ConditionalRequestConflict</Code></Error>');
      return true;
    });
    const other = await store.create('a', BODY);
    expect(conflicts).toBeGreaterThan(2);
    expect(other).toBe(true);
  });

  it('ignores If-None-Match: it is refused at the first create', async () => {
    const store = await serve(() => false, false);
    await expect(store.create('a', BODY)).rejects.toMatchObject({
      code: 'STORE_UNSUPPORTED',
      message: expect.stringContaining('If-None-Match'),
    });
  });

  it('has another time: the clock is named', async () => {
    const store = await serve((_, response) => {
      response.writeHead(403, { 'content-type': 'application/xml' });
      response.end('<Error><Code>RequestTimeTooSkewed</Code></Error>');
      return true;
    });
    await expect(store.get('a')).rejects.toMatchObject({
      code: 'STORE_CLOCK_SKEW',
      remedy: expect.stringContaining('clock'),
    });
  });
});
