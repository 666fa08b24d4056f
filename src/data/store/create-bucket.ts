import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from './environment.ts';
import { fileError } from './file-errors.ts';
import { checkKey } from './object-key.ts';
import { locate } from './open-store.ts';

/**
 * Makes the bucket, or the folder, that a store URL names.
 *
 * @returns false when it is there already
 * @throws {RidgelineError} of kind `store` when it cannot be made: not allowed, out of reach, somebody else's.
 */
export async function createBucket(url: string, env: Environment): Promise<boolean> {
  const place = locate(url);
  if (place.scheme === 's3') return (await import('./s3-bucket.ts')).createS3Bucket(url, env);
  try {
    return (await mkdir(place.folder, { recursive: true })) !== undefined;
  } catch (error) {
    throw fileError(error, 'make the folder', place.folder);
  }
}

/** The same for a bucket of the store's account, or a folder in a folder store. */
export async function createBucketBeside(storeUrl: string, name: string, env: Environment): Promise<boolean> {
  const place = locate(storeUrl);
  checkKey(name);
  return createBucket(place.scheme === 's3' ? `s3://${name}` : join(place.folder, name), env);
}
