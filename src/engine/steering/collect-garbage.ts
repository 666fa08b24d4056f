import { RidgelineError } from '../../contracts/errors.ts';
import { leavesOf, type CommitLog, type ValueRef } from '../../contracts/log.ts';
import type { ObjectInfo, Store } from '../../contracts/store.ts';
import { runOfLog } from '../runner/log-keeper.ts';
import { follow } from '../runner/publisher.ts';
import type { Database } from '../state/database.ts';

export interface GarbageOptions {
  /** Results of runs that ended before this are given up: `rerun --from` can no longer keep them. Epoch milliseconds. */
  readonly runsBefore: number;
  /** The caller says that no other home is at work on the store. */
  readonly alone: boolean;
  readonly dryRun: boolean;
}

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
 * lately; and logs of runs that are gone: ended long ago or unknown here, with no version that was not removed.
 *
 * @throws {RidgelineError} OTHER_HOMES when the log shows other homes, whose runs are not known here.
 */
export async function collectGarbage(
  { db, log, store, alone }: GarbageSurroundings,
  options: GarbageOptions,
): Promise<GarbageReport> {
  // Nothing waits for the long part. What is stored after it is not looked at.
  const found: ObjectInfo[] = [];
  for (const prefix of ['objects/', '_logs/']) for await (const object of store.list(prefix)) found.push(object);
  return alone(async () => {
    await follow(db, log);
    return deleteGarbage(db, store, found, options);
  });
}

async function deleteGarbage(
  db: Database,
  store: Store,
  found: readonly ObjectInfo[],
  { runsBefore, alone, dryRun }: GarbageOptions,
): Promise<GarbageReport> {
  const other = db.get<{ home: string }>('SELECT home FROM commits WHERE home <> ? LIMIT 1', db.homeId);
  if (other && !alone) {
    throw new RidgelineError('OTHER_HOMES', 'usage', `gc: home ${other.home} publishes to ${store.url} too`, {
      remedy: 'stop what works there, then say so with --alone',
    });
  }
  const needed = neededKeys(db, runsBefore);
  const logged = runsWithLogs(db, runsBefore);
  const isKept = (each: ObjectInfo): boolean => (isLog(each) ? logged.has(runOfLog(each.key)) : needed.has(each.key));
  const deleted = found.filter((each) => !isKept(each));
  const kept = found.filter((each) => isKept(each) && !isLog(each)).length;
  if (!dryRun) for (const { key } of deleted) await store.delete(key);
  return { deleted, kept };
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

function neededKeys(db: Database, runsBefore: number): ReadonlySet<string> {
  const rows = db.all<{ value: ValueRef | Readonly<Record<string, ValueRef>> | undefined }>(
    `SELECT value FROM versions WHERE removed_by IS NULL
     UNION ALL SELECT value FROM exports WHERE state = 'due'
     UNION ALL SELECT result FROM tasks JOIN runs ON runs.id = run WHERE coalesce(runs.ended_at, ?1) >= ?1
     UNION ALL SELECT outlets FROM tasks JOIN runs ON runs.id = run WHERE coalesce(runs.ended_at, ?1) >= ?1`,
    runsBefore,
  );
  const values = rows.flatMap(({ value = {} }) => (isValue(value) ? [value] : Object.values(value)));
  return new Set(
    values.flatMap(leavesOf).flatMap((leaf) => {
      if (leaf.kind === 'json') return [];
      return leaf.kind === 'table' ? leaf.ref.key : leaf.key;
    }),
  );
}

function isValue(value: ValueRef | Readonly<Record<string, ValueRef>>): value is ValueRef {
  return typeof value.kind === 'string';
}
