import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Runs costly work in one process at a time; the others wait, and take over when that process has died. */
export async function oneAtATime<T>(name: string, work: () => Promise<T>): Promise<T> {
  const lock = `${name}.lock`;
  await mkdir(dirname(lock), { recursive: true });
  while (!(await take(lock))) await sleep(250);
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

async function take(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const holder = Number(await readFile(lock, 'utf8').catch(() => '0'));
  try {
    if (holder > 0) process.kill(holder, 0);
  } catch {
    await rm(lock, { force: true });
  }
  return false;
}
