import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../src/data/store/index.ts';
import { minio } from '../setup/minio.ts';
import { ridgeline, temporaryFolder } from './command-line.ts';
import type { Ended } from './command-line.ts';
import { homesCsv } from './homes.ts';

const folder = temporaryFolder();
const server = await minio();

const run = (args: string[], env = server!.env): Promise<Ended> => ridgeline(args, folder(), { ...env });

describe.runIf(server !== undefined)('fit, predict and evaluate on a real bucket', () => {
  let bucket: string;

  beforeAll(async () => {
    bucket = `s3://${await server!.createBucket()}`;
    const store = await openStore(bucket, server!.env);
    await store.put('data/homes.csv', new TextEncoder().encode(homesCsv()));
  });

  it('read data and model by URL, and by key of the store, as from a file', async () => {
    writeFileSync(join(folder(), 'homes.csv'), homesCsv());
    const local = await run(['fit', 'homes.csv', '--target', 'price', '--out', '-']);
    const remote = await run(['fit', `${bucket}/data/homes.csv`, '--target', 'price', '--out', '-']);
    expect(remote).toMatchObject({ code: 0, stdout: local.stdout });

    const store = await openStore(bucket, server!.env);
    await store.put('models/homes.json', new TextEncoder().encode(local.stdout));
    writeFileSync(join(folder(), 'm.json'), local.stdout);
    const { stdout: wanted } = await run(['predict', 'm.json', 'homes.csv']);
    expect(await run(['predict', `${bucket}/models/homes.json`, `${bucket}/data/homes.csv`])).toMatchObject({
      code: 0,
      stdout: wanted,
    });
    expect(await run(['predict', 'models/homes.json', 'data/homes.csv', '--store', bucket])).toMatchObject({
      code: 0,
      stdout: wanted,
    });
    expect(await run(['evaluate', 'models/homes.json', 'data/homes.csv', '--store', bucket])).toMatchObject({
      code: 0,
    });
  });

  it.each<[string, string, Record<string, string>, RegExp]>([
    ['a key that is not there', '/data/nothing.csv', {}, /nothing.csv/],
    ['a bucket that is not there', '-gone/data/homes.csv', {}, /bucket/],
    ['credentials that are refused', '/data/homes.csv', { AWS_SECRET_ACCESS_KEY: 'wrong-wrong' }, /AWS_/],
    ['a server that is not there', '/data/homes.csv', { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9' }, /127\.0\.0\.1:9/],
  ])('refuse %s with exit code 3', async (_, key, env, message) => {
    const result = await run(['fit', `${bucket}${key}`, '--target', 'price'], { ...server!.env, ...env });
    expect(result).toMatchObject({ code: 3, stdout: '' });
    expect(result.stderr).toMatch(message);
    expect(result.stderr).not.toContain('wrong-wrong');
    expect(result.stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(2);
  });
});
