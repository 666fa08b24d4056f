import { RidgelineError, toErrorInfo } from '../../contracts/errors.ts';
import type { Database } from '../state/database.ts';
import { queueHooks } from '../state/hook-tables.ts';
import { loadRun, setCancel, setRunState } from '../state/run-tables.ts';
import { viewRun } from '../state/run-views.ts';

/** Asks for the end of a run; one that has not started ends here, else the scheduler does it. False: it had ended. */
export function cancelRun(db: Database, id: string, now: number): boolean {
  const { dag } = viewRun(db, id);
  const error = toErrorInfo(new RidgelineError('CANCELLED', 'run', `${dag}: the run was cancelled`));
  return db.transaction(() => {
    const { state } = viewRun(db, id);
    if (state === 'queued') {
      // What a rerun has kept of its tasks stays as it is.
      const sql = `UPDATE tasks SET state = 'skipped', note = ?, ended_at = ? WHERE run = ? AND state = 'none'`;
      db.run(sql, error.message, now, id);
      setRunState(db, id, 'failed', { endedAt: now, error });
      queueHooks(db, loadRun(db, id)!, 'onFailure', undefined, error);
    } else if (state === 'running') {
      setCancel(db, id, error);
    } else return false;
    return true;
  }, 'durable');
}
