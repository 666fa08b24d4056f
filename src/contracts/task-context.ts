import type { KernelFanout } from './ports.ts';
import type { FetchedSource, SourceFile, SourcePolicy } from './source.ts';
import type { Store } from './store.ts';

/** What a task's function gets beside its inputs: `(inputs, context) => …`. */
export interface TaskContext {
  readonly dag: string;
  readonly run: string;
  readonly task: string;
  /** Instance of a mapped task, from 0; -1 for a task that is not mapped. */
  readonly mapIndex: number;
  /** From 1. */
  readonly attempt: number;
  readonly params: Readonly<Record<string, unknown>>;
  /** Aborts when the attempt's time is up or its run is cancelled; the thread is killed if the task then stays. */
  readonly signal: AbortSignal;
  readonly log: TaskLog;
  /** For a terminal, while the task runs; `done` and `total` in the same unit. */
  progress(step: string, done: number, total?: number): void;
  /** The store the pipeline works on, for objects that are no datasets. */
  readonly store: Store;
  /** Kernel threads, for numeric phases over ranges of a table. */
  readonly fanout: KernelFanout;
  /** Where the data may come from (`--source`). */
  readonly sourcePolicy: SourcePolicy;
  /**
   * A public file with a pinned checksum: from the data directory, the cache or the network, as the policy allows.
   * @throws {RidgelineError} SOURCE_UNAVAILABLE, SOURCE_CHECKSUM
   */
  fetchSource(file: SourceFile): Promise<FetchedSource>;
}

/** Lines of a task's own log. */
export interface TaskLog {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}
