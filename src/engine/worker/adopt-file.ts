import type { MessagePort } from 'node:worker_threads';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { DatasetCheck } from '../../contracts/context.ts';
import { RidgelineError } from '../../contracts/errors.ts';
import type { ModuleRef } from '../../contracts/executor.ts';
import type { ValueRef } from '../../contracts/log.ts';
import type { AdoptedFile } from '../pool/messages.ts';
import { withContext } from './attempt.ts';
import type { LoadedModule } from './load-module.ts';
import { refusedBy } from './refused-by.ts';
import { settings } from './thread-store.ts';
import { readValue } from './value-read.ts';
import { writeValue } from './value-write.ts';

/**
 * Stores a file as a value that can be published: `.csv` and `.parquet` as a table, `.json` as a model if it is one, else
 * as it is. Like what a task returns, it must pass the checks of its dataset (R2), and stays for inspection if it does not.
 *
 * @throws {RidgelineError} UNKNOWN_FORMAT; CHECK_FAILED, or what a check threw if that is a `RidgelineError`; of kind
 *   `content` for a file that is not what its name says; of a module with a check, what `load` throws.
 */
export async function adoptFile(
  { path, name, dataset, checkedBy }: AdoptedFile,
  link: MessagePort,
  load: (module: ModuleRef) => Promise<LoadedModule>,
): Promise<ValueRef> {
  const checks = new Set<DatasetCheck>();
  for (const { dag, module } of checkedBy) {
    const check = (await load(module)).dags.get(dag)?.checks[dataset];
    if (check !== undefined) checks.add(check);
  }
  const [{ dag = '', module = { name: '', url: '' } } = {}] = checkedBy;
  const request = { module, dag, run: '', task: '', mapIndex: -1, attempt: 1, inputs: {}, params: {}, pinned: {} };
  return withContext(request, link, async (context) => {
    const { store, signal } = context;
    const around = { store, scratchDir: settings.scratchDir, subject: name, lineage: undefined, signal };
    const value = await writeValue(await readFileValue(path, name), around);
    for (const check of checks) {
      try {
        await check(await readValue(value, store), context);
      } catch (error) {
        throw RidgelineError.is(error) ? error : refusedBy('content', `${name}: `, dataset, error);
      }
    }
    return value;
  });
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
