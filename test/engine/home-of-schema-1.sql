PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES('flush','');
INSERT INTO meta VALUES('home','frftkfej');
INSERT INTO meta VALUES('scheduler','process 26592, since 2026-11-21T16:11:25.170Z');
CREATE TABLE commits (
    id INTEGER PRIMARY KEY,
    home TEXT NOT NULL,
    at TEXT NOT NULL,
    origin TEXT NOT NULL,
    run TEXT
  ) STRICT;
INSERT INTO commits VALUES(1,'frftkfej','2026-11-21T16:11:22.002Z','["task","1-frftkfej","tell"]','1-frftkfej');
INSERT INTO commits VALUES(2,'frftkfej','2026-11-21T16:11:22.044Z','["task","2-frftkfej","add"]','2-frftkfej');
INSERT INTO commits VALUES(3,'frftkfej','2026-11-21T16:11:23.998Z','["task","4-frftkfej","tell"]','4-frftkfej');
INSERT INTO commits VALUES(4,'frftkfej','2026-11-21T16:11:24.056Z','["task","5-frftkfej","add"]','5-frftkfej');
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
INSERT INTO versions VALUES('days',1,1,'6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b','{"kind":"json","value":1}','{}','{"code":"53311caf2fded1d87fdfbe6c3c6d2c9bf4b9efa5ebe8c75706ec47dedb43df82"}',NULL);
INSERT INTO versions VALUES('days',2,3,'d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35','{"kind":"json","value":2}','{}','{"code":"53311caf2fded1d87fdfbe6c3c6d2c9bf4b9efa5ebe8c75706ec47dedb43df82"}',NULL);
INSERT INTO versions VALUES('sums',1,2,'4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce','{"kind":"json","value":3}','{"days":1}','{"code":"53311caf2fded1d87fdfbe6c3c6d2c9bf4b9efa5ebe8c75706ec47dedb43df82"}',NULL);
INSERT INTO versions VALUES('sums',2,4,'4b227777d4dd1fc61c6f884f48641d02b4d121d3fd328cb08b5531fcacdabf8a','{"kind":"json","value":4}','{"days":2}','{"code":"53311caf2fded1d87fdfbe6c3c6d2c9bf4b9efa5ebe8c75706ec47dedb43df82"}',NULL);
CREATE TABLE definitions (hash TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO definitions VALUES('33479f0993b4164f44cd8a43e4942a36abef3ca3bc6726a2077178c6f57a9d9b','{"id":"later","schedule":{"datasets":{"type":"dataset","name":"sums"}},"emitOn":"task","consume":"latest","from":"now","onResume":"latest","maxActiveRuns":1,"params":{},"tasks":[{"id":"read","kind":"task","inputs":{"sums":{"type":"dataset","dataset":"sums"}},"after":[],"outlets":{},"triggerRule":"all_success","retries":0,"retryDelayMs":1000,"maxRetryDelayMs":600000,"slots":[]}],"datasets":[{"name":"sums","skipUnchanged":false}]}');
INSERT INTO definitions VALUES('722d3fec6ea66c47353428dc9278d4321fab6bdc76de73c772f1cb7d57a3dcd8','{"id":"day","schedule":{},"emitOn":"task","consume":"latest","from":"now","onResume":"latest","maxActiveRuns":1,"params":{"day":{"type":"number","default":1}},"tasks":[{"id":"tell","kind":"task","inputs":{},"after":[],"outlets":{"":"days"},"export":"days.json","triggerRule":"all_success","retries":1,"retryDelayMs":1,"maxRetryDelayMs":600000,"slots":[]}],"datasets":[{"name":"days","skipUnchanged":false}]}');
INSERT INTO definitions VALUES('7b3eb875851981d14eef716ed707eb3b98d9087d729d035b561a312d2aa3c1ce','{"id":"sum","schedule":{"datasets":{"type":"dataset","name":"days"}},"emitOn":"task","consume":"each","from":"now","onResume":"latest","maxActiveRuns":1,"params":{},"tasks":[{"id":"twice","kind":"map","inputs":{},"after":[],"outlets":{},"over":{"items":[1,2]},"triggerRule":"all_success","retries":0,"retryDelayMs":1000,"maxRetryDelayMs":600000,"slots":[]},{"id":"add","kind":"task","inputs":{"days":{"type":"dataset","dataset":"days"},"twice":{"type":"task","task":"twice","optional":false}},"after":[],"outlets":{"":"sums"},"triggerRule":"all_success","retries":0,"retryDelayMs":1000,"maxRetryDelayMs":600000,"slots":[]}],"datasets":[{"name":"days","skipUnchanged":false},{"name":"sums","skipUnchanged":false}]}');
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
INSERT INTO dags VALUES('day','days','file:///project/p/days.ts','53311caf2fded1d87fdfbe6c3c6d2c9bf4b9efa5ebe8c75706ec47dedb43df82','722d3fec6ea66c47353428dc9278d4321fab6bdc76de73c772f1cb7d57a3dcd8',NULL,0,NULL,NULL);
INSERT INTO dags VALUES('later','days','file:///project/p/days.ts','53311caf2fded1d87fdfbe6c3c6d2c9bf4b9efa5ebe8c75706ec47dedb43df82','33479f0993b4164f44cd8a43e4942a36abef3ca3bc6726a2077178c6f57a9d9b',2,0,NULL,NULL);
INSERT INTO dags VALUES('sum','days','file:///project/p/days.ts','53311caf2fded1d87fdfbe6c3c6d2c9bf4b9efa5ebe8c75706ec47dedb43df82','7b3eb875851981d14eef716ed707eb3b98d9087d729d035b561a312d2aa3c1ce',NULL,0,NULL,NULL);
CREATE TABLE subscriptions (
    dataset TEXT NOT NULL,
    dag TEXT NOT NULL,
    PRIMARY KEY (dataset, dag)
  ) STRICT, WITHOUT ROWID;
INSERT INTO subscriptions VALUES('days','sum');
INSERT INTO subscriptions VALUES('sums','later');
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
INSERT INTO inbox VALUES(1,'sum','days',1,1,'consumed','2-frftkfej',NULL);
INSERT INTO inbox VALUES(2,'later','sums',1,2,'consumed','3-frftkfej',NULL);
INSERT INTO inbox VALUES(3,'sum','days',2,3,'consumed','5-frftkfej',NULL);
INSERT INTO inbox VALUES(4,'later','sums',2,4,'pending',NULL,NULL);
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
INSERT INTO runs VALUES(1,'1-frftkfej','day','days','file:///project/p/days.ts','53311caf2fded1d87fdfbe6c3c6d2c9bf4b9efa5ebe8c75706ec47dedb43df82','722d3fec6ea66c47353428dc9278d4321fab6bdc76de73c772f1cb7d57a3dcd8','success','{"type":"manual"}',NULL,'{"day":1}','{}',1,NULL,NULL,1795277481892,1795277481902,1795277482027);
INSERT INTO runs VALUES(2,'2-frftkfej','sum','days','file:///project/p/days.ts','53311caf2fded1d87fdfbe6c3c6d2c9bf4b9efa5ebe8c75706ec47dedb43df82','7b3eb875851981d14eef716ed707eb3b98d9087d729d035b561a312d2aa3c1ce','success','{"type":"dataset","dataset":"days","version":1}','days@1','{}','{"days":1}',1,NULL,NULL,1795277482024,1795277482024,1795277482049);
INSERT INTO runs VALUES(3,'3-frftkfej','later','days','file:///project/p/days.ts','53311caf2fded1d87fdfbe6c3c6d2c9bf4b9efa5ebe8c75706ec47dedb43df82','33479f0993b4164f44cd8a43e4942a36abef3ca3bc6726a2077178c6f57a9d9b','success','{"type":"dataset","dataset":"sums","version":1}','sums@1','{}','{"sums":1}',1,NULL,NULL,1795277482047,1795277482048,1795277482052);
INSERT INTO runs VALUES(4,'4-frftkfej','day','days','file:///project/p/days.ts','53311caf2fded1d87fdfbe6c3c6d2c9bf4b9efa5ebe8c75706ec47dedb43df82','722d3fec6ea66c47353428dc9278d4321fab6bdc76de73c772f1cb7d57a3dcd8','success','{"type":"manual"}',NULL,'{"day":2}','{}',1,NULL,NULL,1795277483953,1795277483955,1795277484026);
INSERT INTO runs VALUES(5,'5-frftkfej','sum','days','file:///project/p/days.ts','53311caf2fded1d87fdfbe6c3c6d2c9bf4b9efa5ebe8c75706ec47dedb43df82','7b3eb875851981d14eef716ed707eb3b98d9087d729d035b561a312d2aa3c1ce','success','{"type":"dataset","dataset":"days","version":2}','days@2','{}','{"days":2}',1,NULL,NULL,1795277484020,1795277484021,1795277484065);
INSERT INTO runs VALUES(6,'6-frftkfej','day','days','file:///project/p/days.ts','53311caf2fded1d87fdfbe6c3c6d2c9bf4b9efa5ebe8c75706ec47dedb43df82','722d3fec6ea66c47353428dc9278d4321fab6bdc76de73c772f1cb7d57a3dcd8','failed','{"type":"manual"}',NULL,'{"day":-1}','{}',1,NULL,'{"code":"UNEXPECTED","kind":"run","message":"Error: no such day","stack":"Error: no such day\n    at file:///project/p/days.ts:7:31\n    at runTask (file:///ridgeline/src/engine/worker/run-task.ts:31:23)\n    at async runAttempt (file:///ridgeline/src/engine/worker/attempt.ts:27:12)\n    at async Module.attempt (file:///ridgeline/src/engine/worker/task-calls.ts:41:12)\n    at async onMessage (/ridgeline/node_modules/piscina/dist/worker.js:180:22)"}',1795277485427,1795277485437,1795277485483);
INSERT INTO runs VALUES(7,'7-frftkfej','day','days','file:///project/p/days.ts','53311caf2fded1d87fdfbe6c3c6d2c9bf4b9efa5ebe8c75706ec47dedb43df82','722d3fec6ea66c47353428dc9278d4321fab6bdc76de73c772f1cb7d57a3dcd8','queued','{"type":"manual"}',NULL,'{"day":5}','{}',1,NULL,NULL,1795277486545,NULL,NULL);
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
INSERT INTO tasks VALUES('1-frftkfej','tell',-1,'success',1,0,NULL,1795277481903,1795277482023,'{"kind":"json","value":1}','{"":{"kind":"json","value":1}}',NULL,NULL);
INSERT INTO tasks VALUES('2-frftkfej','add',-1,'success',1,0,NULL,1795277482034,1795277482047,'{"kind":"json","value":3}','{"":{"kind":"json","value":3}}',NULL,NULL);
INSERT INTO tasks VALUES('2-frftkfej','twice',0,'success',1,0,NULL,1795277482024,1795277482032,'{"kind":"json","value":2}','{}',NULL,NULL);
INSERT INTO tasks VALUES('2-frftkfej','twice',1,'success',1,0,NULL,1795277482024,1795277482034,'{"kind":"json","value":4}','{}',NULL,NULL);
INSERT INTO tasks VALUES('3-frftkfej','read',-1,'success',1,0,NULL,1795277482048,1795277482052,'{"kind":"json","value":3}','{}',NULL,NULL);
INSERT INTO tasks VALUES('4-frftkfej','tell',-1,'success',1,0,NULL,1795277483956,1795277484015,'{"kind":"json","value":2}','{"":{"kind":"json","value":2}}',NULL,NULL);
INSERT INTO tasks VALUES('5-frftkfej','add',-1,'success',1,0,NULL,1795277484039,1795277484063,'{"kind":"json","value":4}','{"":{"kind":"json","value":4}}',NULL,NULL);
INSERT INTO tasks VALUES('5-frftkfej','twice',0,'success',1,0,NULL,1795277484021,1795277484031,'{"kind":"json","value":2}','{}',NULL,NULL);
INSERT INTO tasks VALUES('5-frftkfej','twice',1,'success',1,0,NULL,1795277484021,1795277484036,'{"kind":"json","value":4}','{}',NULL,NULL);
INSERT INTO tasks VALUES('6-frftkfej','tell',-1,'failed',2,2,NULL,1795277485475,1795277485482,NULL,NULL,'{"code":"UNEXPECTED","kind":"run","message":"Error: no such day","stack":"Error: no such day\n    at file:///project/p/days.ts:7:31\n    at runTask (file:///ridgeline/src/engine/worker/run-task.ts:31:23)\n    at async runAttempt (file:///ridgeline/src/engine/worker/attempt.ts:27:12)\n    at async Module.attempt (file:///ridgeline/src/engine/worker/task-calls.ts:41:12)\n    at async onMessage (/ridgeline/node_modules/piscina/dist/worker.js:180:22)"}',NULL);
INSERT INTO tasks VALUES('7-frftkfej','tell',-1,'none',0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
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
INSERT INTO attempts VALUES('1-frftkfej','tell',-1,1,'success',1795277481903,1795277482023,NULL);
INSERT INTO attempts VALUES('2-frftkfej','add',-1,1,'success',1795277482034,1795277482047,NULL);
INSERT INTO attempts VALUES('2-frftkfej','twice',0,1,'success',1795277482024,1795277482032,NULL);
INSERT INTO attempts VALUES('2-frftkfej','twice',1,1,'success',1795277482024,1795277482034,NULL);
INSERT INTO attempts VALUES('3-frftkfej','read',-1,1,'success',1795277482048,1795277482052,NULL);
INSERT INTO attempts VALUES('4-frftkfej','tell',-1,1,'success',1795277483956,1795277484015,NULL);
INSERT INTO attempts VALUES('5-frftkfej','add',-1,1,'success',1795277484039,1795277484063,NULL);
INSERT INTO attempts VALUES('5-frftkfej','twice',0,1,'success',1795277484021,1795277484031,NULL);
INSERT INTO attempts VALUES('5-frftkfej','twice',1,1,'success',1795277484021,1795277484036,NULL);
INSERT INTO attempts VALUES('6-frftkfej','tell',-1,1,'failed',1795277485438,1795277485474,'{"code":"UNEXPECTED","kind":"run","message":"Error: no such day","stack":"Error: no such day\n    at file:///project/p/days.ts:7:31\n    at runTask (file:///ridgeline/src/engine/worker/run-task.ts:31:23)\n    at async runAttempt (file:///ridgeline/src/engine/worker/attempt.ts:27:12)\n    at async Module.attempt (file:///ridgeline/src/engine/worker/task-calls.ts:41:12)\n    at async onMessage (/ridgeline/node_modules/piscina/dist/worker.js:180:22)"}');
INSERT INTO attempts VALUES('6-frftkfej','tell',-1,2,'failed',1795277485475,1795277485482,'{"code":"UNEXPECTED","kind":"run","message":"Error: no such day","stack":"Error: no such day\n    at file:///project/p/days.ts:7:31\n    at runTask (file:///ridgeline/src/engine/worker/run-task.ts:31:23)\n    at async runAttempt (file:///ridgeline/src/engine/worker/attempt.ts:27:12)\n    at async Module.attempt (file:///ridgeline/src/engine/worker/task-calls.ts:41:12)\n    at async onMessage (/ridgeline/node_modules/piscina/dist/worker.js:180:22)"}');
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
INSERT INTO exports VALUES('days.json',1,'1-frftkfej','{"kind":"json","value":1}','done',NULL,2);
INSERT INTO exports VALUES('days.json',3,'4-frftkfej','{"kind":"json","value":2}','done',NULL,2);
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
INSERT INTO logs VALUES(1,'1-frftkfej','tell',-1,1,1795277481933,'info','day 1');
INSERT INTO logs VALUES(2,'4-frftkfej','tell',-1,1,1795277483992,'info','day 2');
INSERT INTO logs VALUES(3,'6-frftkfej','tell',-1,1,1795277485471,'info','day -1');
INSERT INTO logs VALUES(4,'6-frftkfej','tell',-1,2,1795277485481,'info','day -1');
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('runs',7);
CREATE INDEX commits_by_origin ON commits (origin);
CREATE INDEX commits_by_run ON commits (run);
CREATE INDEX versions_by_commit ON versions (commit_id);
CREATE INDEX inbox_pending ON inbox (dag, commit_id) WHERE state = 'pending';
CREATE INDEX inbox_fresh ON inbox (commit_id) WHERE state = 'pending';
CREATE INDEX inbox_by_run ON inbox (run);
CREATE INDEX runs_by_dag ON runs (dag, seq);
CREATE INDEX runs_open ON runs (seq) WHERE state IN ('queued', 'running', 'publishing');
CREATE INDEX exports_due ON exports (commit_id) WHERE state = 'due';
CREATE INDEX exports_by_run ON exports (run);
CREATE INDEX logs_by_run ON logs (run, task);
COMMIT;
