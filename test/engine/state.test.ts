import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Clock } from '../../src/contracts/ports.ts';
import { openDatabase } from '../../src/engine/state/database.ts';
import { lockScheduler } from '../../src/engine/state/scheduler-lock.ts';
import { MIGRATIONS } from '../../src/engine/state/schema.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'ridgeline-state-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
});
const file = (): string => join(home, 'state.db');

describe('a state database that is none is named, and left as it is', () => {
  test.each([
    ['text', 'this is no database, but it is long enough to be looked at as one'.repeat(4)],
    ['half of a header', 'SQLite format 3\0 and then something else'.padEnd(600, 'x')],
  ])('%s', (_name, content) => {
    writeFileSync(file(), content);
    expect(() => openDatabase(home, Math.random)).toThrow(
      expect.objectContaining({
        code: 'STATE_NOT_A_DATABASE',
        kind: 'usage',
        message: expect.stringContaining(file()) as string,
      }),
    );
    expect(readFileSync(file(), 'utf8')).toBe(content);
  });

  test('a database of another program', () => {
    const other = new DatabaseSync(file());
    other.exec('CREATE TABLE theirs (x)');
    other.close();
    const before = readFileSync(file());
    expect(() => openDatabase(home, Math.random)).toThrow('got a database of another program');
    expect(readFileSync(file()).equals(before)).toBe(true);
  });

  test('one of a newer release says so and what to do', () => {
    openDatabase(home, Math.random).close();
    const newer = new DatabaseSync(file());
    newer.exec(`PRAGMA user_version = ${MIGRATIONS.length + 1}`);
    newer.close();
    const before = readFileSync(file());
    expect(() => openDatabase(home, Math.random)).toThrow(
      expect.objectContaining({
        code: 'STATE_NEWER',
        message: expect.stringContaining(
          `schema ${MIGRATIONS.length + 1}, this release knows up to ${MIGRATIONS.length}`,
        ) as string,
        remedy: expect.stringContaining('update Ridgeline') as string,
      }),
    );
    expect(readFileSync(file()).equals(before)).toBe(true);
  });

  test('a folder that cannot be written to, unless one is root', () => {
    const locked = join(home, 'locked');
    mkdirSync(locked);
    writeFileSync(join(home, 'plain'), '');
    expect(() => openDatabase(join(home, 'plain'), Math.random)).toThrow(
      expect.objectContaining({ code: 'HOME_NOT_A_FOLDER', kind: 'store' }),
    );
    if (process.platform === 'linux')
      expect(() => openDatabase('/proc/home/of', Math.random)).toThrow(/\/proc\/home\/of: cannot keep the state/);
    if (process.getuid?.() === 0) return;
    chmodSync(locked, 0o500);
    expect(() => openDatabase(locked, Math.random)).toThrow(expect.objectContaining({ code: 'HOME_NOT_WRITABLE' }));
  });
});

test('two that open a new home at once make one of it', () => {
  const [one, two] = [openDatabase(home, Math.random), openDatabase(home, Math.random)];
  const idOf = (db: typeof one) => db.get<{ value: string }>(`SELECT value FROM meta WHERE key = 'home'`)!.value;
  expect(idOf(one)).toMatch(/^[0-9a-hj-km-np-tv-z]{8}$/);
  expect(idOf(two)).toBe(idOf(one));
  one.close();
  two.close();
});

test('a transaction that throws leaves nothing, and the next one works', () => {
  const db = openDatabase(home, Math.random);
  const put = (key: string) => db.run('INSERT INTO meta VALUES (?, ?)', key, 'x');
  expect(() =>
    db.transaction(() => {
      put('a');
      throw new Error('no');
    }),
  ).toThrow('no');
  db.transaction(() => put('b'), 'durable');
  db.flush();
  expect(db.all<{ key: string }>(`SELECT key FROM meta WHERE key IN ('a', 'b')`)).toEqual([{ key: 'b' }]);
  db.close();
});

/** Has it written to the log of the database? Only then does SQLite sync that. */
function synced(body: () => void): boolean {
  const before = statSync(`${file()}-wal`).size;
  body();
  return statSync(`${file()}-wal`).size > before;
}

test('a durable transaction and a flush sync what was committed before them, though they change nothing', () => {
  const db = openDatabase(home, Math.random);
  const change = (value: number) => db.transaction(() => db.run(`INSERT OR REPLACE INTO meta VALUES ('a', ?)`, value));
  for (const value of [1, 2, 3]) {
    change(value);
    expect(synced(() => db.flush())).toBe(true);
    expect(synced(() => db.flush())).toBe(false);
    change(-value);
    expect(synced(() => db.transaction(() => {}, 'durable'))).toBe(true);
  }
  const after = openDatabase(home, Math.random); // what a process left that was killed
  expect(synced(() => after.flush())).toBe(true);
  after.close();
  db.close();
});

test('a full disk is named, nothing of the transaction is there, and it goes on when there is space', () => {
  const db = openDatabase(home, Math.random);
  const pages = db.get<{ page_count: number }>('PRAGMA page_count')!.page_count;
  db.get(`PRAGMA max_page_count = ${pages}`);
  const fill = (): number =>
    db.transaction(() => {
      db.run(`INSERT INTO meta VALUES ('a', 'x')`);
      return db.run(`INSERT INTO meta VALUES ('b', ?)`, 'x'.repeat(100_000));
    });
  expect(fill).toThrow(
    expect.objectContaining({
      code: 'HOME_FULL',
      kind: 'store',
      message: `${home}: the disk of the state database is full`,
      remedy: expect.stringContaining('free some space') as string,
    }),
  );
  expect(db.get(`SELECT 1 FROM meta WHERE key IN ('a', 'b')`)).toBe(undefined);
  db.get('PRAGMA max_page_count = 1000');
  expect(fill()).toBe(1);
  db.close();
});

test('one scheduler at a time: the second waits, says for whom, and gets the place when it is free', async () => {
  const clock: Clock = { now: () => 0, sleep: (ms, signal) => sleep(Math.min(ms, 2), undefined, signal && { signal }) };
  const db = openDatabase(home, Math.random);
  const holders: string[] = [];
  const wait = (signal?: AbortSignal) => lockScheduler(home, db, clock, (holder) => holders.push(holder), signal);
  const first = await wait();
  const second = wait();
  await sleep(10);
  await expect(wait(AbortSignal.abort(new Error('gave up')))).rejects.toThrow();
  expect(holders).toEqual(Array.from({ length: 2 }, () => expect.stringContaining(`process ${process.pid}`) as string));
  first.release();
  (await second).release();
  db.close();
});
