import type { DagDefinition, HookName, Params, RunTrigger } from '../contracts/definition.ts';
import type { ErrorInfo } from '../contracts/errors.ts';
import type { LogLine, ModuleRef } from '../contracts/executor.ts';
import type { PublishedVersion, ValueRef } from '../contracts/log.ts';
import type { InstanceState } from './plan/tasks.ts';

/** Airflow's words. A run is never `skipped`; a task is `up_for_retry` while it waits for its next attempt. */
export type RunState = 'queued' | 'running' | 'success' | 'failed';
export type TaskState = Exclude<InstanceState, 'publishing'>;

export interface TaskView {
  readonly id: string;
  /** -1 for a task that is not mapped. */
  readonly mapIndex: number;
  readonly state: TaskState;
  readonly attempts: number;
  /** Of the attempt that counts; undefined before it has ended. */
  readonly durationMs: number | undefined;
  readonly result: ValueRef | undefined;
  readonly error: ErrorInfo | undefined;
  /** A word on what is not plain success: `unchanged: built_features is still version 3`. */
  readonly note: string | undefined;
}

export interface ExportView {
  readonly key: string;
  /** `done` once the copy is there; then with rows (of a table) and size. */
  readonly state: 'due' | 'done';
  readonly rows: number | undefined;
  readonly sizeBytes: number | undefined;
}

export interface RunView {
  readonly id: string;
  readonly dag: string;
  readonly module: string;
  readonly codeHash: string;
  readonly state: RunState;
  readonly trigger: RunTrigger;
  readonly params: Params;
  /** Versions pinned when the run was created (R5). */
  readonly inputs: Readonly<Record<string, number>>;
  readonly published: Readonly<Record<string, number>>;
  /** In the DAG's order; instances of a mapped task follow each other. */
  readonly tasks: readonly TaskView[];
  readonly exports: readonly ExportView[];
  readonly error: ErrorInfo | undefined;
  /** Milliseconds since the Unix epoch. */
  readonly createdAt: number;
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
}

/** What came of `run`. */
export interface RunReport {
  /** `failed` when any of the runs failed. */
  readonly state: 'success' | 'failed';
  /** Interrupted runs that were finished first, then the runs asked for and what they triggered, in order of creation. */
  readonly runs: readonly RunView[];
  /** Ids of those that had been interrupted. */
  readonly resumed: readonly string[];
}

export interface DagView {
  readonly id: string;
  readonly module: string;
  readonly definition: DagDefinition;
  readonly paused: boolean;
  /** Set while its module cannot be loaded; the definition is then the last good one. */
  readonly error: ErrorInfo | undefined;
  readonly lastRun: { readonly id: string; readonly state: RunState } | undefined;
}

export interface VersionView extends PublishedVersion {
  /** Id of its commit. */
  readonly commit: number;
  readonly at: string;
  /** The run that made it; undefined for an external publish. */
  readonly run: string | undefined;
  readonly home: string;
  /** Taken back: its number stays used, its content may be gone. */
  readonly removed: boolean;
}

export interface DatasetView {
  readonly name: string;
  /** Newest version; 0 while there is none. */
  readonly version: number;
  readonly versions: number;
  readonly producers: readonly string[];
  readonly consumers: readonly string[];
}

export interface TaskLogLine extends LogLine {
  readonly run: string;
  /** Empty for what is about the run: its hooks. */
  readonly task: string;
  readonly mapIndex: number;
  readonly attempt: number;
}

/** What happens, as it happens, for a terminal or a stream; the database is the truth. */
export type EngineEvent =
  | { readonly type: 'scheduler.waiting'; readonly holder: string }
  /** Cannot be reached, or is full: what is to be stored is tried again until it is back. */
  | { readonly type: 'store.away'; readonly error: ErrorInfo }
  | { readonly type: 'store.back' }
  | { readonly type: 'module.broken'; readonly module: ModuleRef; readonly error: ErrorInfo }
  /** Read while serving, after it was added, edited or repaired: what it holds now; nothing once its file is gone. */
  | { readonly type: 'module.changed'; readonly module: ModuleRef; readonly dags: readonly string[] }
  | { readonly type: 'run.started'; readonly run: RunView; readonly resumed: boolean }
  | { readonly type: 'run.finished'; readonly run: RunView }
  | ({ readonly type: 'task.started'; readonly attempt: number } & TaskRefEvent)
  | ({
      readonly type: 'task.progress';
      readonly step: string;
      readonly done: number;
      readonly total: number | undefined;
    } & TaskRefEvent)
  | ({ readonly type: 'task.log'; readonly line: TaskLogLine } & TaskRefEvent)
  | ({ readonly type: 'task.finished'; readonly view: TaskView } & TaskRefEvent)
  | { readonly type: 'version.published'; readonly version: PublishedVersion; readonly run: string | undefined }
  /** `task` is absent where it was about the run; `error` says that the hook failed, and changes nothing else. */
  | {
      readonly type: 'hook.called';
      readonly hook: HookName;
      readonly run: string;
      readonly dag: string;
      readonly task: string | undefined;
      readonly error: ErrorInfo | undefined;
    }
  | ({ readonly type: 'export.written' } & { readonly run: string; readonly export: ExportView });

export interface TaskRefEvent {
  readonly run: string;
  readonly dag: string;
  readonly task: string;
  readonly mapIndex: number;
}
