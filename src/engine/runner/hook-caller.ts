import type { ErrorInfo } from '../../contracts/errors.ts';
import type { HookRequest, LogLine } from '../../contracts/executor.ts';
import { endHook, nextHook } from '../state/hook-tables.ts';
import type { DueHook } from '../state/hook-tables.ts';
import { addLog } from '../state/log-lines.ts';
import type { Ports } from './ports.ts';

/**
 * Calls the hooks that are due, one after the other, in the order in which what they are told of was recorded. A call is
 * crossed out when it has ended, however it did, so one that a crash interrupts is made again: each at least once.
 */
export class HookCaller {
  readonly #ports: Ports;
  readonly #signal: AbortSignal;
  readonly #onIdle: (error?: unknown) => void;
  #working = false;

  constructor(ports: Ports, signal: AbortSignal, onIdle: (error?: unknown) => void) {
    this.#ports = ports;
    this.#signal = signal;
    this.#onIdle = onIdle;
  }

  get idle(): boolean {
    return !this.#working;
  }

  /** There may be calls due: also those of a transaction that the caller is about to end. */
  wake(): void {
    if (this.#working) return;
    this.#working = true;
    void this.#work();
  }

  async #work(): Promise<void> {
    let failure: unknown;
    try {
      await undefined; // the caller's transaction ends first
      // Nothing may be queued unseen: no wait between the last look and the end of the work.
      for (let due = this.#next(); due !== undefined; due = this.#next()) await this.#call(due);
    } catch (error) {
      failure = error;
    }
    this.#working = false;
    this.#onIdle(failure);
  }

  #next(): DueHook | undefined {
    return this.#signal.aborted ? undefined : nextHook(this.#ports.db);
  }

  async #call({ seq, request }: DueHook): Promise<void> {
    const { db, executor, emit, clock } = this.#ports;
    const error = await executor.hook?.(request, (line) => this.#log(request, line));
    // What was cut short is called again by the next scheduler.
    if (this.#signal.aborted) return;
    db.transaction(() => endHook(db, seq));
    if (error) this.#log(request, { at: clock.now(), level: 'error', message: describe(request, error) });
    const { hook, run, dag, task } = request;
    emit({ type: 'hook.called', hook, run, dag, task, error });
  }

  #log({ run, dag, task = '', mapIndex = -1, attempt = 1 }: HookRequest, line: LogLine): void {
    const { db, emit } = this.#ports;
    const full = { run, task, mapIndex, attempt, ...line };
    db.transaction(() => addLog(db, full));
    emit({ type: 'task.log', run, dag, task, mapIndex, line: full });
  }
}

function describe({ hook, of, dag, task }: HookRequest, { message }: ErrorInfo): string {
  const whose = { task: `task "${task}"`, dag: `pipeline "${dag}"`, project: 'the project' }[of];
  return `hook ${hook} of ${whose} failed: ${message}`;
}
