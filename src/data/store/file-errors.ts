import { statSync } from 'node:fs';
import { RidgelineError } from '../../contracts/errors.ts';

/** Code and remedy of what a file system answers; anything else is `STORE_UNREACHABLE`. */
const KNOWN: Readonly<Record<string, readonly [code: string, remedy: string]>> = {
  ENOENT: ['STORE_NOT_FOUND', 'list what there is with ridgeline dataset list, or look into the folder'],
  EACCES: ['STORE_DENIED', 'give this user the right to read and write the folder, or choose another with --store'],
  EPERM: ['STORE_DENIED', 'give this user the right to read and write the folder, or choose another with --store'],
  EROFS: ['STORE_READ_ONLY', 'choose a folder on a writable file system with --store'],
  ENOSPC: ['STORE_FULL', 'free some space, or choose a folder on another disk with --store'],
  EDQUOT: ['STORE_FULL', "free some space within this user's quota, or choose another folder with --store"],
  ENOTDIR: ['STORE_KEY', 'a key cannot be both an object and a folder of objects: choose another'],
  EISDIR: ['STORE_KEY', 'a key cannot be both an object and a folder of objects: choose another'],
  ENOTEMPTY: ['STORE_KEY', 'a key cannot be both an object and a folder of objects: choose another'],
  ELOOP: ['STORE_KEY', 'replace the symbolic link by the file it names'],
  EMFILE: ['STORE_UNREACHABLE', 'raise the limit on open files (ulimit -n)'],
};

/**
 * Says what a file system refused, in one line.
 *
 * @param subject what was done to what: `write data/housing.csv`
 * @param where folder of the store
 */
export function fileError(thrown: unknown, subject: string, where: string): RidgelineError {
  if (RidgelineError.is(thrown)) return thrown;
  const { code = 'no code', message = String(thrown) } = thrown as NodeJS.ErrnoException;
  if (code === 'ENOTDIR' && statSync(where, { throwIfNoEntry: false })?.isDirectory() === false) {
    return new RidgelineError('STORE_NOT_A_FOLDER', 'store', `store: ${where} is a file, expected a folder`, {
      remedy: 'name a folder with --store; a new one is made',
      cause: thrown,
    });
  }
  const [known, remedy] = KNOWN[code] ?? ['STORE_UNREACHABLE', 'check the disk or the mount behind the folder'];
  const reason = message.split(',')[0] ?? message;
  const kind = known === 'STORE_KEY' ? 'usage' : 'store';
  return new RidgelineError(known, kind, `store: cannot ${subject} in ${where}: ${reason}`, { remedy, cause: thrown });
}

/** True when there is nothing under that path; a file in the place of one of its folders counts as nothing too. */
export function isAbsent(thrown: unknown): boolean {
  const code = (thrown as NodeJS.ErrnoException | undefined)?.code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
