import { readFile, rm } from 'node:fs/promises';
import { RidgelineError } from '../../contracts/errors.ts';
import type { ByteSource, LocalFile, ObjectInfo, Store } from '../../contracts/store.ts';
import { checkKey, compareKeys } from './object-key.ts';

/** A store that lives and dies with the process: for tests of pipelines. */
export class MemoryStore implements Store {
  readonly url = 'memory:';
  /** Arrays in here are never written to: a replaced object is another array. */
  readonly #objects = new Map<string, Uint8Array>();

  async head(key: string): Promise<ObjectInfo | undefined> {
    checkKey(key);
    const body = this.#objects.get(key);
    return body && { key, sizeBytes: body.byteLength };
  }

  async open(key: string): Promise<ByteSource> {
    const body = this.#find(key);
    return {
      byteLength: body.byteLength,
      slice: async (start, end) => {
        if (this.#objects.get(key) !== body)
          throw new RidgelineError('STORE_CHANGED', 'store', `store: ${key} was replaced while it was read`);
        return body.slice(start, end);
      },
    };
  }

  async get(key: string): Promise<Uint8Array> {
    return this.#find(key).slice();
  }

  async put(key: string, body: Uint8Array | LocalFile): Promise<void> {
    checkKey(key);
    if (body instanceof Uint8Array) {
      this.#objects.set(key, body.slice());
      return;
    }
    this.#objects.set(key, new Uint8Array(await readFile(body.path)));
    if (body.temporary) await rm(body.path);
  }

  async create(key: string, body: Uint8Array): Promise<boolean> {
    checkKey(key);
    if (this.#objects.has(key)) return false;
    this.#objects.set(key, body.slice());
    return true;
  }

  async *list(prefix: string, { startAfter = '' }: { startAfter?: string } = {}): AsyncGenerator<ObjectInfo> {
    for (const key of [...this.#objects.keys()].toSorted(compareKeys)) {
      const body = this.#objects.get(key);
      if (body && key.startsWith(prefix) && compareKeys(key, startAfter) > 0) yield { key, sizeBytes: body.byteLength };
    }
  }

  async delete(key: string): Promise<void> {
    checkKey(key);
    this.#objects.delete(key);
  }

  async close(): Promise<void> {}

  #find(key: string): Uint8Array {
    checkKey(key);
    const body = this.#objects.get(key);
    if (body) return body;
    throw new RidgelineError('STORE_NOT_FOUND', 'store', `store: there is no ${key}`);
  }
}
