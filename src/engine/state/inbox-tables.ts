import type { InboxRow } from '../plan/runs.ts';
import type { Database } from './database.ts';

/** A pipeline's pending events in commit order (R4). */
export function pendingRows(db: Database, dag: string): readonly InboxRow[] {
  return db.all<InboxRow>(
    `SELECT id, dataset, version, commit_id AS "commit" FROM inbox WHERE dag = ? AND state = 'pending'
     ORDER BY commit_id, id`,
    dag,
  );
}

/** Pipelines that have a pending event of a commit after this one. */
export function dagsWithPending(db: Database, after = 0): readonly string[] {
  return db
    .all<{ dag: string }>(
      `SELECT DISTINCT dag FROM inbox WHERE state = 'pending' AND commit_id > ? ORDER BY dag`,
      after,
    )
    .map(({ dag }) => dag);
}

/** What a run consumed, in commit order. */
export function consumedRows(
  db: Database,
  run: string,
): readonly { readonly dataset: string; readonly version: number }[] {
  return db.all<{ dataset: string; version: number }>(
    `SELECT dataset, version FROM inbox WHERE run = ? AND state = 'consumed' ORDER BY commit_id, id`,
    run,
  );
}

/**
 * Rows (run, dag, dataset, version) of what open runs read: versions they are pinned to, events that they, or the runs they
 * repeat, consumed.
 */
export const READ_BY_OPEN_RUNS = `
  WITH RECURSIVE again AS (
    SELECT id AS run, dag, id AS origin FROM runs WHERE state IN ('queued', 'running', 'publishing')
    UNION SELECT run, again.dag, run_trigger ->> 'of' FROM again JOIN runs ON runs.id = origin
      WHERE run_trigger ->> 'type' = 'rerun')
  SELECT runs.id AS run, dag, input.key AS dataset, input.value AS version FROM runs, json_each(runs.inputs) AS input
    WHERE state IN ('queued', 'running', 'publishing')
  UNION SELECT again.run, again.dag, dataset, version FROM again
    JOIN inbox ON inbox.run = origin AND inbox.state = 'consumed'`;

/** @throws when a row is no longer pending: the transaction that creates the run must not go through (R6). */
export function markRows(db: Database, rows: readonly InboxRow[], state: 'consumed' | 'superseded', run: string): void {
  for (const { id } of rows) {
    const changed = db.run(`UPDATE inbox SET state = ?, run = ? WHERE id = ? AND state = 'pending'`, state, run, id);
    if (changed !== 1) throw new Error(`inbox row ${id} has been consumed before`);
  }
}

export function skipRows(db: Database, rows: readonly InboxRow[], reason: string): void {
  for (const { id } of rows) {
    db.run(`UPDATE inbox SET state = 'skipped', reason = ? WHERE id = ? AND state = 'pending'`, reason, id);
  }
}
