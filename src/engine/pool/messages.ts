import type { LogLine, ModuleRef } from '../../contracts/executor.ts';
import type { ErrorInfo } from '../../contracts/errors.ts';
import type { HookName } from '../../contracts/definition.ts';
import type { MessagePort } from 'node:worker_threads';
import type { CompiledModule } from '../../contracts/ports.ts';
import type { SourcePolicy } from '../../data/source/index.ts';

/** What every thread of a pool is born with (`workerData`). */
export interface ThreadSettings {
  readonly storeUrl: string;
  /** The store's settings (standard AWS variables). */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly source: { readonly policy: SourcePolicy; readonly dataDir: string | undefined; readonly cacheDir: string };
  /** Existing folder for files on their way to the store. */
  readonly scratchDir: string;
  /** Values that leave no thread in a log line, a message or on standard error. */
  readonly secrets?: readonly string[];
  /** Folder of the home: records of tracked runs name it. */
  readonly home: string;
  readonly kernelThreads: number;
  /** Rows of a batch in kernel threads, where memory is short. */
  readonly batchRows?: number | undefined;
  /** The module whose default export has the project's hooks, and which. */
  readonly projectHooks?: { readonly url: string; readonly names: readonly HookName[] };
}

/** WebAssembly compiled once and for all threads; a clone of a module is a handle on the same code. */
export interface CompiledModules {
  readonly core: CompiledModule;
}

/** What a task thread is called with; `link` carries what goes to and fro meanwhile. */
export type Linked<T> = T & { readonly link: MessagePort };

/** The same, where it computes. */
export type WithModules<T> = T & { readonly modules: CompiledModules };

/** What came of a call: an error crosses threads as plain data. */
export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: ErrorInfo };

/** A file from outside that is to become a version of a dataset. */
export interface AdoptedFile {
  readonly path: string;
  /** How messages and the version's metadata name it. */
  readonly name: string;
  readonly dataset: string;
  /** Pipelines that declare a check of the dataset. */
  readonly checkedBy: readonly { readonly dag: string; readonly module: ModuleRef }[];
}
/** Over `link`, from the task's thread. */
export type FromTask =
  /** User code of the attempt, or a hook, is about to run: its time counts from here. */
  | { readonly type: 'started' }
  /** This thread holds an older state of the module's files and cannot forget it. */
  | { readonly type: 'stale' }
  | { readonly type: 'log'; readonly line: LogLine }
  | { readonly type: 'progress'; readonly step: string; readonly done: number; readonly total: number | undefined }
  | { readonly type: 'fanout'; readonly id: number; readonly phase: string; readonly jobs: readonly unknown[] };

/** Over `link`, to the task's thread. */
export type ToTask =
  | { readonly type: 'abort'; readonly error: ErrorInfo }
  | { readonly type: 'fanout.done'; readonly id: number; readonly results: readonly unknown[] }
  | { readonly type: 'fanout.failed'; readonly id: number; readonly error: ErrorInfo };

/** One job of a numeric phase, for a kernel thread. */
export interface KernelCall {
  readonly modules: CompiledModules;
  readonly phase: string;
  readonly job: unknown;
}
