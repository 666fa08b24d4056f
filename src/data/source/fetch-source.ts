import { createHash } from 'node:crypto';
import { lstat, open } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { PinnedFile } from '../../contracts/context.ts';
import { RidgelineError } from '../../contracts/errors.ts';
import { download, unavailable } from './download.ts';
import type { FetchOptions } from './fetch-options.ts';

const READ_BYTES = 1 << 20;

export interface FetchedSource {
  /** Absolute path of the verified file. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly from: 'data-dir' | 'cache' | 'network';
}

/**
 * Finds a public file: in the data directory, else the cache, else on the network; verified before it is handed out.
 *
 * @throws {RidgelineError} SOURCE_UNAVAILABLE when the policy's places do not have it (under `auto` and `synthetic` the
 *   caller makes its synthetic sample then); SOURCE_CHECKSUM (kind `content`) when one has other bytes than pinned, under
 *   every policy: a damaged file is never covered up by a fallback, and never overwritten.
 */
export async function fetchSource(file: PinnedFile, options: FetchOptions): Promise<FetchedSource> {
  const { policy, dataDir, cacheDir } = options;
  if (policy === 'synthetic') throw unavailable(file, 'the source is to be synthetic', 'choose --source auto');

  const places = [
    ...(dataDir === undefined ? [] : [{ from: 'data-dir', path: resolve(dataDir, file.name) } as const]),
    { from: 'cache', path: resolve(cacheDir, file.name) } as const,
  ];
  for (const { from, path } of places) {
    const found = await hashFile(path);
    if (found === undefined) continue;
    if (found.sha256 !== file.sha256) {
      throw new RidgelineError(
        'SOURCE_CHECKSUM',
        'content',
        `${path} must have SHA-256 ${file.sha256}, got ${found.sha256} (${found.sizeBytes} bytes)`,
        { remedy: `delete it, and it is downloaded anew from ${file.url}`, position: { file: path } },
      );
    }
    return { path, from, ...found };
  }
  if (policy === 'file') {
    const looked = places.map(({ path }) => path).join(' and ');
    throw unavailable(file, `not at ${looked}`, `put it there (from ${file.url}), or allow --source download`);
  }
  const path = resolve(cacheDir, file.name);
  return { path, from: 'network', sha256: file.sha256, sizeBytes: await download(file, path, options) };
}

/** Undefined when there is no such file. */
async function hashFile(path: string): Promise<{ sizeBytes: number; sha256: string } | undefined> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw unreadable(path, error);
  });
  if (found === undefined) return undefined;
  const hash = createHash('sha256');
  try {
    const file = await open(path);
    try {
      const buffer = new Uint8Array(READ_BYTES);
      for (let read = -1; read !== 0;) {
        ({ bytesRead: read } = await file.read(buffer));
        hash.update(buffer.subarray(0, read));
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    throw unreadable(path, error as Error);
  }
  return { sizeBytes: found.size, sha256: hash.digest('hex') };
}

function unreadable(path: string, cause: Error): RidgelineError {
  return new RidgelineError('SOURCE_UNREADABLE', 'store', `${path} cannot be read: ${cause.message.split(',')[0]}`, {
    remedy: 'give this user the right to read it, or set RIDGELINE_DATA_DIR to another folder',
    cause,
  });
}
