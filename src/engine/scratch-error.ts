import { RidgelineError } from '../contracts/errors.ts';

/**
 * Says what a file system answered where files on their way to the store are written; any other error is handed on as it is.
 * An answer to a write names no path: a disk that is full is taken for this one, other answers may be to a task's own code.
 *
 * @param folder where such files are written, in the folder of the home
 */
export function scratchError(thrown: unknown, folder: string): unknown {
  if (RidgelineError.is(thrown)) return thrown;
  const { code = '', path, message } = thrown as NodeJS.ErrnoException;
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  if (!isFull && path?.startsWith(folder) !== true) return thrown;
  const text = `cannot write to ${folder}: ${message.split(',')[0]}`;
  const remedy = isFull ? 'free some space' : 'make the folder writable';
  return new RidgelineError(isFull ? 'SCRATCH_FULL' : 'SCRATCH_NOT_WRITABLE', 'store', text, {
    remedy: `${remedy}, or choose another home with --home`,
    cause: thrown,
  });
}
