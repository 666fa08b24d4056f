import { execFile } from 'node:child_process';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { oneAtATime } from './one-at-a-time.ts';
import { isExecutable, pathsOf } from './programs.ts';
import { cacheDirectory } from './python.ts';

const run = promisify(execFile);

/**
 * A Node of another release line: this one, one on the PATH, else npm's package of it in the cache.
 *
 * @param version which is fetched when there is none, such as 22.23.3
 */
export async function findNode(version: string): Promise<string> {
  const major = version.split('.', 1)[0];
  const program = process.platform === 'win32' ? 'node.exe' : 'node';
  for (const path of [process.execPath, ...pathsOf(program)]) {
    const found = await run(path, ['--version']).catch(() => undefined);
    if (found?.stdout.startsWith(`v${major}.`)) return path;
  }
  const folder = join(cacheDirectory(), `node-${version}`);
  const cached = join(folder, 'node_modules', packageName(), 'bin', program);
  return oneAtATime(folder, async () => {
    if (!(await isExecutable(cached))) await fetchNode(version, folder);
    return cached;
  });
}

const packageName = (): string => `node-${process.platform}-${process.arch}`;

/** Fetched aside and renamed: a folder under the final name is complete. */
async function fetchNode(version: string, folder: string): Promise<void> {
  const wanted = `${packageName()}@${version}`;
  const aside = `${folder}.${process.pid}.partial`;
  process.stderr.write(`fetching ${wanted} for the tests into ${folder} (once)\n`);
  try {
    await mkdir(aside, { recursive: true });
    await run('npm', [
      'install',
      '--prefix',
      aside,
      '--no-save',
      '--no-audit',
      '--no-fund',
      '--ignore-scripts',
      wanted,
    ]);
    await rm(folder, { recursive: true, force: true });
    await rename(aside, folder);
  } catch (error) {
    throw new Error(`${wanted} could not be fetched; put Node ${version} on the PATH`, { cause: error });
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}
