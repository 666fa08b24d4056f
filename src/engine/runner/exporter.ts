import type { ValueRef } from '../../contracts/log.ts';
import { persist } from './patience.ts';
import type { Ports } from './ports.ts';

interface DueRow {
  commit: number;
  run: string | undefined;
  value: ValueRef;
}

/**
 * Makes the copies that commits ask for (R18). Whatever order they finish in, what stays under a key is the value of the
 * newest commit that names it, of any home: after each copy the log is read again, and the copy made again if it moved.
 */
export class Exporter {
  readonly #ports: Ports;
  readonly #signal: AbortSignal;
  readonly #sync: () => Promise<unknown>;
  readonly #onIdle: (error?: unknown) => void;
  readonly #busy = new Set<string>();

  constructor(ports: Ports, signal: AbortSignal, sync: () => Promise<unknown>, onIdle: (error?: unknown) => void) {
    this.#ports = ports;
    this.#signal = signal;
    this.#sync = sync;
    this.#onIdle = onIdle;
  }

  get idle(): boolean {
    return this.#busy.size === 0;
  }

  /** Starts on every key that has a copy due and is not being written already. */
  wake(): void {
    const due = this.#ports.db.all<{ key: string }>(
      `SELECT DISTINCT key FROM exports WHERE state = 'due' ORDER BY key`,
    );
    for (const { key } of due) {
      if (this.#busy.has(key)) continue;
      this.#busy.add(key);
      this.#write(key).then(
        () => this.#end(key),
        (error: unknown) => this.#end(key, error),
      );
    }
  }

  #end(key: string, error?: unknown): void {
    this.#busy.delete(key);
    this.#onIdle(error);
  }

  async #write(key: string): Promise<void> {
    const { db, executor, clock, patienceMs, emit } = this.#ports;
    for (;;) {
      const newest = this.#newest(key);
      const { rows, sizeBytes } = await persist(clock, patienceMs, this.#signal, () =>
        executor.export(newest.value, key),
      );
      await this.#sync();
      if (this.#newest(key).commit !== newest.commit) continue;
      db.transaction(() => {
        db.update('exports', { state: 'done', rows, sizeBytes }, { key, commitId: newest.commit });
        // Older ones were overtaken: there is nothing left to make of them.
        db.run(`UPDATE exports SET state = 'done' WHERE key = ? AND state = 'due'`, key);
      });
      if (newest.run !== undefined) {
        emit({ type: 'export.written', run: newest.run, export: { key, state: 'done', rows, sizeBytes } });
      }
      return;
    }
  }

  #newest(key: string): DueRow {
    return this.#ports.db.get<DueRow>(
      'SELECT commit_id AS "commit", run, value FROM exports WHERE key = ? ORDER BY commit_id DESC LIMIT 1',
      key,
    )!;
  }
}
