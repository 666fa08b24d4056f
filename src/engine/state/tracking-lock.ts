import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { tryLock } from './scheduler-lock.ts';

const RETRY_MS = 100;

/**
 * Does work that one process of a home may do at a time, waiting for the others: sending what was tracked. The lock is
 * free when the process that holds it has died.
 */
export async function withTrackingLock<T>(homeDir: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(homeDir, { recursive: true });
  const lock = new DatabaseSync(join(homeDir, 'tracking.lock'), { timeout: 0 });
  try {
    while (!tryLock(lock)) await sleep(RETRY_MS);
    return await work();
  } finally {
    lock.close();
  }
}
