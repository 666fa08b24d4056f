import type { DagDefinition, HookName, RunTrigger } from './definition.ts';
import type { ErrorInfo } from './errors.ts';
import type { ValueRef } from './log.ts';

/** A module of pipelines as a thread loads it. */
export interface ModuleRef {
  /** How people name it: `housing`. */
  readonly name: string;
  /** `file:` URL of the compiled or `.ts` module. */
  readonly url: string;
}

/** The state of files: by path, a stamp that changes when the file does. */
export type FileStamps = Readonly<Record<string, string>>;

/** What a module holds, read in a thread that may be thrown away. `files`: what it was read from. */
export type ModuleDescription =
  | {
      readonly ok: true;
      readonly module: ModuleRef;
      readonly codeHash: string;
      readonly dags: readonly DagDefinition[];
      readonly files?: FileStamps;
    }
  | { readonly ok: false; readonly module: ModuleRef; readonly error: ErrorInfo; readonly files?: FileStamps };

/** Everything a thread needs to run one attempt of one task; plain data, no matrices. */
export interface AttemptRequest {
  readonly module: ModuleRef;
  readonly dag: string;
  readonly run: string;
  readonly task: string;
  /** Which instance of a mapped task; -1 for a task that is not mapped (Airflow's `map_index`). */
  readonly mapIndex: number;
  /** From 1. */
  readonly attempt: number;
  /** Resolved inputs; an optional input that was skipped is absent. */
  readonly inputs: Readonly<Record<string, ValueRef>>;
  /** The element of the list, for a mapped task. */
  readonly item?: unknown;
  readonly params: Readonly<Record<string, unknown>>;
  /** Pinned versions of the run, for lineage in what the attempt makes. */
  readonly pinned: Readonly<Record<string, { readonly version: number; readonly sha256: string }>>;
  /** Versions that the run consumed, in commit order; absent: none. */
  readonly events?: readonly { readonly dataset: string; readonly version: number; readonly value: ValueRef }[];
  readonly timeoutMs?: number;
}

/** What came of an attempt. Outputs are durable in the store, under content-hashed keys, and not yet visible. */
export type AttemptOutcome =
  | {
      readonly state: 'success';
      /** The returned value. */
      readonly result: ValueRef;
      /** One per outlet key; for a single `outlet`, `{ "": result }`. */
      readonly outlets: Readonly<Record<string, ValueRef>>;
    }
  | {
      readonly state: 'failed';
      readonly error: ErrorInfo;
      readonly retryable: boolean;
      /** False: the module could not be loaded, so no code of the task has run. */
      readonly loaded?: boolean;
    };

export interface LogLine {
  readonly at: number;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
}

/** A call of a hook: that of a task, of a pipeline, or of the project for all of them. */
export interface HookRequest {
  readonly of: 'task' | 'dag' | 'project';
  readonly hook: HookName;
  readonly module: ModuleRef;
  readonly dag: string;
  readonly run: string;
  readonly trigger: RunTrigger;
  readonly params: Readonly<Record<string, unknown>>;
  /** What it is about; absent: the run as a whole, which has ended. */
  readonly task?: string;
  readonly mapIndex?: number;
  readonly attempt?: number;
  /** Absent for a success. */
  readonly error?: ErrorInfo;
}

export interface AttemptHooks {
  readonly signal: AbortSignal;
  onLog(line: LogLine): void;
  /** Progress of a long step, for a terminal; `total` in the same unit, if known. */
  onProgress(step: string, done: number, total: number | undefined): void;
}

/** A copy that was made: `rows` of a table. */
export interface Exported {
  readonly rows: number | undefined;
  readonly sizeBytes: number;
}

/** Runs attempts somewhere: threads here, a queue over machines later. */
export interface Executor {
  describe(module: ModuleRef): Promise<ModuleDescription>;
  /** False: its file is gone. Absent: none ever is. */
  exists?(module: ModuleRef): boolean;
  /** False: files it was read from have changed since. Absent: they never do. */
  isCurrent?(description: ModuleDescription): boolean;
  /** Never rejects for what the task did; rejects when the executor itself is closed. */
  run(request: AttemptRequest, hooks: AttemptHooks): Promise<AttemptOutcome>;
  /** Calls a hook; what went wrong with it, if anything did. */
  hook?(request: HookRequest, onLog: (line: LogLine) => void): Promise<ErrorInfo | undefined>;
  /** Makes a copy of a committed value under a fixed key, in the format of the key's extension (R18). */
  export(value: ValueRef, key: string): Promise<Exported>;
  close(): Promise<void>;
}
