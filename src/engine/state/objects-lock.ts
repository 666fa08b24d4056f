import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { withFileLock, type Waiting } from './file-lock.ts';
import { tryLock } from './scheduler-lock.ts';

const RETRY_MS = 20;
/** What follows at once finds the lock still there. */
const LINGER_MS = 10;

/**
 * Keeps `gc` apart from tasks and publishes of one home: what they have stored, and not recorded yet, is garbage to whoever
 * looks. Those share the lock, `gc` has it alone. It is a lock of the operating system, free when its process has died.
 */
export class ObjectsLock {
  /** Absent: nobody else sees the home. */
  readonly #path: string | undefined;
  #shared: DatabaseSync | undefined;
  #sharers = 0;
  #lingering: NodeJS.Timeout | undefined;

  constructor(homeDir: string) {
    this.#path = homeDir === ':memory:' ? undefined : join(homeDir, 'objects.lock');
  }

  /** Does what stores objects and records them; what it has changed by the time it resolves is recorded within `LINGER_MS`. */
  async share<T>(work: () => Promise<T>, { onWaiting, signal }: Waiting = {}): Promise<T> {
    this.#sharers++;
    try {
      for (let waited = false; !this.#isShared(); waited = true) {
        if (!waited) onWaiting?.();
        await sleep(RETRY_MS);
        signal?.throwIfAborted();
      }
      return await work();
    } finally {
      clearTimeout(this.#lingering);
      if (--this.#sharers === 0) this.#lingering = setTimeout(() => this.#letGo(), LINGER_MS).unref();
    }
  }

  /** Does what nobody may store anything beside. */
  alone<T>(work: () => Promise<T>, waiting: Waiting): Promise<T> {
    return this.#path === undefined ? work() : withFileLock(this.#path, work, waiting);
  }

  close(): void {
    clearTimeout(this.#lingering);
    this.#shared?.close();
    this.#shared = undefined; // an attempt that was let go of may end later
  }

  #isShared(): boolean {
    if (this.#path === undefined || this.#shared?.isTransaction) return true;
    this.#shared ??= new DatabaseSync(this.#path, { timeout: 0 });
    return tryLock(this.#shared, 'BEGIN; SELECT 1 FROM sqlite_schema');
  }

  #letGo(): void {
    if (this.#sharers === 0 && this.#shared?.isTransaction) this.#shared.exec('ROLLBACK');
  }
}
