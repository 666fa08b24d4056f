import { randomUUID } from 'node:crypto';
import type { Stats } from 'node:fs';
import { realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { RidgelineError } from '../contracts/errors.ts';
import type { Table } from '../contracts/table.ts';
import { writeCsv, writeCsvFile, writeParquet } from '../data/table/index.ts';
import type { CliContext } from './context.ts';
import { pathOfInput } from './open-input.ts';

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
    throw new RidgelineError('USAGE', 'usage', `--out: expected a file ending in .csv or .parquet, got "${out}"`, {
      remedy: 'give it one of these endings, or use --out - for CSV on standard output',
    });
  const write = extension === '.csv' ? writeCsvFile : writeParquet;
  return aside(out, context, async (path) => (await write(table, path, { signal, hash: false })).numRows);
}

/** @throws {RidgelineError} USAGE when `--json` and what a command makes would both go to standard output. */
export function refuseBoth({ json }: CliContext, out: string | undefined, command: string, what: string): void {
  if (!json || out !== '-') return;
  throw new RidgelineError('USAGE', 'usage', `${command}: standard output cannot take both ${what} and --json`, {
    remedy: 'give a file with --out',
  });
}

interface OutLimits {
  /** What is read, in the words of the command line: it must be neither. */
  readonly data?: string | undefined;
  readonly model?: string | undefined;
  /** Whether the command also writes to standard output, as `-`; default true. */
  readonly stdout?: boolean;
}

/**
 * What can be known of `--out` before the work that is to be written there.
 *
 * @throws {RidgelineError} USAGE, OUTPUT_FAILED
 */
export async function checkOut(out: string, { cwd }: CliContext, limits: OutLimits = {}): Promise<void> {
  if (out === '-') return;
  const { data, model, stdout = true } = limits;
  const path = resolve(cwd, out);
  const [folder, there] = await Promise.all([look(dirname(path)), look(path)]);
  if (!folder?.isDirectory()) throw outputFailed(out, { code: 'ENOENT', message: '' });
  if (Buffer.byteLength(basename(path)) > LONGEST_NAME) throw outputFailed(out, { code: 'ENAMETOOLONG', message: '' });
  if (there?.isDirectory()) throw outputFailed(out, { code: 'EISDIR', message: '' });
  const remedy = stdout ? 'use --out - for standard output' : 'give a file';
  if (there) refuseOther(out, there, remedy);
  else if (OPEN_FILES.test(await realpath(dirname(path)))) throw notAFile(out, 'a descriptor that is not open', remedy);
  for (const [what, word] of Object.entries({ data, model })) {
    const read = there && word !== undefined ? await look(pathOfInput(cwd, word)) : undefined;
    if (read && read.ino === there!.ino && read.dev === there!.dev) {
      throw new RidgelineError('USAGE', 'usage', `--out: ${out} is the ${what} itself`, {
        remedy: 'choose another file',
      });
    }
  }
}

/** Writes text or bytes where `--out` says, in the same way. */
export async function writeBodyTo(out: string, body: string | Uint8Array, context: CliContext): Promise<void> {
  if (out === '-') context.stdout.write(body);
  else await aside(out, context, (path) => writeFile(path, body, { flush: true }));
}

/** What fails half-way leaves the file as it was. A link stays one, to the new file. */
async function aside<T>(out: string, { cwd }: CliContext, write: (path: string) => Promise<T>): Promise<T> {
  const path = await realpath(resolve(cwd, out)).catch(() => resolve(cwd, out));
  const there = await look(path);
  if (there && !there.isDirectory()) refuseOther(out, there, 'give a file'); // it may be new since `checkOut`
  // Not made from the name, which may be as long as names can be.
  const part = join(dirname(path), `ridgeline-${randomUUID()}.part`);
  try {
    const result = await write(part);
    await rename(part, path);
    return result;
  } catch (error) {
    await rm(part, { force: true }).catch(() => {}); // where there is no folder there is no file
    throw RidgelineError.is(error) ? error : outputFailed(out, error as NodeJS.ErrnoException);
  }
}

/** Bytes of a file's name that file systems take. */
const LONGEST_NAME = 255;

/** Folders of what processes have open, where no file can be made. */
const OPEN_FILES = /^\/(dev|proc\/.+)\/fd$/;

/** What is no file cannot be replaced whole: the rename would put a file where the pipe or the device was. */
function refuseOther(out: string, there: Stats, remedy: string): void {
  if (there.isFile()) return;
  throw notAFile(out, there.isFIFO() ? 'a pipe' : there.isSocket() ? 'a socket' : 'a device', remedy);
}

function notAFile(out: string, got: string, remedy: string): RidgelineError {
  return new RidgelineError('USAGE', 'usage', `--out: expected a file, ${out} is ${got}`, { remedy });
}

function look(path: string): Promise<Stats | undefined> {
  return stat(path).catch(() => undefined);
}

function outputFailed(out: string, error: { readonly code?: string | undefined; readonly message: string }): unknown {
  if (error.code === undefined) return error;
  const causes: Record<string, [string, string]> = {
    ENOENT: ['there is no such folder', 'make the folder first, or choose another'],
    ENOTDIR: ['there is no such folder', 'make the folder first, or choose another'],
    ENAMETOOLONG: ['the name is too long', 'choose a shorter one'],
    EISDIR: ['it is a folder', 'give the name of a file in it'],
    EACCES: ['it may not be written', 'choose a folder that you may write to'],
    EPERM: ['it may not be written', 'choose a folder that you may write to'],
    EROFS: ['the disk is read-only', 'choose a folder on another'],
    ENOSPC: [
      'no space is left on the disk',
      'make room, or choose a folder on another; what was there before is untouched',
    ],
  };
  const [what, remedy] = causes[error.code] ?? [error.message, 'check the disk'];
  return new RidgelineError('OUTPUT_FAILED', 'store', `--out: cannot write ${out}: ${what}`, { remedy, cause: error });
}
