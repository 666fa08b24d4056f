import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { findMinioBinary } from './minio-binary.ts';
import { startServer, type Server } from './server.ts';
import { skipOrFail } from './skip.ts';

/** A real MinIO of one test file's own. */
export interface Minio {
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string;
  /** Standard AWS variables for `openStore` and for child processes. */
  readonly env: Readonly<Record<string, string>>;
  /** Makes a bucket of a fresh name and answers it. */
  createBucket(): Promise<string>;
  /** Stops it (SIGKILL), keeping its data; `start` brings it back at the same address. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

let running: Promise<Minio | undefined> | undefined;

/**
 * Starts MinIO once per test file; it ends with the file's process, however that ends.
 *
 * Await it at the top level of the test file, outside hooks and tests: the first call on a machine may build it, which
 * takes two minutes and must not count against a timeout. Undefined where it cannot be had, which `CI=true` turns into a
 * failure: `describe.skipIf(!server)`.
 */
export async function minio(): Promise<Minio | undefined> {
  running ??= findMinioBinary().then((found) =>
    found.ok ? start(found.path) : skipOrFail('the tests against a real MinIO', found.reason),
  );
  return running;
}

async function start(binary: string): Promise<Minio> {
  const accessKeyId = 'tests';
  const secretAccessKey = randomBytes(16).toString('hex');
  const folder = await mkdtemp(join(tmpdir(), 'ridgeline-minio-'));
  const launch = async (port?: number): Promise<Server> =>
    startServer({
      command: (port) => [binary, 'server', folder, '--quiet', '--address', `127.0.0.1:${port}`],
      env: { MINIO_ROOT_USER: accessKeyId, MINIO_ROOT_PASSWORD: secretAccessKey, MINIO_BROWSER: 'off' },
      healthPath: '/minio/health/live',
      folder,
      port,
    });
  let server = await launch();
  const { endpoint, port } = server;
  const env = {
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_REGION: 'us-east-1',
  };
  const credentials = { accessKeyId, secretAccessKey };
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  return {
    endpoint,
    env,
    async createBucket() {
      const Bucket = `test-${randomBytes(6).toString('hex')}`;
      await client.send(new CreateBucketCommand({ Bucket }));
      return Bucket;
    },
    stop: () => server.kill(),
    async start() {
      server = await launch(port);
    },
  };
}
