import type { TaskLogLine } from '../views.ts';
import type { Database } from './database.ts';

export function addLog(db: Database, line: TaskLogLine): void {
  db.insert('logs', line);
}

/** In the order they were written. */
export function readLogs(db: Database, run: string, task: string | undefined): readonly TaskLogLine[] {
  return db.all(
    'SELECT run, task, map_index, attempt, at, level, message FROM logs WHERE run = ? AND task = coalesce(?, task) ORDER BY id',
    run,
    task,
  );
}
