import type { ValueRef } from '../../contracts/log.ts';
import type { Persist } from './patience.ts';
import type { Ports } from './ports.ts';

interface NamedValue {
  readonly commit: number;
  readonly run: string | undefined;
  readonly value: ValueRef;
}

/**
 * Makes the copies that commits ask for (R18). Whatever order they finish in, what stays under a key is the value of the
 * newest commit that names it, of any home: after each copy the log is read again, and the copy made again if it moved.
 */
export function createExporter(
  { db, executor, emit }: Ports,
  persist: Persist,
  sync: () => Promise<unknown>,
  onIdle: (error?: unknown) => void,
) {
  const busy = new Set<string>();

  const newestOf = (key: string): NamedValue =>
    db.get('SELECT commit_id AS "commit", run, value FROM exports WHERE key = ? ORDER BY commit_id DESC LIMIT 1', key)!;

  async function write(key: string): Promise<void> {
    for (;;) {
      const newest = newestOf(key);
      const { rows, sizeBytes } = await persist(() => executor.export(newest.value, key));
      await sync();
      if (newestOf(key).commit !== newest.commit) continue;
      db.transaction(() => {
        db.update('exports', { state: 'done', rows, sizeBytes }, { key, commitId: newest.commit });
        // Older ones were overtaken: there is nothing left to make of them.
        db.update('exports', { state: 'done' }, { key, state: 'due' });
      });
      if (newest.run !== undefined) {
        emit({ type: 'export.written', run: newest.run, export: { key, state: 'done', rows, sizeBytes } });
      }
      return;
    }
  }

  function end(key: string, error?: unknown): void {
    busy.delete(key);
    onIdle(error);
  }

  return {
    isIdle: (): boolean => busy.size === 0,
    /** Starts on every key that has a copy due and is not being written already. */
    wake(): void {
      const due = db.all<{ key: string }>(`SELECT DISTINCT key FROM exports WHERE state = 'due' ORDER BY key`);
      for (const { key } of due) {
        if (busy.has(key)) continue;
        busy.add(key);
        write(key).then(
          () => end(key),
          (error: unknown) => end(key, error),
        );
      }
    },
  };
}
