import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RidgelineError } from '../contracts/errors.ts';
import type { ByteSource, Store } from '../contracts/store.ts';
import type { Table, TableRef } from '../contracts/table.ts';
import type { RidgeModel } from '../core/ridge-model.ts';
import type { CliContext } from './context.ts';

/** Something a command reads: as the user named it, and its bytes by ranges. */
interface Input {
  readonly name: string;
  readonly source: ByteSource;
  /** Where kernel threads find it, if they can. */
  readonly place?: Pick<TableRef, 'location' | 'key'>;
}

/**
 * Opens the table behind a word on the command line: a path, a URL, or a key of the store.
 *
 * @throws {RidgelineError} NO_INPUT, what the store throws, and what reading a Parquet footer or typing a CSV throws
 */
export async function openData(context: CliContext, word: string): Promise<Table> {
  const { detectFormat, readTable } = await import('../data/table/index.ts');
  const { name, source, place } = await openInput(context, word, 'DATA');
  return readTable(source, { name, format: await detectFormat(name, source), place });
}

/**
 * Opens the model behind a word on the command line: a path, a URL, or a key of the store, whose last letters may be left
 * out while no other model's key begins like that; or `models:/Name@alias`, `models:/Name/3` in the model registry.
 *
 * @throws {RidgelineError} NO_INPUT, NOT_A_MODEL, NEWER_MODEL, and what the store throws
 */
export async function openModel(context: CliContext, word: string): Promise<RidgeModel> {
  const { RidgeModel } = await import('../core/ridge-model.ts');
  if (word.startsWith('models:/')) return RidgeModel.read(await readRegistered(context, word), word);
  const { name, source } = await openInput(context, word, 'MODEL');
  // A model is small. Whatever is larger is something else, and its first bytes are enough to say so.
  const bytes = await source.slice(0, Math.min(source.byteLength, 256 * 2 ** 20));
  return RidgeModel.read(new TextDecoder().decode(bytes), name);
}

async function readRegistered({ storeUrl, env }: CliContext, address: string): Promise<string> {
  const [{ openStore }, { readRegisteredModel }] = await Promise.all([
    import('../data/store/index.ts'),
    import('../tracking/index.ts'),
  ]);
  const store = await openStore(storeUrl, env);
  return new TextDecoder().decode(await readRegisteredModel(address, store, env));
}

async function openInput(context: CliContext, word: string, what: 'DATA' | 'MODEL'): Promise<Input> {
  const path = pathOfInput(context.cwd, word);
  if (word === '-' || word.startsWith('file:')) return openFile(word, path);
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(word)) return openUrl(context, word);
  if (existsSync(path)) return openFile(word, path);
  return openKey(context, word, what);
}

/** The file that a word on the command line means, if it means a file. @throws {RidgelineError} USAGE */
export function pathOfInput(cwd: string, word: string): string {
  if (word === '-') return '/dev/stdin';
  return word.startsWith('file:') ? pathOf(word) : resolve(cwd, word);
}

async function openFile(word: string, path: string): Promise<Input> {
  const { openFileSource } = await import('../data/table/index.ts');
  return { name: word, source: await openFileSource(path), place: { location: 'path', key: path } };
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw new RidgelineError('USAGE', 'usage', `${url}: expected the URL of a local file`, {
      remedy: 'write it with three slashes: file:///data/houses.csv, or give the path',
      cause,
    });
  }
}

/** `s3://bucket/prefix/key`: the store is the bucket. */
async function openUrl(context: CliContext, url: string): Promise<Input> {
  if (/^https?:/i.test(url)) {
    throw new RidgelineError(
      'USAGE',
      'usage',
      `${url}: expected a path or s3://bucket/key, got the address of a page`,
      {
        remedy: 'download it first, for instance with curl -O, and give the file',
      },
    );
  }
  const { openStore } = await import('../data/store/index.ts');
  const [, bucket, key] = /^([a-z0-9+.-]+:\/\/[^/]+)\/(.+)$/i.exec(url) ?? [];
  if (bucket === undefined || key === undefined) {
    throw new RidgelineError('USAGE', 'usage', `${url}: expected s3://bucket/key, got no key`);
  }
  const store = await openStore(bucket, context.env);
  return { name: url, source: await store.open(key) };
}

async function openKey(context: CliContext, word: string, what: 'DATA' | 'MODEL'): Promise<Input> {
  const { openStore } = await import('../data/store/index.ts');
  const store = await openStore(context.storeUrl, context.env);
  const key = await findKey(store, word, what);
  if (key !== undefined) return { name: key, source: await store.open(key), place: { location: 'store', key } };
  throw new RidgelineError('NO_INPUT', 'store', `${word}: no such file, and no such key in the store ${store.url}`, {
    remedy: 'give a path, s3://bucket/key, or a key of the store (--store, --home)',
    position: { file: word },
  });
}

async function findKey(store: Store, word: string, what: 'DATA' | 'MODEL'): Promise<string | undefined> {
  if (word.startsWith('/') || word.split('/').some((part) => part === '' || part === '.' || part === '..')) {
    return undefined; // a path, and no key
  }
  if (await store.head(word)) return word;
  if (what === 'DATA' || !/^objects\/[0-9a-f]{6,}/.test(word)) return undefined;
  const keys: string[] = [];
  for await (const { key } of store.list(word)) if (key.endsWith('.json')) keys.push(key);
  return keys.length === 1 ? keys[0] : undefined;
}
