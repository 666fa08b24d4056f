import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A file of the project: path from the root with `/`, and its text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** The rule that was broken and what to do about it, in one line that starts with the file. */
export type Violation = string;

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** What git ignores, by name, at any depth. A download of the project without git is checked as well. */
const IGNORED = new Set(['.git', '.ridgeline', 'build', 'coverage', 'dist', 'node_modules']);

/** Paths of all files of the project, in order. */
export function listProject(folder = ''): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter((entry) => !IGNORED.has(entry.name))
    .flatMap((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      return entry.isDirectory() ? listProject(path) : [path];
    })
    .toSorted();
}

export function readProject(select: (path: string) => boolean): SourceFile[] {
  return listProject()
    .filter(select)
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}

export const isTypeScript = (path: string): boolean => path.endsWith('.ts');
