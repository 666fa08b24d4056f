import type { ExportView, RunState, RunView, TaskView } from '../views.ts';
import type { Database } from './database.ts';
import { knownRun, loadInstances, type LiveInstance } from './run-tables.ts';

/** @throws {RidgelineError} UNKNOWN_RUN */
export function viewRun(db: Database, id: string): RunView {
  const published = db.all<{ dataset: string; version: number }>(
    'SELECT dataset, version FROM versions JOIN commits ON commits.id = commit_id WHERE run = ? ORDER BY commit_id, dataset',
    id,
  );
  const { definition, module, state, cancel: _cancel, emit: _emit, ...view } = knownRun(db, id);
  return {
    ...view,
    module: module.name,
    state: state === 'publishing' ? 'running' : state,
    published: Object.fromEntries(published.map(({ dataset, version }) => [dataset, version])),
    tasks: [...loadInstances(db, id, definition).values()].flat().map(viewTask),
    exports: db.all<ExportView>(
      'SELECT key, state, rows, size_bytes FROM exports WHERE run = ? ORDER BY commit_id, key',
      id,
    ),
  };
}

export function viewTask(it: LiveInstance): TaskView {
  return {
    id: it.task,
    mapIndex: it.mapIndex,
    state: it.state === 'publishing' ? 'running' : it.state,
    attempts: it.attempt,
    durationMs: it.startedAt === undefined || it.endedAt === undefined ? undefined : it.endedAt - it.startedAt,
    result: it.state === 'success' ? it.result : undefined,
    error: it.error,
    note: it.note,
  };
}

/** A run's full id from what a person types: the id, or its number in this home. */
export function resolveRunId(db: Database, id: string): string {
  const found = db.get<{ id: string }>(
    "SELECT id FROM runs WHERE id = ? OR seq = CAST(? AS INTEGER) AND ? NOT GLOB '*[^0-9]*'",
    id,
    id,
    id,
  );
  return found?.id ?? id;
}

/** Newest first. */
export function listRunIds(
  db: Database,
  dag: string | undefined,
  limit: number,
): readonly { id: string; state: RunState }[] {
  return db.all('SELECT id, state FROM runs WHERE dag = coalesce(?, dag) ORDER BY seq DESC LIMIT ?', dag, limit);
}
