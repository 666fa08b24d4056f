import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RidgelineError } from '../../contracts/errors.ts';
import type { Store } from '../../contracts/store.ts';
import type { Environment } from './environment.ts';
import { FileStore } from './file-store.ts';

/**
 * Opens the store behind a URL. Nothing is asked of it yet: a folder is made at the first write, a bucket never is.
 *
 * @param url `file:///…`, a path, or `s3://bucket/prefix`
 * @param env the standard AWS variables, for `s3:`
 * @throws {RidgelineError} STORE_URL (kind `usage`) for any other URL, and for one with credentials in it.
 */
export async function openStore(url: string, env: Environment): Promise<Store> {
  const place = locate(url);
  if (place.scheme === 'file') return new FileStore(place.folder);
  const { openS3Store } = await import('./s3-store.ts'); // the S3 client costs 150-200 ms to load
  return openS3Store(url, env);
}

/** @throws {RidgelineError} STORE_URL for what is no store. */
export function locate(url: string): { readonly scheme: 's3' } | { readonly scheme: 'file'; readonly folder: string } {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme === undefined) return { scheme: 'file', folder: resolve(url) };
  if (scheme === 's3') return { scheme };
  if (scheme === 'file') return { scheme, folder: folderOf(url) };
  throw new RidgelineError('STORE_URL', 'usage', `store: expected file: or s3:, got ${scheme}:`, {
    remedy: 'give a folder, file:///folder or s3://bucket/prefix with --store or RIDGELINE_STORE',
  });
}

function folderOf(url: string): string {
  try {
    return resolve(fileURLToPath(url));
  } catch (cause) {
    throw new RidgelineError('STORE_URL', 'usage', `store: ${url} must be a URL of a local folder`, {
      remedy: 'write it with three slashes: file:///srv/ridgeline',
      cause,
    });
  }
}
