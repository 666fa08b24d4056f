import { mkdirSync, statSync, utimesSync, watch } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import { RidgelineError } from '../../contracts/errors.ts';
import { APPLICATION_ID, JSON_COLUMNS, MIGRATIONS } from './schema.ts';

/** Bound as NULL when undefined, as 0 or 1 when a boolean, as JSON when an object. */
export type Value = string | number | boolean | object | undefined;

/** What is used of SQLite; a simulated one loses its power. */
export type Connection = Pick<DatabaseSync, 'prepare' | 'exec' | 'isTransaction' | 'close'>;

/** What becomes of the columns of a statement's rows. */
type Fields = readonly { readonly name: string; readonly isJson: boolean }[];
const FIELDS = new WeakMap<StatementSync, Fields>();

/** Longest wait for another process's short transaction. */
const BUSY_TIMEOUT_MS = 5000;

/**
 * The home's state database. Fields of objects are columns by the same names, `mapIndex` being `map_index`; NULL is
 * undefined, and columns of JSON hold values.
 *
 * Transactions are not fsynced one by one: what the operating system has is safe from the death of this process, and
 * what a power cut may take is made again from the log. `durable` ones are, and everything before them with them: a
 * commit to the log, an answer to a caller and the end of a run rest on nothing that a power cut could take back.
 */
export class Database {
  /** The home's id, in the log and in run ids. */
  readonly homeId: string;
  readonly #db: Connection;
  readonly #path: string;
  /** Its file's inode; absent: there is no file. */
  readonly #file: number | undefined;
  readonly #statements = new Map<string, StatementSync>();
  #durable = false;
  /** Something may be with the operating system only: also what a process before this one left there. */
  #dirty = true;
  #rehearsing = false;

  constructor(db: Connection, path: string, file?: number) {
    this.#db = db;
    this.#path = path;
    this.#file = file;
    this.homeId = this.get<{ value: string }>(`SELECT value FROM meta WHERE key = 'home'`)!.value;
  }

  /** How many rows it changed. */
  run(sql: string, ...values: readonly Value[]): number {
    return Number(this.#prepare(sql).run(...values.map(toColumn)).changes);
  }

  /** The new row's id. */
  insert(table: string, row: object, how: 'INSERT' | 'INSERT OR REPLACE' = 'INSERT'): number {
    const columns = Object.keys(row).map(columnOf);
    const sql = `${how} INTO ${table} (${columns.join()}) VALUES (?${', ?'.repeat(columns.length - 1)})`;
    return Number(this.#prepare(sql).run(...Object.values(row).map(toColumn)).lastInsertRowid);
  }

  /** Sets these fields of the rows that have those. */
  update(table: string, fields: object, where: object): void {
    const [set, those] = [fields, where].map((each) => Object.keys(each).map((field) => `${columnOf(field)} = ?`));
    const values = [...Object.values(fields), ...Object.values(where)] as Value[];
    this.run(`UPDATE ${table} SET ${set!.join(', ')} WHERE ${those!.join(' AND ')}`, ...values);
  }

  get<Row>(sql: string, ...values: readonly Value[]): Row | undefined {
    const statement = this.#prepare(sql);
    const row = statement.get(...values.map(toColumn)) as unknown as SQLOutputValue[] | undefined;
    return row && toObject<Row>(row, fieldsOf(statement));
  }

  all<Row>(sql: string, ...values: readonly Value[]): readonly Row[] {
    const statement = this.#prepare(sql);
    const rows = statement.all(...values.map(toColumn)) as unknown as SQLOutputValue[][];
    const fields = fieldsOf(statement);
    return rows.map((row) => toObject<Row>(row, fields));
  }

  /** @throws {RidgelineError} HOME_FULL, HOME_BUSY, HOME_NOT_WRITABLE: nothing of it is there; what `body` throws. */
  transaction<T>(body: () => T, durability: 'durable' | 'follows' = 'follows'): T {
    if (this.#rehearsing) return body();
    const durable = durability === 'durable';
    if (durable !== this.#durable) {
      this.#db.exec(`PRAGMA synchronous = ${durable ? 'FULL' : 'NORMAL'}`);
      this.#durable = durable;
    }
    try {
      this.#db.exec('BEGIN IMMEDIATE');
      const result = body();
      // A transaction that changes no byte of the file is not synced, nor what was committed before it.
      if (durable && this.#dirty)
        this.run(`INSERT INTO meta VALUES ('flush', 0) ON CONFLICT DO UPDATE SET value = 1 - value`);
      this.#db.exec('COMMIT');
      this.#dirty = !durable;
      if (durable) this.announce();
      return result;
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw explainDatabase(error, this.#path);
    }
  }

  /** What a body would do: its transactions are part of one that is taken back. */
  rehearse<T>(body: () => T): T {
    this.#db.exec('BEGIN IMMEDIATE');
    this.#rehearsing = true;
    try {
      return body();
    } finally {
      this.#rehearsing = false;
      this.#db.exec('ROLLBACK');
    }
  }

  /** Makes all that was committed so far durable. */
  flush(): void {
    if (this.#dirty) this.transaction(() => {}, 'durable');
  }

  /** Has other processes look at what was written, those that `watch`; durable transactions do it by themselves. */
  announce(): void {
    if (this.#file === undefined) return;
    try {
      utimesSync(this.#path, new Date(), new Date());
    } catch {
      // Somebody else's file: they look now and then all the same.
    }
  }

  /** Calls back when a process has announced something, this one too, where the operating system tells. */
  watch(onAnnounced: () => void, signal: AbortSignal): void {
    if (this.#file === undefined) return;
    try {
      watch(this.#path, { persistent: false, signal }, onAnnounced).on('error', () => {});
    } catch {
      // It watches no more files, or none of this kind.
    }
  }

  /** Changes whenever another process has written. */
  dataVersion(): number {
    return this.get<{ data_version: number }>('PRAGMA data_version')!.data_version;
  }

  /** @throws {RidgelineError} HOME_GONE when the file was deleted or replaced: nobody else sees what is written. */
  checkFile(): void {
    if (this.#file === undefined || this.#file === inodeOf(this.#path)) return;
    throw new RidgelineError('HOME_GONE', 'usage', `${this.#path}: was deleted or replaced while it was in use`, {
      remedy: 'start again: versions and what is due are read again from the store, runs of the old file are forgotten',
    });
  }

  close(): void {
    this.#statements.clear();
    this.#db.close();
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      statement.setReturnArrays(true); // the objects that it makes itself cost twice the time
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

function fieldsOf(statement: StatementSync): Fields {
  let fields = FIELDS.get(statement);
  if (fields === undefined) {
    fields = statement.columns().map(({ name, table, column }) => ({
      name: table === null ? name : name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      isJson: JSON_COLUMNS.includes(`${table}.${column}`),
    }));
    FIELDS.set(statement, fields);
  }
  return fields;
}

/** By field. */
const COLUMNS = new Map<string, string>();

function columnOf(field: string): string {
  let column = COLUMNS.get(field);
  if (column === undefined) {
    column = field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    COLUMNS.set(field, column);
  }
  return column;
}

function toColumn(value: Value): SQLInputValue {
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'object' ? JSON.stringify(value) : (value ?? null);
}

function toObject<Row>(row: readonly SQLOutputValue[], fields: Fields): Row {
  const object: Record<string, unknown> = {};
  for (let i = 0; i < fields.length; i++) {
    const { name, isJson } = fields[i]!;
    const value = row[i] ?? undefined;
    object[name] = isJson && value !== undefined ? JSON.parse(value as string) : value;
  }
  return object as Row;
}

/**
 * Opens `state.db` of a home, making or migrating it as needed.
 *
 * @param homeDir a folder, made when missing; `:memory:` for a database that nobody else sees
 * @param random in [0, 1), for the id of a new home
 * @throws {RidgelineError} STATE_NOT_A_DATABASE, STATE_NEWER (kind `usage`): the file is left as it is;
 *   HOME_NOT_A_FOLDER, HOME_NOT_WRITABLE, HOME_FULL, HOME_BUSY (kind `store`).
 */
export function openDatabase(homeDir: string, random: () => number): Database {
  const path = homeDir === ':memory:' ? homeDir : join(homeDir, 'state.db');
  try {
    if (homeDir !== ':memory:') makeFolder(homeDir);
    const db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
    try {
      migrate(db, path, random);
      return new Database(db, path, inodeOf(path));
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    throw explainDatabase(error, path);
  }
}

/** And those above it. Node's own `recursive` tries for ever where the system makes none, as under `/proc`. */
function makeFolder(path: string): void {
  const isThere = (): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  if (isThere()) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    if (!isThere()) throw error;
  }
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

/** Brings a database to the newest schema, in one transaction; one that is not ours is not touched. */
export function migrate(db: DatabaseSync, path: string, random: () => number): void {
  const pragma = (name: string) => Number(Object.values(db.prepare(`PRAGMA ${name}`).get()!)[0]);
  const found = pragma('user_version');
  const objects = Number(db.prepare('SELECT count(*) AS n FROM sqlite_master').get()!['n']);
  if (objects > 0 && pragma('application_id') !== APPLICATION_ID) throw notOurs(path, 'a database of another program');
  if (found > MIGRATIONS.length) {
    const what = `schema ${found}, this release knows up to ${MIGRATIONS.length}`;
    const message = `${path}: a state database of a newer Ridgeline (${what})`;
    throw new RidgelineError('STATE_NEWER', 'usage', message, {
      remedy: 'update Ridgeline, or choose another home with --home',
    });
  }
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL`);
  if (found === MIGRATIONS.length) return;

  db.exec('BEGIN IMMEDIATE');
  try {
    // Another process may have been quicker.
    for (let version = pragma('user_version'); version < MIGRATIONS.length; version++) {
      db.exec(MIGRATIONS[version]!);
      if (version > 0) continue;
      db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
      db.prepare(`INSERT INTO meta VALUES ('home', ?)`).run(newHomeId(random));
    }
    db.exec(`PRAGMA user_version = ${MIGRATIONS.length}; COMMIT`);
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

/** Names a home in the log and in run ids: 40 bits, for no two homes on one store may share it. */
function newHomeId(random: () => number): string {
  return Array.from({ length: 8 }, () => '0123456789abcdefghjkmnpqrstvwxyz'[Math.floor(random() * 32)]).join('');
}

function notOurs(path: string, what: string): RidgelineError {
  const message = `${path}: expected the state database of this home, got ${what}`;
  return new RidgelineError('STATE_NOT_A_DATABASE', 'usage', message, {
    remedy: `move the file away (its runs are then forgotten, versions are read again from the store), or choose another home with --home`,
  });
}

/** In words, what is the matter with the disk or the file; any other error as it is. */
export function explainDatabase(error: unknown, path: string): unknown {
  if (RidgelineError.is(error)) return error;
  const { errcode = 0, code, message } = error as { errcode?: number; code?: string; message: string };
  const homeDir = dirname(path);
  const refuse = (name: string, what: string, remedy: string): RidgelineError =>
    new RidgelineError(name, 'store', `${homeDir}${what}`, { remedy, cause: error });
  // The lowest byte is the kind of an SQLite error, see https://sqlite.org/rescode.html.
  switch (errcode & 0xff) {
    case 26:
      return notOurs(path, 'a file that is no database');
    case 11:
      return notOurs(path, 'a damaged database');
    case 13:
      return refuse('HOME_FULL', ': the disk of the state database is full', `free some space; ${GOES_ON}`);
    case 5:
      return refuse('HOME_BUSY', `: another process held the state database for ${BUSY_TIMEOUT_MS} ms`, GOES_ON);
  }
  if (code === 'EEXIST' || code === 'ENOTDIR') {
    return refuse(
      'HOME_NOT_A_FOLDER',
      ' is a file, expected the folder of a home',
      'name a folder with --home; a new one is made',
    );
  }
  if (UNWRITABLE.includes(errcode & 0xff) || /^E[A-Z]+$/.test(code ?? '')) {
    return refuse(
      'HOME_NOT_WRITABLE',
      `: cannot keep the state database here: ${message}`,
      'make the folder writable, free some space, or choose another home with --home',
    );
  }
  return error;
}

const GOES_ON = 'the same command then goes on with what was under way';

/** SQLITE_READONLY, SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_AUTH, SQLITE_NOLFS. */
const UNWRITABLE = [8, 10, 14, 23, 22];
