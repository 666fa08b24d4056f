import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MLFLOW } from './mlflow-environment.ts';
import { minio } from './minio.ts';
import { findPython } from './python.ts';
import { startServer, type Server } from './server.ts';
import { skipOrFail } from './skip.ts';

/** A real MLflow of one test file's own: SQLite, artifacts in the tests' MinIO and through the server's proxy. */
export interface Mlflow {
  readonly uri: string;
  /** A Python with MLflow's own client, `onnx` and `onnxruntime`. */
  readonly python: string;
  /** `MLFLOW_TRACKING_URI`, for our programs and for Python. */
  readonly env: Readonly<Record<string, string>>;
  /** Kills it, keeping its data; `start` brings it back at the same address. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

let running: Promise<Mlflow | undefined> | undefined;

/**
 * Starts MLflow once per test file; it ends with the file's process. Await it at the top level of the test file: the first
 * call on a machine installs it, and starting takes ten seconds. Undefined where it cannot be had, which `CI=true` turns
 * into a failure.
 */
export async function mlflow(): Promise<Mlflow | undefined> {
  running ??= begin();
  return running;
}

async function begin(): Promise<Mlflow | undefined> {
  const what = 'the tests against a real MLflow';
  const found = await findPython(MLFLOW);
  if (!found.ok) return skipOrFail(what, found.reason);
  const files = await minio();
  if (files === undefined) return skipOrFail(what, 'Its files go into the MinIO of the tests, which is not there');
  const bucket = await files.createBucket();
  const folder = await mkdtemp(join(tmpdir(), 'ridgeline-mlflow-'));
  const { python } = found;
  const launch = (port?: number): Promise<Server> =>
    startServer({
      command: (port) =>
        [python, '-m', 'mlflow', 'server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1'].concat(
          ['--backend-store-uri', `sqlite:///${folder}/mlflow.db`],
          ['--serve-artifacts', '--artifacts-destination', `s3://${bucket}/mlflow`],
        ),
      env: {
        ...files.env,
        MLFLOW_S3_ENDPOINT_URL: files.endpoint,
        MLFLOW_DISABLE_TELEMETRY: 'true',
        MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false', // seven Python processes that nothing here asks for
      },
      healthPath: '/health',
      folder,
      port,
    });
  let server = await launch();
  const { endpoint, port } = server;
  return {
    uri: endpoint,
    python,
    env: { MLFLOW_TRACKING_URI: endpoint },
    stop: () => server.kill(),
    async start() {
      server = await launch(port);
    },
  };
}
