import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { RidgelineError } from '../../contracts/errors.ts';
import type { ValueRef } from '../../contracts/log.ts';
import type { Store } from '../../contracts/store.ts';
import { writeValue } from './value-write.ts';

/**
 * Stores a file as a value that can be published: `.csv` and `.parquet` as a table, `.json` as a model if it is one, else
 * as it is.
 *
 * @param name how messages and the version's metadata name it
 * @throws {RidgelineError} UNKNOWN_FORMAT; of kind `content` for a file that is not what its name says.
 */
export async function adoptFile(path: string, name: string, store: Store, scratchDir: string): Promise<ValueRef> {
  const value = await readFileValue(path, name);
  const { signal } = new AbortController();
  return writeValue(value, { store, scratchDir, subject: name, lineage: undefined, signal });
}

async function readFileValue(path: string, name: string): Promise<unknown> {
  const extension = extname(path).toLowerCase();
  if (extension === '.csv' || extension === '.parquet') {
    const { openPath } = await import('../../data/table/index.ts');
    const table = await openPath(path, { name });
    return table.withSource({ name, synthetic: false, sha256: await hashFile(path) });
  }
  if (extension === '.json') {
    const text = await readFile(path, 'utf8');
    const value = parse(text, name);
    if (!isModelText(value)) return value;
    const { RidgeModel } = await import('../../core/ridge-model.ts');
    return RidgeModel.read(text, name);
  }
  throw new RidgelineError('UNKNOWN_FORMAT', 'usage', `${name}: expected .csv, .parquet or .json, got "${extension}"`, {
    remedy: 'convert it to one of these',
  });
}

function parse(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RidgelineError('NOT_JSON', 'content', `${name}: is no JSON: ${(error as Error).message}`, {
      position: { file: name },
    });
  }
}

function isModelText(value: unknown): boolean {
  const format = (value as { format?: unknown } | null)?.format;
  return typeof format === 'string' && format.startsWith('ridgeline.model/');
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
