import type { DagDefinition, Params, RunTrigger } from '../../contracts/definition.ts';
import { RidgelineError, type ErrorInfo } from '../../contracts/errors.ts';
import type { ModuleRef } from '../../contracts/executor.ts';
import type { ValueRef } from '../../contracts/log.ts';
import { defaultParams } from '../plan/params.ts';
import { consumedVersions, pinVersions, type InboxRow } from '../plan/runs.ts';
import type { Instance } from '../plan/tasks.ts';
import { readDefinition, type DagRecord } from './dag-tables.ts';
import type { TaskLogLine } from '../views.ts';
import type { Database } from './database.ts';
import { getVersion, newestVersion } from './log-tables.ts';

export type RunRecordState = 'queued' | 'running' | 'publishing' | 'success' | 'failed';

/** A run as it was created: none of this changes. */
export interface RunRecord {
  readonly id: string;
  readonly dag: string;
  readonly module: ModuleRef;
  readonly codeHash: string;
  readonly definition: DagDefinition;
  readonly trigger: RunTrigger;
  readonly params: Params;
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
  readyAt?: number | undefined;
  startedAt?: number | undefined;
  endedAt?: number | undefined;
  result?: ValueRef | undefined;
  outlets?: Readonly<Record<string, ValueRef>> | undefined;
  error?: ErrorInfo | undefined;
  note?: string | undefined;
}

export interface NewRun {
  readonly dag: DagRecord;
  readonly trigger: RunTrigger;
  /** Absent: asked for by hand, any number of times. */
  readonly triggerKey?: string;
  /** Default: those of the pipeline. */
  readonly params?: Params;
  readonly inputs: Readonly<Record<string, number>>;
  /** Default true. */
  readonly emit?: boolean;
}

/** The versions a run that is created now is pinned to (R5). */
export function pinFor(db: Database, definition: DagDefinition, consumed: readonly InboxRow[]): NewRun['inputs'] {
  const lineage = (dataset: string, version: number) => getVersion(db, dataset, version)?.inputs ?? {};
  const newest = (dataset: string) => newestVersion(db, dataset)?.version;
  return { ...pinVersions(definition, consumed, lineage, newest), ...consumedVersions(consumed) };
}

/** Creates a queued run; its id is its number in this home and the home's id, so it is unique in the store. */
export function createRun(db: Database, run: NewRun, createdAt: number): string {
  const { dag, trigger: runTrigger, triggerKey, inputs, emit = true } = run;
  const { id, codeHash, definition, definitionHash, module } = dag;
  const params = run.params ?? defaultParams(definition.params);
  const code = { dag: id, module: module.name, url: module.url, codeHash, definition: definitionHash };
  const how = { runTrigger, triggerKey, params, inputs, emit };
  const seq = db.insert('runs', { id: '', ...code, state: 'queued', createdAt, ...how });
  const created = `${seq}-${db.homeId}`;
  db.update('runs', { id: created }, { seq });
  for (const task of definition.tasks) saveInstance(db, created, newInstance(task.id, -1));
  return created;
}

export function newInstance(task: string, mapIndex: number): LiveInstance {
  return { task, mapIndex, state: 'none', attempt: 0, failures: 0 };
}

export function saveInstance(db: Database, run: string, it: LiveInstance): void {
  db.insert('tasks', { run, ...it }, 'INSERT OR REPLACE');
}

export function deleteInstance(db: Database, run: string, task: string, mapIndex: number): void {
  db.run('DELETE FROM tasks WHERE run = ? AND task = ? AND map_index = ?', run, task, mapIndex);
}

/** By task id in the definition's order, instances by `mapIndex`. */
export function loadInstances(
  db: Database,
  run: string,
  { tasks }: Pick<DagDefinition, 'tasks'>,
): Map<string, LiveInstance[]> {
  const instances = new Map<string, LiveInstance[]>(tasks.map(({ id }) => [id, []]));
  const rows = db.all<LiveInstance>(
    `SELECT task, map_index, state, attempt, failures, ready_at, started_at, ended_at, result, outlets, error, note
     FROM tasks WHERE run = ? ORDER BY task, map_index`,
    run,
  );
  for (const it of rows) instances.get(it.task)?.push(it);
  return instances;
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

export function loadRun(db: Database, id: string): (RunRecord & RunTimes) | undefined {
  type Row = Omit<RunRecord & RunTimes, 'module' | 'definition' | 'emit'> &
    Readonly<{ module: string; url: string; definition: string; emit: number }>;
  const row = db.get<Row>(
    `SELECT id, dag, module, url, code_hash, definition, run_trigger AS "trigger", params, inputs, emit, state, cancel,
     error, created_at, started_at, ended_at FROM runs WHERE id = ?`,
    id,
  );
  if (row === undefined) return undefined;
  const { module: name, url, definition, emit, ...run } = row;
  return { ...run, module: { name, url }, definition: readDefinition(db, definition), emit: emit === 1 };
}

/** @throws {RidgelineError} UNKNOWN_RUN */
export function knownRun(db: Database, id: string): RunRecord & RunTimes {
  const run = loadRun(db, id);
  if (run !== undefined) return run;
  throw new RidgelineError('UNKNOWN_RUN', 'usage', `no run "${id}"`, { remedy: 'ridgeline list --runs shows them' });
}

export interface OpenRun {
  readonly id: string;
  readonly dag: string;
  readonly state: 'queued' | 'running' | 'publishing';
  /** The error to end it with, once somebody has asked for that. */
  readonly cancel: ErrorInfo | undefined;
  readonly trigger: RunTrigger['type'];
}

/** Runs that have not ended, in order of creation. */
export function openRuns(db: Database, dag?: string): readonly OpenRun[] {
  return db.all(
    `SELECT id, dag, state, cancel, run_trigger ->> 'type' AS trigger FROM runs
     WHERE state IN ('queued', 'running', 'publishing') AND dag = coalesce(?, dag) ORDER BY seq`,
    dag,
  );
}

export function setRunState(
  db: Database,
  run: string,
  state: RunRecordState,
  at: { startedAt?: number; codeHash?: string; endedAt?: number; error?: ErrorInfo } = {},
): void {
  db.update('runs', { state, ...at }, { id: run });
}

export function setCancel(db: Database, run: string, error: ErrorInfo): void {
  db.update('runs', { cancel: error }, { id: run });
}

type AttemptKey = Pick<LiveInstance, 'task' | 'mapIndex' | 'attempt'>;

export function startAttempt(db: Database, run: string, { task, mapIndex, attempt }: AttemptKey, now: number): void {
  db.insert('attempts', { run, task, mapIndex, attempt, state: 'running', startedAt: now });
}

/** Writes down that this process is being stopped: none of the attempts running now has ended it, whatever does. */
export function excuseRunning(db: Database, error: ErrorInfo): void {
  db.run(`UPDATE attempts SET error = ? WHERE state = 'running'`, error);
}

/** Says how an attempt ended, once. `lost` with an error: it was stopped, perhaps said before; without: its process died. */
export function endAttempt(
  db: Database,
  run: string,
  { task, mapIndex, attempt }: AttemptKey,
  state: 'success' | 'failed' | 'lost',
  now: number,
  error?: ErrorInfo,
): void {
  const known = state === 'lost' && error === undefined ? {} : { error };
  db.update('attempts', { state, endedAt: now, ...known }, { run, task, mapIndex, attempt, state: 'running' });
}

/** How often the process has died under an instance since an attempt of it came to an end. */
export function countDeaths(db: Database, run: string, { task, mapIndex }: LiveInstance): number {
  const sql = `WITH own AS (SELECT * FROM attempts WHERE run = ? AND task = ? AND map_index = ?)
    SELECT count(*) AS n FROM own WHERE state = 'lost' AND error IS NULL
    AND attempt > (SELECT coalesce(max(attempt), 0) FROM own WHERE state IN ('success', 'failed'))`;
  return db.get<{ n: number }>(sql, run, task, mapIndex)!.n;
}

export function addLog(db: Database, line: TaskLogLine): void {
  db.insert('logs', line);
}

/** In the order they were written. */
export function readLogs(db: Database, run: string, task: string | undefined): readonly TaskLogLine[] {
  return db.all(
    'SELECT run, task, map_index, attempt, at, level, message FROM logs WHERE run = ? AND task = coalesce(?, task) ORDER BY id',
    run,
    task,
  );
}
