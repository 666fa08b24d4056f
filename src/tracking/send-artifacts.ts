import { RidgelineError } from '../contracts/errors.ts';
import type { Store } from '../contracts/store.ts';
import { openStore } from '../data/store/index.ts';
import type { MlflowClient } from './mlflow-client.ts';
import { RECORD_KEYS, type RunRecord } from './records.ts';

/** Files sent at once. */
const PARALLEL = 4;

/** Writes and reads files where a server keeps those of its runs. */
interface ArtifactPlace {
  put(path: string, body: Uint8Array): Promise<void>;
  get(path: string): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Copies a run's files to where the server keeps them. Files that are there are written again, to the same bytes. */
export async function sendArtifacts(client: MlflowClient, store: Store, record: RunRecord, uri: string): Promise<void> {
  if (record.artifacts.length === 0) return;
  const place = await openArtifacts(client, uri);
  const todo = record.artifacts.values();
  const sendNext = async (): Promise<void> => {
    for (const { path } of todo) await place.put(path, await store.get(RECORD_KEYS.artifact(record.id, path)));
  };
  try {
    await Promise.all(Array.from({ length: PARALLEL }, sendNext));
  } finally {
    await place.close();
  }
}

/**
 * Files under an artifact URI: through the server's proxy (`mlflow-artifacts:`), in a bucket or a folder.
 *
 * @throws {RidgelineError} TRACKING_ARTIFACTS for any other kind of place.
 */
export async function openArtifacts(client: MlflowClient, uri: string): Promise<ArtifactPlace> {
  const { protocol, pathname } = URL.canParse(uri) ? new URL(uri) : { protocol: 'file:', pathname: uri };
  if (protocol === 'mlflow-artifacts:') {
    const folder = decodeURIComponent(pathname).replace(/^\/+|\/+$/g, '');
    return {
      put: (path, body) => client.putArtifact(`${folder}/${path}`, body),
      get: (path) => client.getArtifact(`${folder}/${path}`),
      close: async () => undefined,
    };
  }
  if (protocol === 's3:' || protocol === 'file:') return openStore(uri, client.storeEnv);
  throw new RidgelineError('TRACKING_ARTIFACTS', 'store', `tracking: files at ${protocol}// cannot be written`, {
    remedy: 'let the server pass them on (mlflow server --serve-artifacts), or keep them in s3:// or a folder',
  });
}
