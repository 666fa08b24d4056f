import { join } from 'node:path';
import { withFileLock } from '../engine/state/file-lock.ts';
import type { CliContext } from './context.ts';

/**
 * Keeps `gc` and a publish by hand of one home apart: what is stored, and not committed yet, is garbage to whoever looks.
 * Runs and uploads need it not, since `gc` takes the scheduler's place.
 */
export function withObjectsLock<T>({ home, stderr, signal }: CliContext, work: () => Promise<T>): Promise<T> {
  const onWaiting = (): void => void stderr.write('waiting for another gc or dataset publish on this home\n');
  return withFileLock(join(home, 'objects.lock'), work, { onWaiting, signal });
}
