import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { tryLock } from './scheduler-lock.ts';

const RETRY_MS = 100;

export interface Waiting {
  /** Called once, when another process has the lock. */
  readonly onWaiting?: () => void;
  /** Ends the wait, not the work. */
  readonly signal?: AbortSignal;
}

/**
 * Does work that one process of this machine may do at a time, waiting for the others. The lock is a file that stays; it is
 * free when the process that holds it has died.
 */
export async function withFileLock<T>(
  path: string,
  work: () => Promise<T>,
  { onWaiting, signal }: Waiting = {},
): Promise<T> {
  mkdirSync(dirname(path), { recursive: true });
  const lock = new DatabaseSync(path, { timeout: 0 });
  try {
    for (let waited = false; !tryLock(lock); waited = true) {
      if (!waited) onWaiting?.();
      await sleep(RETRY_MS);
      signal?.throwIfAborted();
    }
    return await work();
  } finally {
    lock.close();
  }
}
