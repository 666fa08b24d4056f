/** Marks a file as a state database of Ridgeline: "RDLN". */
export const APPLICATION_ID = 0x52444c4e;

/**
 * Migration `i` takes a database from `user_version` i to i + 1. A released one is never edited.
 *
 * Times are milliseconds since the Unix epoch.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

  -- The store's log as far as it has been applied. origin: see originKey in log-tables.
  CREATE TABLE commits (
    id INTEGER PRIMARY KEY,
    home TEXT NOT NULL,
    at TEXT NOT NULL,
    origin TEXT NOT NULL,
    run TEXT
  ) STRICT;
  CREATE INDEX commits_by_origin ON commits (origin);
  CREATE INDEX commits_by_run ON commits (run);

  CREATE TABLE versions (
    dataset TEXT NOT NULL,
    version INTEGER NOT NULL,
    commit_id INTEGER NOT NULL REFERENCES commits,
    sha256 TEXT NOT NULL,
    value TEXT NOT NULL,
    inputs TEXT NOT NULL,
    metadata TEXT NOT NULL,
    -- The commit that took it back.
    removed_by INTEGER,
    PRIMARY KEY (dataset, version)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX versions_by_commit ON versions (commit_id);

  CREATE TABLE definitions (hash TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;

  CREATE TABLE dags (
    id TEXT PRIMARY KEY,
    module TEXT NOT NULL,
    url TEXT NOT NULL,
    code_hash TEXT NOT NULL,
    definition TEXT NOT NULL REFERENCES definitions,
    -- Position in the log when it was paused; null: not paused.
    paused_at INTEGER,
    removed INTEGER NOT NULL DEFAULT 0,
    -- When its cron is due next.
    cron_at INTEGER,
    error TEXT
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE subscriptions (
    dataset TEXT NOT NULL,
    dag TEXT NOT NULL,
    PRIMARY KEY (dataset, dag)
  ) STRICT, WITHOUT ROWID;

  -- One row per event and subscriber; run is what consumed or superseded it.
  CREATE TABLE inbox (
    id INTEGER PRIMARY KEY,
    dag TEXT NOT NULL,
    dataset TEXT NOT NULL,
    version INTEGER NOT NULL,
    commit_id INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'consumed', 'superseded', 'skipped')),
    run TEXT,
    reason TEXT,
    UNIQUE (dag, dataset, version)
  ) STRICT;
  CREATE INDEX inbox_pending ON inbox (dag, commit_id) WHERE state = 'pending';
  CREATE INDEX inbox_fresh ON inbox (commit_id) WHERE state = 'pending';
  CREATE INDEX inbox_by_run ON inbox (run);

  CREATE TABLE runs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    dag TEXT NOT NULL,
    module TEXT NOT NULL,
    url TEXT NOT NULL,
    code_hash TEXT NOT NULL,
    definition TEXT NOT NULL REFERENCES definitions,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'publishing', 'success', 'failed')),
    run_trigger TEXT NOT NULL,
    -- What may start one run only: the events consumed, or the time of a cron. Null: asked for by hand.
    trigger_key TEXT,
    params TEXT NOT NULL,
    inputs TEXT NOT NULL,
    emit INTEGER NOT NULL DEFAULT 1,
    -- Why it is to be given up: asked for here, done by the scheduler.
    cancel TEXT,
    error TEXT,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    ended_at INTEGER,
    UNIQUE (dag, trigger_key)
  ) STRICT;
  CREATE INDEX runs_by_dag ON runs (dag, seq);
  CREATE INDEX runs_open ON runs (seq) WHERE state IN ('queued', 'running', 'publishing');

  -- One row per instance; a mapped task has one with map_index -1 until its list is known.
  CREATE TABLE tasks (
    run TEXT NOT NULL,
    task TEXT NOT NULL,
    map_index INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN
      ('none', 'running', 'publishing', 'up_for_retry', 'success', 'failed', 'skipped', 'upstream_failed')),
    attempt INTEGER NOT NULL DEFAULT 0,
    -- Attempts that failed by themselves: what the retry budget counts.
    failures INTEGER NOT NULL DEFAULT 0,
    ready_at INTEGER,
    started_at INTEGER,
    ended_at INTEGER,
    result TEXT,
    outlets TEXT,
    error TEXT,
    note TEXT,
    PRIMARY KEY (run, task, map_index)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE attempts (
    run TEXT NOT NULL,
    task TEXT NOT NULL,
    map_index INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('running', 'success', 'failed', 'lost')),
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    error TEXT,
    PRIMARY KEY (run, task, map_index, attempt)
  ) STRICT, WITHOUT ROWID;

  -- Copies that commits ask for. Those of other homes are kept for their order: 'theirs'.
  CREATE TABLE exports (
    key TEXT NOT NULL,
    commit_id INTEGER NOT NULL,
    run TEXT,
    value TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('due', 'done', 'theirs')),
    rows INTEGER,
    size_bytes INTEGER,
    PRIMARY KEY (key, commit_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX exports_due ON exports (commit_id) WHERE state = 'due';
  CREATE INDEX exports_by_run ON exports (run);

  CREATE TABLE logs (
    id INTEGER PRIMARY KEY,
    run TEXT NOT NULL,
    task TEXT NOT NULL,
    map_index INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    at INTEGER NOT NULL,
    level TEXT NOT NULL,
    message TEXT NOT NULL
  ) STRICT;
  CREATE INDEX logs_by_run ON logs (run, task);
  `,
  `
  -- Calls of hooks that are due, in the order of what they tell.
  CREATE TABLE hooks (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    run TEXT NOT NULL,
    call TEXT NOT NULL
  ) STRICT;
  `,
  `
  -- Before this a stop was written down late or never: none of these counts as a death of the process.
  UPDATE attempts SET error = '{"code":"INTERRUPTED","kind":"interrupted","message":"stopped, or died with its process"}'
  WHERE state IN ('running', 'lost') AND error IS NULL;
  `,
  `
  CREATE INDEX versions_removed ON versions (dataset) WHERE removed_by IS NOT NULL;
  `,
];

/** Columns that hold JSON, most of them what a contract of the same name says. */
export const JSON_COLUMNS: readonly string[] = `
  versions.value versions.inputs versions.metadata exports.value definitions.body dags.error hooks.call
  runs.run_trigger runs.params runs.inputs runs.cancel runs.error tasks.result tasks.outlets tasks.error attempts.error
`.split(/\s+/);
