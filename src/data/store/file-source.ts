import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { RidgelineError } from '../../contracts/errors.ts';
import type { ByteSource } from '../../contracts/store.ts';

/**
 * Ranged reads of one stored file. The file is opened for each read, so nothing is held that nobody closes; reads of a
 * file that was replaced in between are refused rather than mixed.
 */
export class FileSource implements ByteSource {
  readonly byteLength: number;
  readonly #path: string;
  readonly #identity: string;
  readonly #failure: (thrown: unknown) => RidgelineError;

  private constructor(path: string, sizeBytes: number, identity: string, failure: (thrown: unknown) => RidgelineError) {
    this.#path = path;
    this.byteLength = sizeBytes;
    this.#identity = identity;
    this.#failure = failure;
  }

  static async open(path: string, failure: (thrown: unknown) => RidgelineError): Promise<FileSource> {
    const { sizeBytes, identity } = await withFile(path, identify);
    return new FileSource(path, sizeBytes, identity, failure);
  }

  async slice(start: number, end: number = this.byteLength): Promise<Uint8Array> {
    try {
      return await withFile(this.#path, async (handle) => {
        if ((await identify(handle)).identity !== this.#identity) throw replaced(this.#path);
        return await readRange(handle, start, Math.min(end, this.byteLength));
      });
    } catch (error) {
      throw this.#failure(error);
    }
  }
}

async function withFile<T>(path: string, work: (handle: FileHandle) => Promise<T>): Promise<T> {
  // eslint-disable-next-line no-bitwise -- open flags
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    return await work(handle);
  } finally {
    await handle.close();
  }
}

async function identify(handle: FileHandle): Promise<{ sizeBytes: number; identity: string }> {
  const { ino, size, mtimeNs } = await handle.stat({ bigint: true });
  return { sizeBytes: Number(size), identity: `${ino}-${size}-${mtimeNs}` };
}

async function readRange(handle: FileHandle, start: number, end: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(Math.max(0, end - start));
  let done = 0;
  while (done < bytes.length) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, start + done);
    if (bytesRead === 0) throw new Error(`ends at byte ${start + done}, expected ${end}`);
    done += bytesRead;
  }
  return bytes;
}

function replaced(path: string): RidgelineError {
  return new RidgelineError('STORE_CHANGED', 'store', `store: ${path} was replaced while it was read`, {
    remedy: 'run the command again; a published version is never replaced, a file under a fixed name may be',
  });
}
