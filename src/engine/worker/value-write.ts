import { createHash, randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RidgelineError } from '../../contracts/errors.ts';
import type { ValueRef } from '../../contracts/log.ts';
import { isModel, type DatasetVersionRef, type RidgeModelArtifact } from '../../contracts/model.ts';
import type { Store } from '../../contracts/store.ts';
import { isTable, type Table } from '../../contracts/table.ts';
import { scratchError } from '../scratch-error.ts';

/** JSON is carried in the log and the database: what is larger belongs in a table. */
const MAX_JSON_BYTES = 64 * 1024;

export interface WriteOptions {
  readonly store: Store;
  readonly scratchDir: string;
  /** How messages name it: `task "train"`. */
  readonly subject: string;
  /** The dataset version that a model was fitted on. */
  readonly lineage: DatasetVersionRef | undefined;
  readonly signal: AbortSignal;
}

/**
 * Stores what a task returned and hands back the reference: a table as Parquet, a model as JSON and bytes (Uint8Array) as
 * they are, each under the hash of its bytes; small JSON inline. Nothing is visible by it: what names the object is
 * written later.
 *
 * @throws {RidgelineError} BAD_RESULT for anything else, naming the task and the place in the value.
 */
export async function writeValue(value: unknown, options: WriteOptions): Promise<ValueRef> {
  const ref = await write(value === undefined ? null : value, '', options);
  if (ref.kind === 'json') checkSize(ref.value, options.subject);
  return ref;
}

async function write(value: unknown, path: string, options: WriteOptions): Promise<ValueRef> {
  if (isTable(value)) return writeTable(value, options);
  if (isModel(value)) return writeModelObject(value.artifact, options);
  if (value instanceof Uint8Array) return { kind: 'file', ...(await writeObject(value, 'bin', options.store)) };
  if (Array.isArray(value)) {
    const items = await inOrder(value, (item, index) => write(item ?? null, `${path}[${index}]`, options));
    return items.every(isJson) ? { kind: 'json', value: items.map((item) => item.value) } : { kind: 'list', items };
  }
  if (isPlainObject(value)) {
    const entries = Object.entries(value).filter(([, field]) => field !== undefined);
    const fields = await inOrder(entries, async ([name, field]): Promise<[string, ValueRef]> => [
      name,
      await write(field, `${path}.${name}`, options),
    ]);
    return fields.every((field): field is [string, JsonRef] => isJson(field[1]))
      ? { kind: 'json', value: Object.fromEntries(fields.map(([name, field]) => [name, field.value])) }
      : { kind: 'record', fields: Object.fromEntries(fields) };
  }
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value))
    return { kind: 'json', value };
  const got = `${describe(value)}${path && ` at ${path}`}`;
  const message = `${options.subject}: expected a Table, a fitted model, bytes or JSON as its result, got ${got}`;
  throw new RidgelineError('BAD_RESULT', 'usage', message, {
    remedy: 'return plain data; put columns into a table with tableFromColumns',
  });
}

async function writeTable(table: Table, { store, scratchDir, signal }: WriteOptions): Promise<ValueRef> {
  const source = table.source === undefined ? {} : { source: table.source };
  // Nothing was done to it since it came from the store: the reference is all there is to hand on.
  if (table.ref?.location === 'store' && table.ref.format === 'parquet')
    return { kind: 'table', ref: table.ref, ...source };
  const { writeParquet } = await import('../../data/table/index.ts');
  const path = join(scratchDir, `${randomUUID()}.parquet`);
  try {
    const written = await writeParquet(table, path, { signal });
    const key = `objects/${written.sha256}.parquet`;
    if ((await store.head(key)) === undefined)
      await store.put(key, { path, sizeBytes: written.sizeBytes, temporary: true });
    return { kind: 'table', ref: { ...written, location: 'store', key }, ...source };
  } catch (error) {
    throw scratchError(error, scratchDir);
  } finally {
    await rm(path, { force: true });
  }
}

async function writeModelObject(fitted: RidgeModelArtifact, { store, lineage }: WriteOptions): Promise<ValueRef> {
  const { writeModel } = await import('../../core/model-write.ts');
  const artifact = fitted.dataset === undefined && lineage !== undefined ? { ...fitted, dataset: lineage } : fitted;
  const bytes = new TextEncoder().encode(writeModel(artifact));
  return { kind: 'model', ...(await writeObject(bytes, 'json', store)) };
}

/** Under the hash of its bytes; what is there already is not written again. */
async function writeObject(
  bytes: Uint8Array,
  extension: string,
  store: Store,
): Promise<{ key: string; sizeBytes: number; sha256: string }> {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const key = `objects/${sha256}.${extension}`;
  if ((await store.head(key)) === undefined) await store.put(key, bytes);
  return { key, sizeBytes: bytes.byteLength, sha256 };
}

type JsonRef = Extract<ValueRef, { kind: 'json' }>;
const isJson = (ref: ValueRef): ref is JsonRef => ref.kind === 'json';

function checkSize(value: unknown, subject: string): void {
  const bytes = Buffer.byteLength(JSON.stringify(value));
  if (bytes <= MAX_JSON_BYTES) return;
  const message = `${subject}: expected at most ${MAX_JSON_BYTES} bytes of JSON as its result, got ${bytes}`;
  throw new RidgelineError('BAD_RESULT', 'usage', message, { remedy: 'return a Table' });
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function describe(value: unknown): string {
  if (typeof value === 'object') return `a ${value?.constructor?.name ?? 'null'}`;
  return typeof value === 'function' || typeof value === 'symbol' ? `a ${typeof value}` : String(value);
}

/** One after the other: tables are written one at a time, which bounds memory. */
async function inOrder<T, R>(items: readonly T[], work: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const [index, item] of items.entries()) results.push(await work(item, index));
  return results;
}
