import { statSync } from 'node:fs';
import type { FileStamps } from '../../contracts/executor.ts';

/** Changes when a file does, is made or removed. */
export function stampOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? '' : `${stat.mtimeMs} ${stat.size}`;
}

export function areCurrent(files: FileStamps): boolean {
  return Object.entries(files).every(([path, stamp]) => stampOf(path) === stamp);
}
