import { RidgelineError } from '../contracts/errors.ts';
import type { Store } from '../contracts/store.ts';
import type { Environment } from '../data/store/index.ts';
import { createMlflowClient, type MlflowClient } from './mlflow-client.ts';
import { refusalCode } from './mlflow-errors.ts';
import { ARTIFACT_FILE } from './model-files.ts';
import { RECORD_KEYS } from './records.ts';
import { createRegistry } from './registry.ts';
import { openArtifacts } from './send-artifacts.ts';

/**
 * The artifact of a registered model, by the address MLflow gives it: `models:/Name@alias` or `models:/Name/3`. With an
 * MLflow server it is the server's registry that counts, where people move aliases; without one, the store's.
 *
 * @returns JSON text for `readModel`
 * @throws {RidgelineError} TRACKING_UNKNOWN when there is no such version; what the server or the store throws
 */
export async function readRegisteredModel(address: string, store: Store, env: Environment): Promise<Uint8Array> {
  const [, name, alias, version] = /^models:\/([^/@]+)(?:@([^/@]+)|\/(\d+))$/.exec(address) ?? [];
  if (name === undefined)
    throw new RidgelineError('USAGE', 'usage', `${address}: expected models:/Name@alias or models:/Name/3`);
  const client = createMlflowClient(env);
  if (client !== undefined) return readFromServer(client, address, name, alias, version);
  const found = await createRegistry(store).findVersion(name, alias ?? Number(version));
  if (found === undefined) throw unknown(address, `the store ${store.url}`);
  return store.get(RECORD_KEYS.artifact(found.run, `${found.path}/${ARTIFACT_FILE}`));
}

async function readFromServer(
  client: MlflowClient,
  address: string,
  name: string,
  alias: string | undefined,
  version: string | undefined,
): Promise<Uint8Array> {
  await client.version();
  try {
    type Answer = { model_version: { version: string } };
    const number =
      version ?? (await client.get<Answer>('registered-models/alias', { name, alias: alias! })).model_version.version;
    const query = { name, version: number };
    const { artifact_uri } = await client.get<{ artifact_uri: string }>('model-versions/get-download-uri', query);
    const place = await openArtifacts(client, artifact_uri);
    try {
      return await place.get(ARTIFACT_FILE);
    } finally {
      await place.close();
    }
  } catch (error) {
    if (refusalCode(error) !== 'RESOURCE_DOES_NOT_EXIST' && refusalCode(error) !== 'INVALID_PARAMETER_VALUE')
      throw error;
    throw unknown(address, `MLflow at ${client.server}`);
  }
}

function unknown(address: string, place: string): RidgelineError {
  return new RidgelineError('TRACKING_UNKNOWN', 'usage', `${address}: no such registered model at ${place}`, {
    remedy: 'check name, version and alias; MLFLOW_TRACKING_URI says whose registry it is, or --store',
  });
}
