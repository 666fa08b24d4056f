import { RidgelineError } from '../../contracts/errors.ts';
import type { Commit, CommitOrigin, LogPosition, PublishedVersion } from '../../contracts/log.ts';
import type { Database } from './database.ts';

/** Two commits of one origin are one publish (R11); the attempt is no part of it. */
export function originKey(origin: CommitOrigin): string {
  return origin.type === 'task'
    ? JSON.stringify(['task', origin.run, ...origin.tasks])
    : JSON.stringify(['external', origin.idempotencyKey]);
}

/** The last commit applied; undefined before the first. */
export function lastCommit(
  db: Database,
): { readonly id: number; readonly at: string; readonly origin: string } | undefined {
  return db.get('SELECT id, at, origin FROM commits ORDER BY id DESC LIMIT 1');
}

/** Its id; 0 before the first. */
export function logPosition(db: Database): number {
  return lastCommit(db)?.id ?? 0;
}

export function knownPosition(db: Database, datasets: readonly string[]): LogPosition {
  return {
    id: logPosition(db),
    versions: Object.fromEntries(datasets.map((name) => [name, lastNumber(db, name)])),
  };
}

export function findCommit(db: Database, origin: CommitOrigin): number | undefined {
  return db.get<{ id: number }>('SELECT id FROM commits WHERE origin = ?', originKey(origin))?.id;
}

/** The version of a dataset that a commit published. */
export function commitVersion(db: Database, commit: number, dataset: string): number | undefined {
  return db.get<{ version: number }>(
    'SELECT version FROM versions WHERE commit_id = ? AND dataset = ?',
    commit,
    dataset,
  )?.version;
}

/** The columns of a `PublishedVersion`. */
export const VERSION = 'dataset, version, value, sha256, inputs, metadata';

/** The number a dataset's next version comes after, also when that one was removed; or that came before a commit. */
export function lastNumber(db: Database, dataset: string, commit = Number.MAX_SAFE_INTEGER): number {
  const sql = 'SELECT max(version) AS n FROM versions WHERE dataset = ? AND commit_id < ?';
  return db.get<{ n: number | undefined }>(sql, dataset, commit)!.n ?? 0;
}

/** Of those that were not removed. */
export function newestVersion(db: Database, dataset: string): PublishedVersion | undefined {
  const sql = `SELECT ${VERSION} FROM versions WHERE dataset = ? AND removed_by IS NULL ORDER BY version DESC LIMIT 1`;
  return db.get(sql, dataset);
}

export function getVersion(db: Database, dataset: string, version: number): PublishedVersion | undefined {
  return db.get(`SELECT ${VERSION} FROM versions WHERE dataset = ? AND version = ?`, dataset, version);
}

/** Versions of the commits after one, in order. */
export function versionsAfter(
  db: Database,
  commit: number,
): readonly { readonly commit: number; readonly run: string | undefined; readonly version: PublishedVersion }[] {
  type Row = PublishedVersion & { readonly commit: number; readonly run: string | undefined };
  const rows = db.all<Row>(
    `SELECT ${VERSION}, commit_id AS "commit", run FROM versions JOIN commits ON commits.id = commit_id
     WHERE commit_id > ? ORDER BY commit_id, dataset`,
    commit,
  );
  return rows.map(({ commit, run, ...version }) => ({ commit, run, version }));
}

/**
 * Makes commits of the log visible here: versions, one inbox row per subscriber, copies that are due. Commits that
 * are there already are passed over. Runs inside the caller's transaction.
 *
 * @throws {RidgelineError} LOG_GAP when a commit is missing before one of these.
 */
export function applyCommits(db: Database, commits: readonly Commit[]): void {
  let position = logPosition(db);
  for (const commit of commits) {
    if (commit.id <= position) continue;
    if (commit.id !== ++position) {
      throw new RidgelineError('LOG_GAP', 'store', `log: expected commit ${position}, got ${commit.id}`);
    }
    const { id, home, at, origin } = commit;
    const run = origin.type === 'task' ? origin.run : undefined;
    db.insert('commits', { id, home, at, origin: originKey(origin), run });
    for (const each of commit.versions) {
      const { dataset, version, value, sha256, inputs, metadata } = each;
      db.insert('versions', { dataset, version, commitId: id, value, sha256, inputs, metadata });
      db.run(
        'INSERT INTO inbox (dag, dataset, version, commit_id) SELECT dag, dataset, ?, ? FROM subscriptions WHERE dataset = ?',
        version,
        id,
        dataset,
      );
    }
    for (const { dataset, version } of commit.removed ?? []) {
      db.run('UPDATE versions SET removed_by = ? WHERE dataset = ? AND version = ?', id, dataset, version);
      db.run(
        `UPDATE inbox SET state = 'skipped', reason = 'the version was removed'
         WHERE dataset = ? AND version = ? AND state = 'pending'`,
        dataset,
        version,
      );
    }
    for (const { key, value } of commit.exports) {
      db.insert('exports', { key, commitId: id, run, value, state: home === db.homeId ? 'due' : 'theirs' });
    }
  }
}
