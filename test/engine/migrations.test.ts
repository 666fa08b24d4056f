import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { openCommitLog, openStore } from '../../src/data/store/index.ts';
import { openEngine } from '../../src/engine/index.ts';
import { countDeaths, endAttempt, newInstance, startAttempt } from '../../src/engine/state/run-tables.ts';
import { Database, migrate } from '../../src/engine/state/database.ts';
import { APPLICATION_ID, MIGRATIONS } from '../../src/engine/state/schema.ts';

/**
 * `sqlite3 state.db .dump` of a home that the last code of schema 1 wrote: seven runs of three pipelines, mapped tasks, a
 * failure, a copy, a paused consumer with an event pending, a run that is queued.
 */
const DUMP = readFileSync(new URL('home-of-schema-1.sql', import.meta.url), 'utf8');

type Rows = Readonly<Record<string, readonly Record<string, unknown>[]>>;

/** Every row of these tables, in these columns. */
function readAll(db: DatabaseSync, columns: Readonly<Record<string, readonly string[]>>): Rows {
  const read = ([table, names]: [string, readonly string[]]): [string, Record<string, unknown>[]] => [
    table,
    db.prepare(`SELECT ${names.join(', ')} FROM ${table} ORDER BY ${names.join(', ')}`).all(),
  ];
  return Object.fromEntries(Object.entries(columns).map(read));
}

test('what an older release has lost with its processes is no death, for it did not tell stops from deaths', () => {
  const file = new DatabaseSync(':memory:');
  for (const sql of MIGRATIONS.slice(0, 2)) file.exec(sql);
  file.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 2;
    INSERT INTO meta VALUES ('home', 'h');
    INSERT INTO attempts VALUES ('1', 't', -1, 1, 'lost', 0, 1, NULL), ('1', 't', -1, 2, 'running', 1, NULL, NULL)`);
  migrate(file, 'a home', Math.random);
  const db = new Database(file, 'a home');
  const it = newInstance('t', -1);
  for (const [attempt, deaths] of [
    [2, 0],
    [3, 1],
  ] as const) {
    if (attempt === 3) startAttempt(db, '1', { ...it, attempt }, 3);
    endAttempt(db, '1', { ...it, attempt }, 'lost', 4);
    expect(countDeaths(db, '1', it)).toBe(deaths);
  }
  db.close();
});

test('a home of schema 1 is carried forward with everything in it, and works on', async () => {
  const home = mkdtempSync(join(tmpdir(), 'ridgeline-old-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const file = join(home, 'state.db');
  const old = new DatabaseSync(file);
  old.exec(DUMP);
  old.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 1; PRAGMA journal_mode = WAL`);
  const tables = old.prepare(`SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'sqlite_sequence'`).all();
  const columns = Object.fromEntries(
    tables.map(({ name }) => [
      String(name),
      old
        .prepare(`SELECT name FROM pragma_table_info(?)`)
        .all(name!)
        .map((column) => String(column['name'])),
    ]),
  );
  const before = readAll(old, columns);
  old.close();
  expect(Object.values(before).flat()).toHaveLength(58);

  const store = await openStore(join(home, 'store'), {});
  const engine = await openEngine({ homeDir: home, store, log: openCommitLog(store) });
  const now = new DatabaseSync(file, { readOnly: true });
  expect(now.prepare('PRAGMA user_version').get()).toEqual({ user_version: MIGRATIONS.length });
  expect(readAll(now, columns)).toEqual(before);
  now.close();

  expect(engine.listRuns().map(({ id, dag, state }) => `${id} ${dag} ${state}`)).toEqual([
    '7-frftkfej day queued',
    '6-frftkfej day failed',
    '5-frftkfej sum success',
    '4-frftkfej day success',
    '3-frftkfej later success',
    '2-frftkfej sum success',
    '1-frftkfej day success',
  ]);
  expect(engine.getRun('5')).toMatchObject({
    trigger: { type: 'dataset', dataset: 'days', version: 2 },
    inputs: { days: 2 },
    published: { sums: 2 },
    tasks: [{ id: 'twice', mapIndex: 0 }, { id: 'twice', mapIndex: 1 }, { id: 'add' }],
  });
  expect(engine.getVersion('sums')).toMatchObject({ version: 2, run: '5-frftkfej', value: { kind: 'json', value: 4 } });
  expect((await engine.getLogs('6')).filter(({ level }) => level === 'info').map(({ message }) => message)).toEqual([
    'day -1',
    'day -1',
  ]);
  expect(engine.why('later')).toMatchObject({ paused: true, datasets: [{ name: 'sums', pending: [2] }] });

  expect(engine.resume('later')).toBe(0);
  expect(engine.cancel('7')).toBe(true);
  expect(engine.trigger('day', { day: 8 })).toMatchObject({ id: '8-frftkfej', state: 'queued', params: { day: 8 } });
  expect(engine.rerun('6')).toMatchObject({ id: '9-frftkfej', trigger: { type: 'rerun', of: '6-frftkfej' } });
  engine.close();
  await store.close();
});
