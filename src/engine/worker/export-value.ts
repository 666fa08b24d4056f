import { randomUUID } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { RidgelineError } from '../../contracts/errors.ts';
import type { Exported } from '../../contracts/executor.ts';
import type { ValueRef } from '../../contracts/log.ts';
import type { Store } from '../../contracts/store.ts';
import { openTable, writeCsvFile } from '../../data/table/index.ts';
import { scratchError } from '../scratch-error.ts';

const COPY_BYTES = 8 * 1024 * 1024;

/**
 * Copies a stored value to a fixed key in the format of the key's extension (R18): a table as `.csv` or `.parquet`, a
 * model or other JSON as `.json`, bytes under any name. Readers of the key see the old bytes or the new.
 *
 * @throws {RidgelineError} BAD_EXPORT for a value that has no such format.
 */
export async function exportValue(value: ValueRef, key: string, store: Store, scratchDir: string): Promise<Exported> {
  const extension = extname(key).toLowerCase();
  if (value.kind === 'table' && extension === '.csv') {
    const path = join(scratchDir, `${randomUUID()}.csv`);
    return putAside(path, key, store, async () => {
      const written = await writeCsvFile(await openTable(value.ref, store), path);
      return { rows: written.numRows, sizeBytes: written.sizeBytes };
    });
  }
  if (value.kind === 'table' && extension === '.parquet') {
    const path = join(scratchDir, `${randomUUID()}.parquet`);
    return putAside(path, key, store, async () => {
      await copyOut(value.ref.key, path, store);
      return { rows: value.ref.numRows, sizeBytes: value.ref.sizeBytes };
    });
  }
  if ((value.kind === 'model' && extension === '.json') || value.kind === 'file') {
    await store.put(key, await store.get(value.key));
    return { rows: undefined, sizeBytes: value.sizeBytes };
  }
  if (value.kind === 'json' && extension === '.json') {
    const bytes = new TextEncoder().encode(`${JSON.stringify(value.value, undefined, 2)}\n`);
    await store.put(key, bytes);
    return { rows: undefined, sizeBytes: bytes.byteLength };
  }
  const message = `export "${key}": a ${value.kind} cannot be written as "${extension}"`;
  const remedy = 'tables are exported as .csv or .parquet, models and JSON as .json, bytes under any extension';
  throw new RidgelineError('BAD_EXPORT', 'usage', message, { remedy });
}

async function putAside(path: string, key: string, store: Store, write: () => Promise<Exported>): Promise<Exported> {
  try {
    const exported = await write();
    await store.put(key, { path, sizeBytes: exported.sizeBytes, temporary: true });
    return exported;
  } catch (error) {
    throw scratchError(error, dirname(path));
  } finally {
    await rm(path, { force: true });
  }
}

async function copyOut(key: string, path: string, store: Store): Promise<void> {
  const source = await store.open(key);
  const file = await open(path, 'w');
  try {
    for (let start = 0; start < source.byteLength; start += COPY_BYTES)
      await file.writeFile(await source.slice(start, Math.min(start + COPY_BYTES, source.byteLength)));
  } finally {
    await file.close();
  }
}
