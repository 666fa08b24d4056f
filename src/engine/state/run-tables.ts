import type { DagDefinition, RunTrigger } from '../../contracts/definition.ts';
import type { ErrorInfo } from '../../contracts/errors.ts';
import type { ModuleRef } from '../../contracts/executor.ts';
import type { ValueRef } from '../../contracts/log.ts';
import type { Instance } from '../plan/tasks.ts';
import { readDefinition } from './dag-tables.ts';
import type { DagRecord } from './dag-tables.ts';
import type { Database } from './database.ts';

export type RunRecordState = 'queued' | 'running' | 'publishing' | 'success' | 'failed';

/** A run as it was created: none of this changes. */
export interface RunRecord {
  readonly id: string;
  readonly dag: string;
  readonly module: ModuleRef;
  readonly codeHash: string;
  readonly definition: DagDefinition;
  readonly trigger: RunTrigger;
  readonly params: Readonly<Record<string, unknown>>;
  readonly inputs: Readonly<Record<string, number>>;
  readonly emit: boolean;
}

/** An instance of a task in memory; the row in `tasks` is always the same. */
export interface LiveInstance extends Instance {
  readonly task: string;
  readonly mapIndex: number;
  state: Instance['state'];
  attempt: number;
  failures: number;
  readyAt: number | undefined;
  startedAt: number | undefined;
  endedAt: number | undefined;
  result: ValueRef | undefined;
  outlets: Readonly<Record<string, ValueRef>> | undefined;
  error: ErrorInfo | undefined;
  note: string | undefined;
}

export interface NewRun {
  readonly dag: DagRecord;
  readonly trigger: RunTrigger;
  /** Undefined: asked for by hand, any number of times. */
  readonly triggerKey: string | undefined;
  readonly params: Readonly<Record<string, unknown>>;
  readonly inputs: Readonly<Record<string, number>>;
  readonly emit: boolean;
}

/** Creates a queued run; its id is its number in this home and the home's id, so it is unique in the store. */
export function createRun(db: Database, homeId: string, run: NewRun, now: number): string {
  const { seq } = db.get<{ seq: number }>(
    `INSERT INTO runs (id, dag, module, url, code_hash, definition, state, run_trigger, trigger_key, params, inputs, emit,
     created_at) VALUES ('', ?, ?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?) RETURNING seq`,
    run.dag.id,
    run.dag.module.name,
    run.dag.module.url,
    run.dag.codeHash,
    run.dag.definitionHash,
    JSON.stringify(run.trigger),
    run.triggerKey,
    JSON.stringify(run.params),
    JSON.stringify(run.inputs),
    run.emit ? 1 : 0,
    now,
  )!;
  const id = `${seq}-${homeId}`;
  db.run('UPDATE runs SET id = ? WHERE seq = ?', id, seq);
  for (const task of run.dag.definition.tasks) saveInstance(db, id, newInstance(task.id, -1));
  return id;
}

export function newInstance(task: string, mapIndex: number): LiveInstance {
  return {
    task,
    mapIndex,
    state: 'none',
    attempt: 0,
    failures: 0,
    readyAt: undefined,
    startedAt: undefined,
    endedAt: undefined,
    result: undefined,
    outlets: undefined,
    error: undefined,
    note: undefined,
  };
}

export function saveInstance(db: Database, run: string, it: LiveInstance): void {
  db.run(
    `INSERT OR REPLACE INTO tasks (run, task, map_index, state, attempt, failures, ready_at, started_at, ended_at, result,
     outlets, error, note) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    run,
    it.task,
    it.mapIndex,
    it.state,
    it.attempt,
    it.failures,
    it.readyAt,
    it.startedAt,
    it.endedAt,
    encode(it.result),
    encode(it.outlets),
    encode(it.error),
    it.note,
  );
}

export function deleteInstance(db: Database, run: string, task: string, mapIndex: number): void {
  db.run('DELETE FROM tasks WHERE run = ? AND task = ? AND map_index = ?', run, task, mapIndex);
}

interface TaskRow {
  task: string;
  map_index: number;
  state: Instance['state'];
  attempt: number;
  failures: number;
  ready_at: number | null;
  started_at: number | null;
  ended_at: number | null;
  result: string | null;
  outlets: string | null;
  error: string | null;
  note: string | null;
}

/** By task id in the definition's order, instances by `mapIndex`. */
export function loadInstances(
  db: Database,
  run: string,
  { tasks }: Pick<DagDefinition, 'tasks'>,
): Map<string, LiveInstance[]> {
  const instances = new Map<string, LiveInstance[]>(tasks.map(({ id }) => [id, []]));
  for (const row of db.all<TaskRow>('SELECT * FROM tasks WHERE run = ? ORDER BY task, map_index', run)) {
    instances.get(row.task)?.push({
      task: row.task,
      mapIndex: row.map_index,
      state: row.state,
      attempt: row.attempt,
      failures: row.failures,
      readyAt: row.ready_at ?? undefined,
      startedAt: row.started_at ?? undefined,
      endedAt: row.ended_at ?? undefined,
      result: decode(row.result),
      outlets: decode(row.outlets),
      error: decode(row.error),
      note: row.note ?? undefined,
    });
  }
  return instances;
}

interface RunRow {
  seq: number;
  id: string;
  dag: string;
  module: string;
  url: string;
  code_hash: string;
  definition: string;
  body: string;
  state: RunRecordState;
  run_trigger: string;
  params: string;
  inputs: string;
  emit: number;
  cancel: string | null;
  error: string | null;
  created_at: number;
  started_at: number | null;
  ended_at: number | null;
}

export interface RunTimes {
  readonly state: RunRecordState;
  /** What it is to be ended with, once somebody has asked for that. */
  readonly cancel: ErrorInfo | undefined;
  readonly error: ErrorInfo | undefined;
  readonly createdAt: number;
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
}

const SELECT = 'SELECT runs.*, definitions.body FROM runs JOIN definitions ON definitions.hash = runs.definition';

export function loadRun(db: Database, id: string): (RunRecord & RunTimes) | undefined {
  const row = db.get<RunRow>(`${SELECT} WHERE runs.id = ?`, id);
  if (row === undefined) return undefined;
  return {
    id: row.id,
    dag: row.dag,
    module: { name: row.module, url: row.url },
    codeHash: row.code_hash,
    definition: readDefinition(row.definition, row.body),
    trigger: JSON.parse(row.run_trigger) as RunTrigger,
    params: JSON.parse(row.params) as Record<string, unknown>,
    inputs: JSON.parse(row.inputs) as Record<string, number>,
    emit: row.emit === 1,
    state: row.state,
    cancel: decode(row.cancel),
    error: decode(row.error),
    createdAt: row.created_at,
    startedAt: row.started_at ?? undefined,
    endedAt: row.ended_at ?? undefined,
  };
}

export interface OpenRun {
  readonly id: string;
  readonly dag: string;
  readonly state: 'queued' | 'running' | 'publishing';
  /** JSON of the error to end it with, once somebody has asked for that. */
  readonly cancel: string | null;
  readonly trigger: RunTrigger['type'];
}

/** Runs that have not ended, in order of creation. */
export function openRuns(db: Database, dag?: string): readonly OpenRun[] {
  return db.all<OpenRun & { [column: string]: never }>(
    `SELECT id, dag, state, cancel, run_trigger ->> 'type' AS trigger FROM runs
     WHERE state IN ('queued', 'running', 'publishing') AND dag = coalesce(?, dag) ORDER BY seq`,
    dag,
  );
}

export function setRunState(
  db: Database,
  run: string,
  state: RunRecordState,
  at: { startedAt?: number; endedAt?: number; error?: ErrorInfo } = {},
): void {
  db.run(
    `UPDATE runs SET state = ?, started_at = coalesce(?, started_at), ended_at = ?, error = ? WHERE id = ?`,
    state,
    at.startedAt,
    at.endedAt,
    encode(at.error),
    run,
  );
}

export function setCancel(db: Database, run: string, error: ErrorInfo): void {
  db.run('UPDATE runs SET cancel = ? WHERE id = ?', encode(error), run);
}

export function startAttempt(db: Database, run: string, it: LiveInstance, now: number): void {
  db.run(
    `INSERT INTO attempts (run, task, map_index, attempt, state, started_at) VALUES (?, ?, ?, ?, 'running', ?)`,
    run,
    it.task,
    it.mapIndex,
    it.attempt,
    now,
  );
}

export function endAttempt(
  db: Database,
  run: string,
  it: Pick<LiveInstance, 'task' | 'mapIndex' | 'attempt'>,
  state: 'success' | 'failed' | 'lost',
  now: number,
  error?: ErrorInfo,
): void {
  db.run(
    `UPDATE attempts SET state = ?, ended_at = ?, error = ? WHERE run = ? AND task = ? AND map_index = ? AND attempt = ?`,
    state,
    now,
    encode(error),
    run,
    it.task,
    it.mapIndex,
    it.attempt,
  );
}

function encode(value: unknown): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value);
}

function decode<T>(text: string | null): T | undefined {
  return text === null ? undefined : (JSON.parse(text) as T);
}
