import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../contracts/ports.ts';
import { explainDatabase } from './database.ts';
import type { Database } from './database.ts';

const RETRY_MS = 50;

export interface SchedulerLock {
  release(): void;
}

/**
 * Becomes the one scheduler of a home. The lock is an exclusive SQLite transaction on a file of its own, so the operating
 * system frees it with the process that holds it, and the state database stays readable for everyone.
 *
 * @param onWaiting told once who is in the way; what it throws ends the wait
 */
export async function lockScheduler(
  homeDir: string,
  db: Database,
  clock: Clock,
  onWaiting: (holder: string) => void,
  signal?: AbortSignal,
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
  db.transaction(() => {
    db.run(`INSERT INTO meta VALUES ('scheduler', ?) ON CONFLICT DO UPDATE SET value = excluded.value`, holder);
    db.run(`DELETE FROM meta WHERE key = 'serving'`);
  });
  return { release: () => lock.close() };
}

/** The scheduler at work on a home. */
export interface SchedulerAtWork {
  /** `process 123, since …` */
  readonly who: string;
  /** It works until it is stopped, and on whatever is asked for meanwhile: an `up`. */
  readonly serves: boolean;
}

/** Undefined when nobody is at work. */
export function findScheduler(homeDir: string, db: Database): SchedulerAtWork | undefined {
  if (homeDir === ':memory:') return undefined;
  const lock = new DatabaseSync(join(homeDir, 'scheduler.lock'), { timeout: 0 });
  try {
    if (tryLock(lock)) return undefined;
    return { who: holderOf(db), serves: db.get(`SELECT 1 FROM meta WHERE key = 'serving'`) !== undefined };
  } finally {
    lock.close();
  }
}

/** Says that the scheduler of this process stays until it is stopped. */
export function announceServing(db: Database): void {
  db.transaction(() => db.run(`INSERT OR REPLACE INTO meta VALUES ('serving', '')`));
}

function holderOf(db: Database): string {
  return db.get<{ value: string }>(`SELECT value FROM meta WHERE key = 'scheduler'`)?.value ?? 'another process';
}

/** False when another process has it. @throws {RidgelineError} HOME_FULL, HOME_NOT_WRITABLE */
export function tryLock(lock: DatabaseSync, how = 'BEGIN EXCLUSIVE'): boolean {
  try {
    lock.exec(how);
    return true;
  } catch (error) {
    if (lock.isTransaction) lock.exec('ROLLBACK');
    const { errcode } = error as { errcode?: number };
    if (errcode !== undefined && (errcode & 0xff) === 5) return false;
    throw explainDatabase(error, lock.location() ?? '');
  }
}
