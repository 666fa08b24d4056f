import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../contracts/ports.ts';
import type { Database } from './database.ts';

const RETRY_MS = 50;

export interface SchedulerLock {
  release(): void;
}

/**
 * Becomes the one scheduler of a home. The lock is an exclusive SQLite transaction on a file of its own, so the operating
 * system frees it with the process that holds it, and the state database stays readable for everyone.
 *
 * @param onWaiting told once who is in the way
 */
export async function lockScheduler(
  homeDir: string,
  db: Database,
  clock: Clock,
  onWaiting: (holder: string) => void,
  signal: AbortSignal | undefined,
): Promise<SchedulerLock> {
  if (homeDir === ':memory:') return { release() {} };
  const lock = new DatabaseSync(join(homeDir, 'scheduler.lock'), { timeout: 0 });
  try {
    for (let waited = false; !tryLock(lock); waited = true) {
      if (!waited) onWaiting(holderOf(db));
      await clock.sleep(RETRY_MS, signal);
    }
  } catch (error) {
    lock.close();
    throw error;
  }
  const holder = `process ${process.pid}, since ${new Date(clock.now()).toISOString()}`;
  db.transaction(() =>
    db.run(`INSERT INTO meta VALUES ('scheduler', ?) ON CONFLICT DO UPDATE SET value = excluded.value`, holder),
  );
  return { release: () => lock.close() };
}

/** Who is the scheduler of a home now; undefined when nobody is. */
export function findScheduler(homeDir: string, db: Database): string | undefined {
  if (homeDir === ':memory:') return undefined;
  const lock = new DatabaseSync(join(homeDir, 'scheduler.lock'), { timeout: 0 });
  try {
    return tryLock(lock) ? undefined : holderOf(db);
  } finally {
    lock.close();
  }
}

function holderOf(db: Database): string {
  return db.get<{ value: string }>(`SELECT value FROM meta WHERE key = 'scheduler'`)?.value ?? 'another process';
}

function tryLock(lock: DatabaseSync): boolean {
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    const { errcode } = error as { errcode?: number };
    if (errcode !== undefined && (errcode & 0xff) === 5) return false;
    throw error;
  }
}
