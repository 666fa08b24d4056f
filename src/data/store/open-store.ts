import { RidgelineError } from '../../contracts/errors.ts';
import type { Store } from '../../contracts/store.ts';

/** Environment variables as handed in by the command line; nothing below reads `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Opens the store behind a URL. A folder is made when it is missing, a bucket never is.
 *
 * @param url `file:///…`, a plain path, or `s3://bucket/prefix`
 * @param env the standard AWS variables, for `s3:`
 * @throws {RidgelineError} STORE_URL for any other URL; STORE_NO_BUCKET, STORE_DENIED, STORE_UNREACHABLE at first use.
 */
export async function openStore(url: string, env: Environment): Promise<Store> {
  void env;
  throw new RidgelineError('STORE_URL', 'usage', `store: not yet able to open ${url}`);
}
