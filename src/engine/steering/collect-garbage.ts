import { RidgelineError } from '../../contracts/errors.ts';
import { leavesOf, type CommitLog, type ValueRef } from '../../contracts/log.ts';
import type { ObjectInfo, Store } from '../../contracts/store.ts';
import { runOfLog } from '../runner/log-keeper.ts';
import { takeUp } from '../runner/publisher.ts';
import type { Database } from '../state/database.ts';
import { READ_BY_OPEN_RUNS } from '../state/inbox-tables.ts';

/** Deletions on their way to the store. */
const AT_ONCE = 16;

export interface GarbageOptions {
  /** Results of runs that ended before this are given up: `rerun --from` can no longer keep them. Epoch milliseconds. */
  readonly runsBefore: number;
  /** The caller says that no other home is at work on the store. */
  readonly alone: boolean;
  readonly dryRun: boolean;
}

type Values = Readonly<Record<string, ValueRef>>;

export interface GarbageSurroundings {
  readonly db: Database;
  readonly log: CommitLog;
  readonly store: Store;
  /** Does something while no task runs and nothing is being published. */
  alone<T>(work: () => Promise<T>): Promise<T>;
}

/** What was, or would be, deleted and kept. */
export interface GarbageReport {
  readonly deleted: readonly ObjectInfo[];
  /** Objects, logs aside. */
  readonly kept: number;
}

/**
 * Deletes objects that nothing needs: no version that was not removed, no copy still due, no run that is open or ended
 * lately (an open one may have been made while a version it reads was being removed); and logs of runs that are gone: ended
 * long ago or unknown here, with no version that was not removed.
 *
 * @throws {RidgelineError} OTHER_HOMES when the log shows other homes, whose runs are not known here; LOG_OF_ANOTHER_STORE
 */
export async function collectGarbage(
  { db, log, store, alone }: GarbageSurroundings,
  options: GarbageOptions,
  signal?: AbortSignal,
): Promise<GarbageReport> {
  // Nothing waits for the long part. What is stored after it is not looked at.
  const found: ObjectInfo[] = [];
  for (const prefix of ['objects/', '_logs/']) {
    for await (const object of store.list(prefix)) {
      signal?.throwIfAborted();
      found.push(object);
    }
  }
  return alone(async () => {
    await takeUp(db, log);
    const { deleted, kept } = sortOut(db, store, found, options);
    if (!options.dryRun) {
      for (let i = 0; i < deleted.length; i += AT_ONCE) {
        signal?.throwIfAborted();
        const deletions = deleted.slice(i, i + AT_ONCE).map(({ key }) => store.delete(key));
        await Promise.allSettled(deletions); // none is on its way when others may store again
        await Promise.all(deletions);
      }
    }
    return { deleted, kept };
  });
}

/** What is garbage. Unless this is a dry run, results that will be gone are taken from their runs first, for good. */
function sortOut(
  db: Database,
  store: Store,
  found: readonly ObjectInfo[],
  { runsBefore, alone, dryRun }: GarbageOptions,
): GarbageReport {
  const other = db.get<{ home: string }>('SELECT home FROM commits WHERE home <> ? LIMIT 1', db.homeId);
  if (other && !alone) {
    throw new RidgelineError('OTHER_HOMES', 'usage', `gc: home ${other.home} publishes to ${store.url} too`, {
      remedy: 'stop what works there, then say so with --alone',
    });
  }
  const look = (): GarbageReport => {
    const needed = neededKeys(db, runsBefore);
    const logged = runsWithLogs(db, runsBefore);
    const isKept = (each: ObjectInfo): boolean => (isLog(each) ? logged.has(runOfLog(each.key)) : needed.has(each.key));
    const deleted = found.filter((each) => !isKept(each));
    if (!dryRun) giveUpResults(db, needed);
    return { deleted, kept: found.filter((each) => isKept(each) && !isLog(each)).length };
  };
  return dryRun ? look() : db.transaction(look, 'durable');
}

const isLog = ({ key }: ObjectInfo): boolean => key.startsWith('_logs/');

function runsWithLogs(db: Database, runsBefore: number): ReadonlySet<string> {
  const rows = db.all<{ run: string }>(
    `SELECT id AS run FROM runs WHERE coalesce(ended_at, ?1) >= ?1
     UNION SELECT run FROM commits JOIN versions ON versions.commit_id = commits.id
       WHERE run IS NOT NULL AND removed_by IS NULL`,
    runsBefore,
  );
  return new Set(rows.map(({ run }) => run));
}

/** So that no `rerun --from` keeps what is not there. */
function giveUpResults(db: Database, needed: ReadonlySet<string>): void {
  const given = db.all<{ run: string; task: string; mapIndex: number; result: ValueRef; outlets?: Values }>(
    'SELECT run, task, map_index, result, outlets FROM tasks WHERE result IS NOT NULL',
  );
  for (const { result, outlets = {}, ...instance } of given) {
    const isKept = [result, ...Object.values(outlets)].flatMap(keysOf).every((key) => needed.has(key));
    if (!isKept) db.update('tasks', { result: undefined, outlets: undefined }, instance);
  }
}

function neededKeys(db: Database, runsBefore: number): ReadonlySet<string> {
  const rows = db.all<{ value: ValueRef | Values | undefined }>(
    `SELECT value FROM versions WHERE removed_by IS NULL
     UNION ALL SELECT value FROM versions JOIN (${READ_BY_OPEN_RUNS}) USING (dataset, version)
     UNION ALL SELECT value FROM exports WHERE state = 'due'
     UNION ALL SELECT result FROM tasks JOIN runs ON runs.id = run WHERE coalesce(runs.ended_at, ?1) >= ?1
     UNION ALL SELECT outlets FROM tasks JOIN runs ON runs.id = run WHERE coalesce(runs.ended_at, ?1) >= ?1`,
    runsBefore,
  );
  const values = rows.flatMap(({ value = {} }) => (isValue(value) ? [value] : Object.values(value)));
  return new Set(values.flatMap(keysOf));
}

/** Of the objects that hold a value. */
function keysOf(value: ValueRef): readonly string[] {
  return leavesOf(value).flatMap((leaf) => {
    if (leaf.kind === 'json') return [];
    return leaf.kind === 'table' ? leaf.ref.key : leaf.key;
  });
}

function isValue(value: ValueRef | Values): value is ValueRef {
  return typeof value.kind === 'string';
}
