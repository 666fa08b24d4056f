import { getDag, refuseUnknown } from '../state/dag-tables.ts';
import type { Database } from '../state/database.ts';
import { pendingRows, skipRows } from '../state/inbox-tables.ts';
import { logPosition } from '../state/log-tables.ts';

/** A paused pipeline goes on collecting events and starts nothing by itself. False: it was paused already. */
export function pauseDag(db: Database, id: string): boolean {
  if (!getDag(db, id)) refuseUnknown(db, id);
  const sql = 'UPDATE dags SET paused_at = ? WHERE id = ? AND paused_at IS NULL';
  return db.transaction(() => db.run(sql, logPosition(db), id), 'durable') > 0;
}

/**
 * Takes a pause back. What becomes of the events that came meanwhile is the pipeline's `onResume` (R10).
 *
 * @returns how many of them were skipped; undefined when it was not paused
 */
export function resumeDag(db: Database, id: string): number | undefined {
  const { onResume } = (getDag(db, id) ?? refuseUnknown(db, id)).definition;
  return db.transaction(() => {
    const { pausedAt } = db.get<{ pausedAt: number | undefined }>('SELECT paused_at FROM dags WHERE id = ?', id)!;
    if (pausedAt === undefined) return undefined;
    const collected = pendingRows(db, id).filter(({ commit }) => commit > pausedAt);
    const newest = new Map(collected.map((each) => [each.dataset, each]));
    const skipped = collected.filter(
      (each) => onResume === 'skip' || (onResume === 'latest' && newest.get(each.dataset) !== each),
    );
    skipRows(db, skipped, `came while paused, onResume is ${onResume}`);
    db.run('UPDATE dags SET paused_at = NULL WHERE id = ?', id);
    return skipped.length;
  }, 'durable');
}
