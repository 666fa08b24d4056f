import { RidgelineError } from '../contracts/errors.ts';
import type { Executor, ModuleRef } from '../contracts/executor.ts';
import type { CommitLog } from '../contracts/log.ts';
import type { Clock } from '../contracts/ports.ts';
import type { Store } from '../contracts/store.ts';
import type { DagView, DatasetView, EngineEvent, RunView, TaskLogLine, VersionView } from './views.ts';

export interface EngineOptions {
  /** Folder of the home; made when missing. Holds `state.db` and `scheduler.lock`. */
  readonly homeDir: string;
  readonly store: Store;
  readonly log: CommitLog;
  readonly clock?: Clock;
  /** In [0, 1); default `Math.random`. */
  readonly random?: () => number;
}

export interface StartOptions {
  readonly executor: Executor;
  readonly modules: readonly ModuleRef[];
  readonly onEvent?: (event: EngineEvent) => void;
  /** Aborted on Ctrl-C or SIGTERM: attempts are told to stop and the runs stay resumable. */
  readonly signal?: AbortSignal;
}

/** A home: its database following the store's log. Looking needs no scheduler, so `list` works beside a running `up`. */
export interface Engine {
  readonly homeId: string;
  /** Applies what the log has beyond the database; the number of commits applied. */
  sync(): Promise<number>;
  listDags(): readonly DagView[];
  /** Newest first. */
  listRuns(filter?: { dag?: string; limit?: number }): readonly RunView[];
  /** By id, or by what comes before its `-`. @throws {RidgelineError} UNKNOWN_RUN */
  getRun(id: string): RunView;
  getLogs(run: string, task?: string): readonly TaskLogLine[];
  listDatasets(): readonly DatasetView[];
  /** Oldest first. @throws {RidgelineError} UNKNOWN_DATASET naming what there is. */
  listVersions(dataset: string): readonly VersionView[];
  /** Newest when `version` is absent. @throws {RidgelineError} UNKNOWN_DATASET, UNKNOWN_VERSION */
  getVersion(dataset: string, version?: number): VersionView;
  /** Becomes the one scheduler of this home, waiting while there is another; loads the modules and heals. */
  start(options: StartOptions): Promise<Runner>;
  close(): void;
}

export interface RunReport {
  /** `failed` when any of the runs failed. */
  readonly state: 'success' | 'failed';
  /** Interrupted runs that were finished first, then the runs asked for and what they triggered, in order of creation. */
  readonly runs: readonly RunView[];
  /** Ids of those that had been interrupted. */
  readonly resumed: readonly string[];
}

export interface Runner {
  /**
   * Finishes interrupted runs, starts the unscheduled DAGs of a module or one DAG, and goes on until everything that
   * their datasets trigger has ended.
   *
   * @param name a module's name or a DAG's id; a name that is both means the module
   * @throws {RidgelineError} UNKNOWN_PIPELINE naming what there is; BAD_PARAM; INTERRUPTED when the signal is aborted.
   */
  run(name: string, options?: { params?: Readonly<Record<string, unknown>> }): Promise<RunReport>;
  /** Gives the scheduler's place up. The executor stays the caller's to close. */
  close(): Promise<void>;
}

/**
 * Opens a home without running anything.
 *
 * @throws {RidgelineError} STATE_NOT_A_DATABASE, STATE_NEWER (kind `usage`); the file is left as it is.
 */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  throw new RidgelineError('STATE', 'usage', `${options.homeDir}: not yet able to open a home`);
}
