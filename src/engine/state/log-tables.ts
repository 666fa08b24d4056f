import { RidgelineError } from '../../contracts/errors.ts';
import type { Commit, CommitOrigin, LogPosition, PublishedVersion, ValueRef } from '../../contracts/log.ts';
import type { Database } from './database.ts';

/** Two commits of one origin are one publish (R11); the attempt is no part of it. */
export function originKey(origin: CommitOrigin): string {
  return origin.type === 'task'
    ? JSON.stringify(['task', origin.run, ...origin.tasks])
    : JSON.stringify(['external', origin.idempotencyKey]);
}

/** Id of the last commit applied; 0 before the first. */
export function logPosition(db: Database): number {
  return db.get<{ id: number | null }>('SELECT max(id) AS id FROM commits')!.id ?? 0;
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

/** The newest version of a dataset before a commit; 0 for none. */
export function versionBefore(db: Database, commit: number, dataset: string): number {
  const sql = 'SELECT max(version) AS version FROM versions WHERE dataset = ? AND commit_id < ?';
  return db.get<{ version: number | null }>(sql, dataset, commit)!.version ?? 0;
}

interface VersionRow {
  dataset: string;
  version: number;
  sha256: string;
  value: string;
  inputs: string;
  metadata: string;
}

export function toVersion(row: VersionRow): PublishedVersion {
  return {
    dataset: row.dataset,
    version: row.version,
    sha256: row.sha256,
    value: JSON.parse(row.value) as ValueRef,
    inputs: JSON.parse(row.inputs) as PublishedVersion['inputs'],
    metadata: JSON.parse(row.metadata) as PublishedVersion['metadata'],
  };
}

/** The number a dataset's next version comes after, also when that one was removed. */
export function lastNumber(db: Database, dataset: string): number {
  return db.get<{ n: number | null }>('SELECT max(version) AS n FROM versions WHERE dataset = ?', dataset)!.n ?? 0;
}

/** Of those that were not removed. */
export function newestVersion(db: Database, dataset: string): PublishedVersion | undefined {
  const row = db.get<VersionRow>(
    'SELECT * FROM versions WHERE dataset = ? AND removed_by IS NULL ORDER BY version DESC LIMIT 1',
    dataset,
  );
  return row && toVersion(row);
}

export function isRemoved(db: Database, dataset: string, version: number): boolean {
  return (
    db.get('SELECT 1 FROM versions WHERE dataset = ? AND version = ? AND removed_by IS NOT NULL', dataset, version) !==
    undefined
  );
}

export function getVersion(db: Database, dataset: string, version: number): PublishedVersion | undefined {
  const row = db.get<VersionRow>('SELECT * FROM versions WHERE dataset = ? AND version = ?', dataset, version);
  return row && toVersion(row);
}

/** Versions of the commits after one, in order. */
export function versionsAfter(
  db: Database,
  commit: number,
): readonly { readonly commit: number; readonly run: string | undefined; readonly version: PublishedVersion }[] {
  type Row = VersionRow & { commit_id: number; run: string | null };
  const rows = db.all<Row>(
    `SELECT versions.*, commits.run FROM versions JOIN commits ON commits.id = commit_id WHERE commit_id > ?
     ORDER BY commit_id, dataset`,
    commit,
  );
  return rows.map((row) => ({ commit: row.commit_id, run: row.run ?? undefined, version: toVersion(row) }));
}

/**
 * Makes commits of the log visible here: versions, one inbox row per subscriber, copies that are due. Commits that
 * are there already are passed over. Runs inside the caller's transaction.
 *
 * @throws {RidgelineError} LOG_GAP when a commit is missing before one of these.
 */
export function applyCommits(db: Database, homeId: string, commits: readonly Commit[]): void {
  let position = logPosition(db);
  for (const commit of commits) {
    if (commit.id <= position) continue;
    if (commit.id !== ++position) {
      throw new RidgelineError('LOG_GAP', 'store', `log: expected commit ${position}, got ${commit.id}`);
    }
    const { origin } = commit;
    const run = origin.type === 'task' ? origin.run : null;
    db.run('INSERT INTO commits VALUES (?, ?, ?, ?, ?)', commit.id, commit.home, commit.at, originKey(origin), run);
    for (const each of commit.versions) {
      db.run(
        'INSERT INTO versions (dataset, version, commit_id, sha256, value, inputs, metadata) VALUES (?, ?, ?, ?, ?, ?, ?)',
        each.dataset,
        each.version,
        commit.id,
        each.sha256,
        JSON.stringify(each.value),
        JSON.stringify(each.inputs),
        JSON.stringify(each.metadata),
      );
      db.run(
        'INSERT INTO inbox (dag, dataset, version, commit_id) SELECT dag, dataset, ?, ? FROM subscriptions WHERE dataset = ?',
        each.version,
        commit.id,
        each.dataset,
      );
    }
    for (const { dataset, version } of commit.removed ?? []) {
      db.run('UPDATE versions SET removed_by = ? WHERE dataset = ? AND version = ?', commit.id, dataset, version);
      db.run(
        `UPDATE inbox SET state = 'skipped', reason = 'the version was removed'
         WHERE dataset = ? AND version = ? AND state = 'pending'`,
        dataset,
        version,
      );
    }
    for (const { key, value } of commit.exports) {
      const state = commit.home === homeId ? 'due' : 'theirs';
      db.run(
        'INSERT INTO exports (key, commit_id, run, value, state) VALUES (?, ?, ?, ?, ?)',
        key,
        commit.id,
        run,
        JSON.stringify(value),
        state,
      );
    }
  }
}
