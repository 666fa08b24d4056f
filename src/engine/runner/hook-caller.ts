import type { ErrorInfo } from '../../contracts/errors.ts';
import type { HookRequest, LogLine } from '../../contracts/executor.ts';
import { endHook, nextHook, type DueHook } from '../state/hook-tables.ts';
import { addLog } from '../state/run-tables.ts';
import type { Ports } from './ports.ts';

/**
 * Calls the hooks that are due, one after the other, in the order in which what they are told of was recorded. A call is
 * crossed out when it has ended, however it did, so one that a crash interrupts is made again: each at least once.
 */
export function createHookCaller(
  { db, executor, emit, clock }: Ports,
  signal: AbortSignal,
  onIdle: (error?: unknown) => void,
) {
  let working = false;

  const next = (): DueHook | undefined => (signal.aborted ? undefined : nextHook(db));

  async function work(): Promise<void> {
    let failure: unknown;
    try {
      await undefined; // the caller's transaction ends first
      // Nothing may be queued unseen: no wait between the last look and the end of the work.
      for (let due = next(); due !== undefined; due = next()) await call(due);
    } catch (error) {
      failure = error;
    }
    working = false;
    onIdle(failure);
  }

  async function call({ seq, request }: DueHook): Promise<void> {
    const error = await executor.hook?.(request, (line) => log(request, line));
    // What was cut short is called again by the next scheduler.
    if (signal.aborted) return;
    db.transaction(() => endHook(db, seq));
    if (error) log(request, { at: clock.now(), level: 'error', message: describe(request, error) });
    const { hook, run, dag, task } = request;
    emit({ type: 'hook.called', hook, run, dag, task, error });
  }

  function log({ run, dag, task = '', mapIndex = -1, attempt = 1 }: HookRequest, line: LogLine): void {
    const full = { run, task, mapIndex, attempt, ...line };
    db.transaction(() => addLog(db, full));
    emit({ type: 'task.log', run, dag, task, mapIndex, line: full });
  }

  return {
    isIdle: (): boolean => !working,
    /** There may be calls due: also those of a transaction that the caller is about to end. */
    wake(): void {
      if (working) return;
      working = true;
      void work();
    },
  };
}

function describe({ hook, of, dag, task }: HookRequest, { message }: ErrorInfo): string {
  const whose = { task: `task "${task}"`, dag: `pipeline "${dag}"`, project: 'the project' }[of];
  return `hook ${hook} of ${whose} failed: ${message}`;
}
