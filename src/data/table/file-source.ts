import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { RidgelineError } from '../../contracts/errors.ts';
import type { ByteSource } from '../../contracts/store.ts';

/**
 * A local file by ranges. It is opened for each read, so nothing is held that nobody closes.
 *
 * @throws {RidgelineError} NO_FILE, FILE_DENIED, NOT_A_FILE (kind `store`); FILE_CHANGED when it is replaced or written
 *   to between two reads.
 */
export async function openFileSource(path: string): Promise<ByteSource> {
  const { size, identity } = await withFile(path, identify);
  const read = (start: number, target: Uint8Array): Promise<void> =>
    withFile(path, async (file) => {
      if ((await identify(file)).identity !== identity) throw changed(path);
      for (let done = 0; done < target.length;) {
        const { bytesRead } = await file.read(target, done, target.length - done, start + done);
        if (bytesRead === 0) throw changed(path);
        done += bytesRead;
      }
    });
  return {
    byteLength: size,
    readInto: read,
    async slice(start, end = size) {
      const target = new Uint8Array(Math.max(0, Math.min(end, size) - start));
      await read(start, target);
      return target;
    },
  };
}

async function withFile<T>(path: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, constants.O_RDONLY);
    return await work(file);
  } catch (error) {
    throw RidgelineError.is(error) ? error : explain(path, error as NodeJS.ErrnoException);
  } finally {
    await file?.close();
  }
}

async function identify(file: FileHandle): Promise<{ size: number; identity: string }> {
  const stat = await file.stat({ bigint: true });
  if (!stat.isFile()) throw Object.assign(new Error('not a file'), { code: 'EISDIR' });
  return { size: Number(stat.size), identity: `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeNs}` };
}

function explain(path: string, error: NodeJS.ErrnoException): RidgelineError {
  const causes: Record<string, [string, string, string]> = {
    ENOENT: ['NO_FILE', 'there is no such file', 'check the path'],
    ENOTDIR: ['NO_FILE', 'there is no such file', 'check the path'],
    EACCES: ['FILE_DENIED', 'it may not be read', 'check its permissions'],
    EPERM: ['FILE_DENIED', 'it may not be read', 'check its permissions'],
    EISDIR: ['NOT_A_FILE', 'expected a file, got something else', 'give the path of one CSV or Parquet file'],
  };
  const [code, what, remedy] = causes[error.code ?? ''] ?? ['FILE_FAILED', error.message, 'check the disk'];
  return new RidgelineError(code, 'store', `${path}: ${what}`, { remedy, position: { file: path }, cause: error });
}

function changed(path: string): RidgelineError {
  return new RidgelineError('FILE_CHANGED', 'store', `${path}: it was changed while it was read`, {
    remedy: 'run the command again when nothing writes to it',
    position: { file: path },
  });
}
