import type { Dirent } from 'node:fs';
import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectInfo } from '../../contracts/store.ts';
import { isAbsent } from './file-errors.ts';
import { ASIDE, compareKeys } from './object-key.ts';

/**
 * Files of a folder tree as keys, in ascending UTF-8 byte order of the whole key, folder by folder as the caller reads on.
 *
 * @param prefix of the key, not necessarily at a `/`
 * @param startAfter the last key not wanted; empty for all
 */
export async function* listFolder(root: string, prefix: string, startAfter: string): AsyncGenerator<ObjectInfo> {
  yield* walk('');

  async function* walk(base: string): AsyncGenerator<ObjectInfo> {
    for (const key of await names(base)) {
      const isFolder = key.endsWith('/');
      if (!key.startsWith(prefix) && !(isFolder && prefix.startsWith(key))) continue;
      if (compareKeys(key, startAfter) <= 0 && !(isFolder && startAfter.startsWith(key))) continue;
      if (isFolder) yield* walk(key);
      else yield* statFile(key);
    }
  }

  /** Entries of a folder, folders ending in `/`, which is also how they sort among the keys. */
  async function names(base: string): Promise<string[]> {
    const entries = await readdir(join(root, base), { withFileTypes: true }).catch((error: unknown): Dirent[] => {
      if (isAbsent(error)) return [];
      throw error;
    });
    return entries
      .filter((entry) => (entry.isDirectory() && base + entry.name !== ASIDE) || entry.isFile())
      .map((entry) => base + entry.name + (entry.isDirectory() ? '/' : ''))
      .toSorted(compareKeys);
  }

  /** Nothing for a file that was deleted since its name was read. */
  async function* statFile(key: string): AsyncGenerator<ObjectInfo> {
    try {
      yield { key, sizeBytes: (await lstat(join(root, key))).size };
    } catch (error) {
      if (!isAbsent(error)) throw error;
    }
  }
}

/** Removes the files of a folder that were last written longer ago than that. */
export async function sweepFolder(folder: string, olderThanMs: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = await lstat(path).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > olderThanMs) await rm(path, { force: true });
  }
}
