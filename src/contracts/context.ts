import type { DagDefinition, HookName } from './definition.ts';
import type { HookRequest, LogLine } from './executor.ts';
import type { KernelFanout } from './ports.ts';
import type { Store } from './store.ts';
import type { Tracking } from './tracking.ts';

/** A public file with its pinned checksum, as a task asks for it. */
export interface PinnedFile {
  /** The download's name, under which a data directory or the cache holds it: `cal_housing.tgz`. */
  readonly name: string;
  readonly url: string;
  /** Hex SHA-256 of the file. */
  readonly sha256: string;
}

/** What every task's function gets beside its inputs. */
export interface TaskContext<Params = Readonly<Record<string, unknown>>> {
  readonly run: string;
  readonly dag: string;
  readonly task: string;
  /** Which instance of a mapped task; -1 for a task that is not mapped. */
  readonly mapIndex: number;
  /** From 1. */
  readonly attempt: number;
  /** Parameters of the run: the DAG's defaults with what the run was given. */
  readonly params: Params;
  /** Dataset versions pinned to the run (R5). */
  readonly pinned: Readonly<Record<string, { readonly version: number; readonly sha256: string }>>;
  /** Versions that the run consumed, in commit order: under `consume: 'all'` there may be several of one dataset (R7). */
  readonly events: readonly { readonly dataset: string; readonly version: number; read(): Promise<unknown> }[];
  /** Aborted at the timeout or when the run is cancelled; the thread is killed a little later. */
  readonly signal: AbortSignal;
  /** Lines of the task's own log. */
  readonly log: Readonly<Record<LogLine['level'], (message: string) => void>>;
  /** Progress of a long step, for a terminal; `total` in the same unit, if known. */
  progress(step: string, done: number, total?: number): void;
  /** The run's own store, for objects that are neither values nor exports. */
  readonly store: Store;
  /**
   * Makes a bucket beside the store's own, with its account; on a folder store, a folder in it. False when it is there.
   * @throws {RidgelineError} STORE_DENIED, STORE_UNREACHABLE, STORE_KEY
   */
  createBucket(name: string): Promise<boolean>;
  /** Experiments, tracked runs and registered models: kept in the store, and sent to MLflow if there is one. */
  readonly tracking: Tracking;
  /** Kernel threads; estimators find them by themselves, a task need not hand them on. */
  readonly kernels: KernelFanout | undefined;
  readonly sources: {
    readonly policy: 'auto' | 'download' | 'file' | 'synthetic';
    /** Absolute path of the verified file. @throws {RidgelineError} SOURCE_UNAVAILABLE, SOURCE_CHECKSUM. */
    fetch(file: PinnedFile): Promise<{ readonly path: string; readonly sha256: string }>;
  };
}

/**
 * A task's function in the one form a task thread calls. `item` is the element of a mapped task, else undefined.
 * A branch returns its choice, a task with `outlets` a record with those keys.
 */
export type TaskFunction = (inputs: Readonly<Record<string, unknown>>, context: TaskContext, item?: unknown) => unknown;

/** A dataset's own check (R2): throws, naming row and column, when a value must not be published. */
export type DatasetCheck = (value: unknown, context: TaskContext) => unknown;

/** What a hook is told: the run, what happened in it and, where it is about a task, which attempt and why. */
export interface HookContext extends Omit<HookRequest, 'of' | 'module'> {
  /** Aborted when its time is over; its thread is killed a little later. */
  readonly signal: AbortSignal;
  /** Lines of the run's log. */
  readonly log: TaskContext['log'];
}

/** Code that is told of what happened and can change nothing of it. */
export type Hook = (context: HookContext) => unknown;

/**
 * Of a task: it has succeeded, has failed for good, or will be tried again. Of a pipeline or a project: its run has
 * succeeded or failed, or one of its tasks will be tried again.
 */
export type Hooks = { readonly [H in HookName]?: Hook };

/** True on every DAG value, of whichever copy of the package. */
export const DAG_BRAND = Symbol.for('ridgeline.dag');

/** A pipeline as its module exports it: the pure description and the functions behind it. */
export interface Dag {
  readonly [DAG_BRAND]: true;
  readonly definition: DagDefinition;
  /** By task id; one for every task. */
  readonly functions: Readonly<Record<string, TaskFunction>>;
  /** By dataset name; only of datasets that have one. */
  readonly checks: Readonly<Record<string, DatasetCheck>>;
  /** By task id, its own under an empty one; only of those that have any. */
  readonly hooks: Readonly<Record<string, Hooks>>;
}

export function isDag(value: unknown): value is Dag {
  return typeof value === 'object' && value !== null && (value as { [DAG_BRAND]?: unknown })[DAG_BRAND] === true;
}
