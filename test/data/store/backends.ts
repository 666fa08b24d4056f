import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll } from 'vitest';
import type { Environment } from '../../../src/data/store/index.ts';
import { minio } from '../../setup/minio.ts';

/** One kind of store, as every suite over stores runs on it. */
export interface Backend {
  readonly name: string;
  readonly available: boolean;
  readonly env: Environment;
  /** URL of an empty store. */
  fresh(): Promise<string>;
}

/** Both backends; await at the top level of a test file. */
export async function backends(): Promise<readonly Backend[]> {
  const server = await minio();
  const parent = await mkdtemp(join(tmpdir(), 'ridgeline-store-'));
  afterAll(() => rm(parent, { recursive: true, force: true }));
  let count = 0;
  return [
    {
      name: 'folder',
      available: true,
      env: {},
      fresh: async () => pathToFileURL(join(parent, `store-${count++}`)).href,
    },
    {
      name: 'MinIO',
      available: server !== undefined,
      env: server?.env ?? {},
      fresh: async () => `s3://${await server!.createBucket()}/some/prefix`,
    },
  ];
}
