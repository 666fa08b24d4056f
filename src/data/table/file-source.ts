import { closeSync, constants, fstatSync, openSync, read, readSync, statSync, type BigIntStats } from 'node:fs';
import { promisify } from 'node:util';
import { RidgelineError } from '../../contracts/errors.ts';
import type { ByteSource } from '../../contracts/store.ts';

/** A file nobody has read from for so long is closed; the next read opens it again. */
const IDLE_MS = 500;
/** Smaller pieces come sooner than a thread that fetches them: page headers, footers. */
const AT_ONCE_BYTES = 64 * 1024;

const readAsync = promisify(read);

/**
 * A local file by ranges. It is closed when it is left alone, so nothing is held that nobody closes.
 *
 * @throws {RidgelineError} NO_FILE, FILE_DENIED, NOT_A_FILE (kind `store`); FILE_CHANGED when it is replaced or written
 *   to between two reads.
 */
export async function openFileSource(path: string): Promise<ByteSource> {
  const file = new LocalFile(path);
  return {
    byteLength: file.size,
    readInto: (start, target) => file.read(start, target),
    async slice(start, end = file.size) {
      const target = new Uint8Array(Math.max(0, Math.min(end, file.size) - start));
      await file.read(start, target);
      return target;
    },
  };
}

class LocalFile {
  readonly size: number;
  readonly #path: string;
  readonly #identity: string;
  #descriptor: number | undefined;
  #reading = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor(path: string) {
    this.#path = path;
    const descriptor = this.#open();
    ({ size: this.size, identity: this.#identity } = this.#explained(() => identify(descriptor)));
  }

  async read(start: number, target: Uint8Array): Promise<void> {
    const descriptor = this.#open();
    if (this.#explained(() => identify(descriptor)).identity !== this.#identity) throw changed(this.#path);
    this.#reading++;
    try {
      for (let done = 0; done < target.length;) {
        const rest = target.length - done;
        const bytesRead =
          rest <= AT_ONCE_BYTES
            ? readSync(descriptor, target, done, rest, start + done)
            : (await readAsync(descriptor, target, done, rest, start + done)).bytesRead;
        if (bytesRead === 0) throw changed(this.#path);
        done += bytesRead;
      }
    } catch (error) {
      throw RidgelineError.is(error) ? error : explain(this.#path, error as NodeJS.ErrnoException);
    } finally {
      this.#reading--;
    }
  }

  #open(): number {
    this.#idle ??= setTimeout(() => this.#close(), IDLE_MS).unref();
    this.#idle.refresh();
    return (this.#descriptor ??= this.#explained(() => openSync(this.#path, constants.O_RDONLY)));
  }

  #close(): void {
    if (this.#reading > 0) return void this.#idle?.refresh();
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #explained<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw explain(this.#path, error as NodeJS.ErrnoException);
    }
  }
}

/** What another file under the same path does not have, nor the same one written to; empty when there is none. */
export function fileIdentity(path: string): string {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? '' : identityOf(stat);
}

function identityOf({ dev, ino, size, mtimeNs }: BigIntStats): string {
  return `${dev}:${ino}:${size}:${mtimeNs}`;
}

function identify(descriptor: number): { size: number; identity: string } {
  const stat = fstatSync(descriptor, { bigint: true });
  if (!stat.isFile()) throw Object.assign(new Error('not a file'), { code: stat.isDirectory() ? 'EISDIR' : 'ESPIPE' });
  return { size: Number(stat.size), identity: identityOf(stat) };
}

function explain(path: string, error: NodeJS.ErrnoException): RidgelineError {
  const causes: Record<string, [string, string, string]> = {
    ENOENT: ['NO_FILE', 'there is no such file', 'check the path'],
    ENOTDIR: ['NO_FILE', 'there is no such file', 'check the path'],
    EACCES: ['FILE_DENIED', 'it may not be read', 'check its permissions'],
    EPERM: ['FILE_DENIED', 'it may not be read', 'check its permissions'],
    EISDIR: ['NOT_A_FILE', 'expected a file, got a folder', 'give the path of one CSV or Parquet file'],
    ESPIPE: [
      'NOT_A_FILE',
      'expected a file, got a pipe or a device',
      'write it to a file first: it is read more than once',
    ],
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
