import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Packages of one virtual environment, each pinned: `numpy==2.4.6`. */
export interface PythonEnvironment {
  /** Leads the folder's name, so that a person can tell what may be deleted. */
  readonly name: string;
  readonly requirements: readonly string[];
}

/** A virtual environment, or one line saying why there is none and what to do. */
export type Python = { readonly ok: true; readonly python: string } | { readonly ok: false; readonly reason: string };

/** The independent library our numbers are held against, and what the bench runs against. */
export const SCIKIT_LEARN: PythonEnvironment = {
  name: 'scikit-learn-1.9.1',
  requirements: ['scikit-learn==1.9.1', 'numpy==2.4.6', 'scipy==1.17.1', 'threadpoolctl==3.6.0'],
};

/** Where things that are costly to make are kept between clones: `$XDG_CACHE_HOME/ridgeline`. */
export function cacheDirectory(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'ridgeline');
}

/**
 * Finds or makes a virtual environment under `<cache>/python/<name>-<hash of its packages and the Python>`.
 *
 * It is built aside and renamed, so a folder under its final name is complete. Its console scripts keep the path they
 * were built under: start them as `python -m <module>`.
 *
 * @param announce receives one line before a build, which takes from 20 s to a minute and needs a package index.
 */
export async function findPython(
  environment: PythonEnvironment,
  announce: (line: string) => void = console.warn,
): Promise<Python> {
  const base = await findInterpreter();
  if (base === undefined) return { ok: false, reason: `${environment.name} needs Python 3.11 or newer: install it` };

  const identity = [base.version, ...environment.requirements].join('\n');
  const hash = createHash('sha256').update(identity).digest('hex').slice(0, 12);
  const parent = join(cacheDirectory(), 'python');
  const folder = join(parent, `${environment.name}-${hash}`);
  const python = join(folder, 'bin', 'python');
  if (await starts(python)) return { ok: true, python };

  announce(`making a Python environment for ${environment.name} in ${folder} (once)`);
  await mkdir(parent, { recursive: true });
  await removeAbandoned(parent);
  const aside = `${folder}.${process.pid}.partial`;
  try {
    await run(base.path, ['-m', 'venv', aside]);
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary', ':all:'];
    await run(join(aside, 'bin', 'python'), [...install, ...environment.requirements]);
    if (!(await starts(python))) {
      await rm(folder, { recursive: true, force: true }); // its interpreter is gone from this machine
      await rename(aside, folder);
    }
    return { ok: true, python };
  } catch (error) {
    if (await starts(python)) return { ok: true, python }; // another process was first
    return { ok: false, reason: `${environment.name} could not be installed: ${lastLine(error)}` };
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

/** The newest Python >= 3.11 there is by its usual names; `python3` first, as the one people mean. */
async function findInterpreter(): Promise<{ path: string; version: string } | undefined> {
  for (const name of ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python']) {
    try {
      const { stdout } = await run(name, ['-c', 'import sys; print(sys.executable, *sys.version_info[:2], sep="\\n")']);
      const [path, major, minor] = stdout.trim().split('\n');
      if (path && Number(major) === 3 && Number(minor) >= 11) return { path, version: `${major}.${minor}` };
    } catch {
      // not on this machine under that name
    }
  }
  return undefined;
}

async function starts(python: string): Promise<boolean> {
  return run(python, ['-c', '']).then(
    () => true,
    () => false,
  );
}

/** Removes what a killed process left half-built. */
async function removeAbandoned(parent: string): Promise<void> {
  for (const entry of await readdir(parent)) {
    const pid = /\.(\d+)\.partial$/.exec(entry)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(parent, entry), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function lastLine(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string };
  return (stderr?.trim() || message).split('\n').at(-1)!;
}
