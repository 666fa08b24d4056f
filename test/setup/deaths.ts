import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * True when the process of a home has been killed twice in a row under one task: killed a third time, the task would be
 * given up, as one that ends its process is. Whoever kills at random lets the next process live.
 */
export function isOnItsLastLife(homeDir: string): boolean {
  const path = join(homeDir, 'state.db');
  if (!existsSync(path)) return false;
  const file = new DatabaseSync(path);
  const sql = `SELECT 1 FROM tasks JOIN attempts USING (run, task, map_index)
    WHERE tasks.state = 'running' AND attempts.state = 'lost' LIMIT 1`;
  try {
    return file.prepare('SELECT 1 FROM sqlite_master').get() !== undefined && file.prepare(sql).get() !== undefined;
  } finally {
    file.close();
  }
}
