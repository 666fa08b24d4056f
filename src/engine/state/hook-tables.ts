import type { HookName } from '../../contracts/definition.ts';
import type { ErrorInfo } from '../../contracts/errors.ts';
import type { HookRequest } from '../../contracts/executor.ts';
import type { Database } from './database.ts';
import { loadRun, type LiveInstance, type RunRecord } from './run-tables.ts';

/** What a call is about, as it is recorded; the rest is the run's own. */
type Recorded = Pick<HookRequest, 'of' | 'hook' | 'task' | 'mapIndex' | 'attempt' | 'error'>;

/**
 * Records the calls that an event of a run asks for, in the transaction that records the event.
 *
 * @param it absent: the run itself has ended
 * @returns whether there are any
 */
export function queueHooks(
  db: Database,
  { id, definition }: Pick<RunRecord, 'id' | 'definition'>,
  hook: HookName,
  it?: Pick<LiveInstance, 'task' | 'mapIndex' | 'attempt'>,
  error?: ErrorInfo,
): boolean {
  const task = it && definition.tasks.find((each) => each.id === it.task);
  // A pipeline hears of a task only when it is tried again: its end is known with the run's.
  const all = task === undefined || hook === 'onRetry';
  const receivers = [
    { of: 'task' as const, hooks: task?.hooks },
    { of: 'dag' as const, hooks: all ? definition.hooks : undefined },
    { of: 'project' as const, hooks: all ? definition.projectHooks : undefined },
  ].filter(({ hooks }) => hooks?.includes(hook));
  for (const { of } of receivers) {
    const about = it && { task: it.task, mapIndex: it.mapIndex, attempt: it.attempt };
    const call: Recorded = { of, hook, ...about, ...(error && { error }) };
    db.insert('hooks', { run: id, call });
  }
  return receivers.length > 0;
}

export interface DueHook {
  readonly seq: number;
  readonly request: HookRequest;
}

/** The oldest call that is due. */
export function nextHook(db: Database): DueHook | undefined {
  const row = db.get<{ seq: number; run: string; call: Recorded }>('SELECT * FROM hooks ORDER BY seq LIMIT 1');
  if (row === undefined) return undefined;
  const { id, dag, module, trigger, params } = loadRun(db, row.run)!;
  return { seq: row.seq, request: { ...row.call, module, dag, run: id, trigger, params } };
}

export function endHook(db: Database, seq: number): void {
  db.run('DELETE FROM hooks WHERE seq = ?', seq);
}
