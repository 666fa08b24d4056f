import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { RidgelineError } from '../contracts/errors.ts';
import type { Table } from '../contracts/table.ts';
import { writeCsv, writeCsvFile, writeParquet } from '../data/table/index.ts';
import type { CliContext } from './context.ts';

/**
 * Writes a table where `--out` says: `-` is CSV on standard output, else a file by its extension, which is there whole or
 * not at all. Returns the number of rows.
 *
 * @throws {RidgelineError} USAGE for another extension; OUTPUT_FAILED (kind `store`) when the file cannot be written.
 */
export async function writeTableTo(out: string, table: Table, context: CliContext): Promise<number> {
  const { signal, stdout } = context;
  if (out === '-') {
    const write = (bytes: Uint8Array): Promise<void> =>
      new Promise((resolve, reject) => stdout.write(bytes, (error) => (error ? reject(error) : resolve())));
    return (await writeCsv(table, { write }, { signal })).numRows;
  }
  const extension = extname(out).toLowerCase();
  if (extension !== '.csv' && extension !== '.parquet')
    throw new RidgelineError('USAGE', 'usage', `--out: expected a file ending in .csv or .parquet, got "${out}"`);
  const write = extension === '.csv' ? writeCsvFile : writeParquet;
  return aside(out, context, async (path) => (await write(table, path, { signal, hash: false })).numRows);
}

/** Writes text or bytes where `--out` says, in the same way. */
export async function writeBodyTo(out: string, body: string | Uint8Array, context: CliContext): Promise<void> {
  if (out === '-') context.stdout.write(body);
  else await aside(out, context, (path) => writeFile(path, body, { flush: true }));
}

/** What fails half-way leaves the file as it was. */
async function aside<T>(out: string, { cwd }: CliContext, write: (path: string) => Promise<T>): Promise<T> {
  const path = resolve(cwd, out);
  const part = `${path}.${randomUUID()}.part`;
  try {
    const result = await write(part);
    await rename(part, path);
    return result;
  } catch (error) {
    await rm(part, { force: true });
    const { code, message } = error as NodeJS.ErrnoException;
    if (RidgelineError.is(error) || code === undefined) throw error;
    const what = `--out: cannot write ${out}: ${message.replaceAll(part, path)}`;
    const remedy = 'choose a folder that exists and that you may write to';
    throw new RidgelineError('OUTPUT_FAILED', 'store', what, { remedy, cause: error });
  }
}
