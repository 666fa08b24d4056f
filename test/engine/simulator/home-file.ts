import { DatabaseSync } from 'node:sqlite';
import type { StatementSync } from 'node:sqlite';
import { RidgelineError } from '../../../src/contracts/errors.ts';
import { Database, migrate } from '../../../src/engine/state/database.ts';
import type { Connection, Value } from '../../../src/engine/state/database.ts';
import { logPosition } from '../../../src/engine/state/log-tables.ts';
import type { Process } from './process.ts';

/** Databases whose home is no more, with their statements prepared: making one costs more than most seeds. */
const POOL: Disk[] = [];

type Row = Record<string, unknown>;

/** One state database. Everything since the last durable transaction is in an open one, which a power cut takes back. */
class Disk {
  readonly #db = new DatabaseSync(':memory:');
  readonly #statements = new Map<string, StatementSync>();
  readonly #tables: readonly Row[];

  constructor() {
    migrate(this.#db, 'a simulated home', Math.random);
    this.#tables = this.#db.prepare(`SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid DESC`).all();
  }

  prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) this.#statements.set(sql, (statement = this.#db.prepare(sql)));
    return statement;
  }

  run(sql: string, ...values: readonly (string | number)[]): void {
    this.prepare(sql).run(...values);
  }

  begin(): void {
    if (!this.#db.isTransaction) this.run('BEGIN');
    this.run('SAVEPOINT step');
  }

  commit(durable: boolean): void {
    this.run('RELEASE step');
    if (durable) this.run('COMMIT');
  }

  rollback(): void {
    this.run('ROLLBACK TO step');
    this.run('RELEASE step');
  }

  cutPower(): void {
    if (this.#db.isTransaction) this.run('ROLLBACK');
  }

  clear(): void {
    if (this.#db.isTransaction) this.run('ROLLBACK');
    // Last made, first emptied: what refers goes before what it refers to. (A pragma for that would expire every statement.)
    this.run('BEGIN');
    for (const { name } of this.#tables) this.run(`DELETE FROM ${String(name)}`);
    this.run('COMMIT');
  }
}

/** What of a home survives its processes. */
export class HomeFile {
  readonly #disk: Disk;
  /** Grows when a process other than the scheduler has written. */
  writesOfOthers = 0;
  /** Transactions so far. */
  commits = 0;
  /** Says that the disk is full. */
  isFull: () => boolean = () => false;
  /** Something was not written for want of room since the scheduler of today started. */
  refused = false;
  id = '';
  /** Position in the log when a pipeline was first subscribed to something. */
  readonly since = new Map<string, number>();

  constructor(id: string) {
    this.#disk = POOL.pop() ?? new Disk();
    this.recreate(id);
  }

  /** Somebody has deleted the state database; the next process makes one. */
  recreate(id: string): void {
    this.id = id;
    this.since.clear();
    this.#disk.clear();
    this.#disk.run(`INSERT INTO meta VALUES ('home', ?)`, id);
  }

  cutPower(): void {
    this.#disk.cutPower();
  }

  all<Row>(sql: string, ...values: readonly (string | number)[]): readonly Row[] {
    const statement = this.#disk.prepare(sql);
    statement.setReturnArrays(true); // as the database has it, which may have prepared the same
    const names = statement.columns().map(({ name }) => name);
    const rows = statement.all(...values) as unknown as unknown[][];
    return rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i]])) as Row);
  }

  /** For one process; what `synchronous` says decides what is durable. */
  connect(): Connection {
    const disk = this.#disk;
    let [durable, isOpen] = [false, false];
    const statements: Readonly<Record<string, () => void>> = {
      'PRAGMA synchronous = FULL': () => (durable = true),
      'PRAGMA synchronous = NORMAL': () => (durable = false),
      'BEGIN IMMEDIATE': () => {
        disk.begin();
        isOpen = true;
      },
      COMMIT: () => {
        if (this.isFull()) {
          this.refused = true;
          throw Object.assign(new Error('database or disk is full'), { errcode: 13 });
        }
        disk.commit(durable);
        this.commits++;
        isOpen = false;
      },
      ROLLBACK: () => {
        disk.rollback();
        isOpen = false;
      },
    };
    return {
      prepare: (sql) => disk.prepare(sql),
      exec: (sql) => statements[sql]!(),
      get isTransaction() {
        return isOpen;
      },
      close: () => {},
    };
  }

  /** The home is no more. */
  release(): void {
    POOL.push(this.#disk);
  }
}

/** A home's database as one process has it: it may die before a transaction or just after. */
export class SimDatabase extends Database {
  readonly #process: Process;
  readonly #file: HomeFile;
  #subscribed: string[] = [];

  constructor(file: HomeFile, process: Process) {
    super(file.connect(), 'a simulated home');
    this.#file = file;
    this.#process = process;
  }

  override run(sql: string, ...values: readonly Value[]): number {
    if (sql.startsWith('INSERT INTO subscriptions')) this.#subscribed.push(values[1] as string);
    return super.run(sql, ...values);
  }

  override transaction<T>(body: () => T, durability?: 'durable' | 'follows'): T {
    this.#process.effect();
    this.#subscribed = [];
    const result = super.transaction(body, durability);
    for (const dag of this.#subscribed) {
      if (!this.#file.since.has(dag)) this.#file.since.set(dag, logPosition(this));
    }
    this.#process.effect();
    return result;
  }

  override dataVersion(): number {
    return this.#file.writesOfOthers;
  }
}

/** True for what ends a process in good order, and is over some time. */
export function isPassing(error: unknown): boolean {
  return RidgelineError.is(error) && ['STORE_UNREACHABLE', 'HOME_FULL'].includes(error.code);
}
