import { randomUUID } from 'node:crypto';
import { constants, readFile } from 'node:fs';
import { copyFile, link, lstat, mkdir, open, realpath, rename, rm, unlink } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { RidgelineError } from '../../contracts/errors.ts';
import type { ByteSource, LocalFile, ObjectInfo, Store } from '../../contracts/store.ts';
import { fileError, isAbsent } from './file-errors.ts';
import { FileSource } from './file-source.ts';
import { listFolder, sweepFolder } from './file-list.ts';
import { ASIDE, checkKey } from './object-key.ts';

/** Leftovers of a killed process are this old before they are cleared away: no write takes that long. */
const STALE_MS = 24 * 3600 * 1000;

// eslint-disable-next-line no-bitwise -- open flags
const NO_LINKS = constants.O_RDONLY | constants.O_NOFOLLOW;
/** Cheaper than `fs/promises`, which make an object of every file they open: a long log is read 1.3 times as fast. */
const readWhole = promisify(readFile) as unknown as (path: string, options: { flag: number }) => Promise<Buffer>;

/**
 * Objects as files of one folder, made at the first write.
 *
 * A write goes to `.tmp/`, is synced, then takes its final name in one step, then the folder is synced: a final name
 * never shows a part, also after a crash. `put` renames over what is there; `create` makes a hard link, which fails when
 * the name exists.
 */
export class FileStore implements Store {
  readonly url: string;
  readonly #root: string;
  #realRoot: string | undefined;
  #asideReady = false;

  /** @param root absolute path; need not exist yet. */
  constructor(root: string) {
    this.#root = root;
    this.url = pathToFileURL(root).href;
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    return this.#attempt('look up', key, async (path) => {
      const found = await this.#existing(path, (path) => lstat(path));
      return found?.isFile() ? { key, sizeBytes: found.size } : undefined;
    });
  }

  async open(key: string): Promise<ByteSource> {
    return this.#attempt('open', key, async (path) => {
      await this.#inside(dirname(path));
      return FileSource.open(path, (thrown) => this.#failure(thrown, 'read', key));
    });
  }

  async get(key: string): Promise<Uint8Array> {
    return this.#attempt('read', key, async (path) => {
      await this.#inside(dirname(path));
      const bytes = await readWhole(path, { flag: NO_LINKS });
      return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    });
  }

  async put(key: string, body: Uint8Array | LocalFile): Promise<void> {
    return this.#attempt('write', key, async (path) => {
      await this.#ensure(dirname(path));
      const aside = await this.#writeAside(body);
      try {
        await rename(aside, path);
      } catch (error) {
        await rm(aside, { force: true });
        throw error;
      }
      await syncFolder(dirname(path));
    });
  }

  async create(key: string, body: Uint8Array): Promise<boolean> {
    return this.#attempt('create', key, async (path) => {
      await this.#ensure(dirname(path));
      const aside = await this.#writeAside(body);
      try {
        await link(aside, path);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EEXIST') return false;
        if (code === 'ENOTSUP' || code === 'EPERM' || code === 'ENOSYS') throw noHardLinks(this.#root, error);
        throw error;
      } finally {
        await unlink(aside);
      }
      await syncFolder(dirname(path));
      return true;
    });
  }

  async *list(prefix: string, options: { startAfter?: string } = {}): AsyncIterable<ObjectInfo> {
    try {
      yield* listFolder(this.#root, prefix, options.startAfter ?? '');
    } catch (error) {
      throw this.#failure(error, 'list', prefix);
    }
  }

  async delete(key: string): Promise<void> {
    return this.#attempt('delete', key, async (path) => {
      await this.#existing(path, (path) => unlink(path));
    });
  }

  async close(): Promise<void> {}

  async #attempt<T>(verb: string, key: string, work: (path: string) => Promise<T>): Promise<T> {
    checkKey(key);
    try {
      return await work(join(this.#root, ...key.split('/')));
    } catch (error) {
      throw this.#failure(error, verb, key);
    }
  }

  #failure(error: unknown, verb: string, key: string): RidgelineError {
    return fileError(error, `${verb} ${key}`, this.#root);
  }

  /** The answer about a path inside the store, or undefined when nothing is there. */
  async #existing<T>(path: string, ask: (path: string) => Promise<T>): Promise<T | undefined> {
    try {
      await this.#inside(dirname(path));
      return await ask(path);
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  }

  /** Follows symbolic links: a folder must exist and lie within the store. */
  async #inside(folder: string): Promise<void> {
    const real = await realpath(folder);
    this.#realRoot ??= await realpath(this.#root);
    if (real === this.#realRoot || real.startsWith(this.#realRoot + sep)) return;
    throw new RidgelineError('STORE_KEY', 'usage', `store: ${folder} is a symbolic link out of the store, to ${real}`, {
      remedy: 'replace the link by a folder, or open the store at the place it leads to',
    });
  }

  /** Makes a folder and those above it, each durable in its parent before anything is put in it. */
  async #ensure(folder: string): Promise<void> {
    try {
      if (folder.startsWith(this.#root + sep)) await this.#inside(folder);
      else await realpath(folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(folder) === folder) throw error;
      await this.#ensure(dirname(folder));
      await mkdir(folder).catch((thrown: NodeJS.ErrnoException) => {
        if (thrown.code === 'ENOENT') throw noFolders(folder, thrown);
        if (thrown.code !== 'EEXIST') throw thrown;
      });
      await syncFolder(dirname(folder));
    }
  }

  /** Brings a body into `.tmp/`, durable, and answers its path. */
  async #writeAside(body: Uint8Array | LocalFile): Promise<string> {
    const folder = join(this.#root, ASIDE);
    if (!this.#asideReady) {
      await this.#ensure(folder);
      await sweepFolder(folder, STALE_MS);
      this.#asideReady = true;
    }
    const aside = join(folder, randomUUID());
    try {
      if (!(body instanceof Uint8Array)) await bring(body, aside);
      const handle = await open(aside, body instanceof Uint8Array ? 'wx' : 'r');
      try {
        if (body instanceof Uint8Array) await handle.writeFile(body);
        await handle.datasync();
      } finally {
        await handle.close();
      }
      return aside;
    } catch (error) {
      await rm(aside, { force: true });
      throw error;
    }
  }
}

/** Moves a temporary file; copies one that is the caller's, or that lies on another file system. */
async function bring(file: LocalFile, path: string): Promise<void> {
  try {
    if (file.temporary) return await rename(file.path, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
  }
  await copyFile(file.path, path, constants.COPYFILE_FICLONE);
  if (file.temporary) await rm(file.path, { force: true });
}

/** Makes new names in a folder durable. Windows has no such call and needs none. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** As `/proc` answers, on which Node's own `recursive` tries for ever. */
function noFolders(folder: string, cause: unknown): RidgelineError {
  return new RidgelineError('STORE_READ_ONLY', 'store', `store: the file system makes no folder ${folder}`, {
    remedy: 'choose a folder on a writable file system with --store',
    cause,
  });
}

function noHardLinks(root: string, cause: unknown): RidgelineError {
  return new RidgelineError('STORE_UNSUPPORTED', 'store', `store: the file system of ${root} has no hard links`, {
    remedy: 'put the store on a local disk (ext4, xfs, APFS, NTFS) or into a bucket',
    cause,
  });
}
