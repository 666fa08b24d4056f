import type { TaskLogLine } from '../views.ts';
import type { Database } from './database.ts';

export function addLog(db: Database, line: TaskLogLine): void {
  db.run(
    'INSERT INTO logs (run, task, map_index, attempt, at, level, message) VALUES (?, ?, ?, ?, ?, ?, ?)',
    line.run,
    line.task,
    line.mapIndex,
    line.attempt,
    line.at,
    line.level,
    line.message,
  );
}

/** In the order they were written. */
export function readLogs(db: Database, run: string, task: string | undefined): readonly TaskLogLine[] {
  return db.all<TaskLogLine & { [column: string]: never }>(
    `SELECT run, task, map_index AS "mapIndex", attempt, at, level, message FROM logs
     WHERE run = ? AND task = coalesce(?, task) ORDER BY id`,
    run,
    task,
  );
}
