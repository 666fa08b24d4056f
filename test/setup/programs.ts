import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** Where the PATH would have a program, first come first. */
export function pathsOf(program: string): readonly string[] {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, program));
}

export async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
