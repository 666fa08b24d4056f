import { RidgelineError } from '../../contracts/errors.ts';
import type { Store } from '../../contracts/store.ts';
import type { Database } from '../state/database.ts';
import { readLogs } from '../state/run-tables.ts';
import type { EngineEvent, TaskLogLine } from '../views.ts';

/** A run's end starts others, and those go first; it is done while they work, and not when the process wants to end. */
const DELAY_MS = 25;

const keyOf = (run: string): string => `_logs/${run}.log`;
export const runOfLog = (key: string): string => key.slice('_logs/'.length, -'.log'.length);

/**
 * Puts the log of every run that has ended into the store, `_logs/<run>.log`, one JSON object a line, so that it outlives
 * the database and other homes can read it. One object a run: one an attempt cost 200 mapped tasks half a second of fsyncs.
 *
 * Nothing waits for it but the end of the process, and what the store refuses is not tried again: the database has it.
 */
export function createLogKeeper(db: Database, store: Store) {
  const waiting = new Map<string, NodeJS.Timeout>();
  const putting = new Set<Promise<void>>();

  function keep(run: string): void {
    clearTimeout(waiting.get(run));
    waiting.delete(run);
    const lines = readLogs(db, run, undefined);
    if (lines.length === 0) return;
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    const put = store
      .put(keyOf(run), new TextEncoder().encode(text))
      .catch(() => {})
      .finally(() => putting.delete(put));
    putting.add(put);
  }

  return {
    onEvent(event: EngineEvent): void {
      // What a hook said after the end belongs to it too.
      if (event.type !== 'run.finished' && event.type !== 'hook.called') return;
      const id = event.type === 'run.finished' ? event.run.id : event.run;
      clearTimeout(waiting.get(id));
      waiting.set(
        id,
        setTimeout(() => keep(id), DELAY_MS),
      );
    },
    /** Resolves when everything is in the store or given up. */
    async settled(): Promise<void> {
      for (const run of waiting.keys()) keep(run);
      await Promise.all(putting);
    },
  };
}

/**
 * The log of a run that is not known here, as a home left it in the store.
 *
 * @param run its whole id
 * @throws {RidgelineError} UNKNOWN_RUN when there is none
 */
export async function readKeptLog(
  store: Store,
  run: string,
  task: string | undefined,
): Promise<readonly TaskLogLine[]> {
  const known = /^[\w-]+$/.test(run) && (await store.head(keyOf(run))) !== undefined;
  if (!known) {
    throw new RidgelineError('UNKNOWN_RUN', 'usage', `no run "${run}"`, {
      remedy: 'ridgeline list --runs shows them; one of another home goes by its whole id, and has a log once it ended',
    });
  }
  const text = new TextDecoder().decode(await store.get(keyOf(run)));
  const lines = text.split('\n').filter(Boolean);
  return lines
    .map((line) => JSON.parse(line) as TaskLogLine)
    .filter((line) => task === undefined || line.task === task);
}
