import { RidgelineError } from '../../contracts/errors.ts';
import type { Commit, CommitOrigin } from '../../contracts/log.ts';
import { planPublish, type PublishPlan, type Publisher as Source } from '../plan/publish.ts';
import {
  applyCommits,
  commitVersion,
  findCommit,
  knownPosition,
  lastCommit,
  lastNumber,
  newestVersion,
  originKey,
} from '../state/log-tables.ts';
import type { RunRecord } from '../state/run-tables.ts';
import type { Persist } from './patience.ts';
import type { Ports } from './ports.ts';

/** What is written in the transaction that applies a commit, beside the commit itself. */
type Settle = (plan: PublishPlan) => void;

/**
 * Commits to the log, one after the other, and applies what the log then holds (R1).
 *
 * A crash, or an outage whose outcome nobody knows, is healed by publishing again: one origin is one commit (R11).
 */
export function createPublisher({ db, log, clock }: Ports, persist: Persist) {
  let last: Promise<unknown> = Promise.resolve();

  function inTurn<T>(body: () => Promise<T>): Promise<T> {
    const result = last.then(() => persist(body));
    last = result.catch(() => {});
    return result;
  }

  async function publish(run: RunRecord, sources: readonly Source[], settle: Settle): Promise<void> {
    const origin: CommitOrigin = {
      type: 'task',
      run: run.id,
      dag: run.dag,
      tasks: sources.map(({ task }) => task),
      attempt: Math.max(...sources.map(({ attempt }) => attempt)),
    };
    const plan = planPublish(run, sources, (dataset) => newestVersion(db, dataset));
    const { versions, exports } = plan;
    const before = findCommit(db, origin);
    if (before !== undefined || versions.length + exports.length === 0) {
      // Published before a crash: that commit says what was unchanged, whatever has been published since.
      const unchanged = before === undefined ? plan.unchanged : leftOut(db, before, plan);
      db.transaction(() => settle({ ...plan, unchanged }));
      return;
    }
    // Whatever the commit rests on must not be taken back by a power cut after it.
    db.flush();
    const at = new Date(clock.now()).toISOString();
    const names = versions.map(({ dataset }) => dataset);
    const draft = { home: db.homeId, at, origin, versions, exports };
    const { commit, skipped } = await log.append(draft, knownPosition(db, names));
    db.transaction(() => {
      applyCommits(db, [...skipped, commit]);
      settle(plan);
    });
  }

  return {
    /** Resolves once the commit is there and applied, and `settle` recorded with it. */
    publish: (run: RunRecord, sources: readonly Source[], settle: Settle): Promise<void> =>
      inTurn(() => publish(run, sources, settle)),
    /** Applies what the log has beyond the database. */
    sync: (): Promise<void> => inTurn(() => follow(db, log)),
  };
}

export type Publisher = ReturnType<typeof createPublisher>;

/** Outlets that a commit did not publish, with the version each had then. */
function leftOut(db: Ports['db'], commit: number, { versions, unchanged }: PublishPlan): PublishPlan['unchanged'] {
  const names = [...versions.map(({ dataset }) => dataset), ...Object.keys(unchanged)];
  return Object.fromEntries(
    names
      .filter((name) => commitVersion(db, commit, name) === undefined)
      .map((name) => [name, lastNumber(db, name, commit)]),
  );
}

/**
 * Applies what the log has beyond the database, once it is sure to be the log that the database has followed so far:
 * another store's would be continued in the middle, and its objects would look like garbage.
 *
 * @throws {RidgelineError} LOG_OF_ANOTHER_STORE (kind `usage`): nothing was written.
 */
export async function takeUp(db: Ports['db'], log: Ports['log']): Promise<void> {
  const last = lastCommit(db);
  if (last !== undefined) await expectCommit(last, log);
  await follow(db, log);
}

async function expectCommit(last: NonNullable<ReturnType<typeof lastCommit>>, log: Ports['log']): Promise<void> {
  let found: Commit | undefined;
  for await (found of log.tail(last.id - 1)) break;
  if (found?.at === last.at && originKey(found.origin) === last.origin) return;
  const got = found === undefined ? 'none' : `one of ${found.at}`;
  const message = `${log.url}: expected commit ${last.id} of ${last.at} in its log, the last that this home has followed, got ${got}`;
  throw new RidgelineError('LOG_OF_ANOTHER_STORE', 'usage', message, {
    remedy:
      'a home follows one store: give that one with --store, or this one a home of its own with --home; ' +
      "if this store is to take its place, delete the home's state.db, and its log is read from the start",
  });
}

/** Commits per transaction while a long log is read. */
const BATCH = 500;

/** Applies what the log has beyond the database. */
async function follow(db: Ports['db'], log: Ports['log']): Promise<void> {
  let batch: Commit[] = [];
  const apply = (): void => {
    if (batch.length > 0) db.transaction(() => applyCommits(db, batch));
    batch = [];
  };
  for await (const commit of log.tail(knownPosition(db, []).id)) {
    if (batch.push(commit) === BATCH) apply();
  }
  apply();
}
