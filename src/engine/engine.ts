import { setTimeout as sleep } from 'node:timers/promises';
import type { Params } from '../contracts/definition.ts';
import type { Executor, ModuleDescription, ModuleRef } from '../contracts/executor.ts';
import type { CommitLog } from '../contracts/log.ts';
import type { Clock } from '../contracts/ports.ts';
import type { Store } from '../contracts/store.ts';
import { createLogKeeper, readKeptLog } from './runner/log-keeper.ts';
import { takeUp } from './runner/publisher.ts';
import { startRunner, type Runner } from './runner/runner.ts';
import { allDags, registerModules } from './state/dag-tables.ts';
import { openDatabase } from './state/database.ts';
import { listDatasets, listVersions, viewVersion } from './state/dataset-views.ts';
import type { Waiting } from './state/file-lock.ts';
import { ObjectsLock } from './state/objects-lock.ts';
import { loadRun, readLogs } from './state/run-tables.ts';
import { listRunIds, resolveRunId, viewRun } from './state/run-views.ts';
import { findScheduler, type SchedulerAtWork } from './state/scheduler-lock.ts';
import { pauseDag, resumeDag } from './steering/pause.ts';
import { checksOf, publishExternal, type ExternalPublish } from './steering/publish.ts';
import { collectGarbage, type GarbageOptions, type GarbageReport } from './steering/collect-garbage.ts';
import { checkRemovable, removeVersion } from './steering/remove.ts';
import { cancelRun, replay, rerun, trigger } from './steering/runs.ts';
import { explain, type WhyView } from './steering/why.ts';
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
  /** Those of a function are asked for again while it serves: some may have come or gone. */
  readonly modules: readonly ModuleRef[] | (() => readonly ModuleRef[]);
  readonly onEvent?: (event: EngineEvent) => void;
  /** Aborted on Ctrl-C or SIGTERM: attempts are told to stop and the runs stay resumable. */
  readonly signal?: AbortSignal;
  /** How long a store that cannot be reached or is full is waited for, default 60,000. */
  readonly patienceMs?: number;
  /** Named concurrency slots; one that is not named here takes one task at a time. */
  readonly slots?: Readonly<Record<string, number>>;
}

/** A home: its database following the store's log. Looking needs no scheduler, so `list` works beside a running `up`. */
export type Engine = Awaited<ReturnType<typeof openEngine>>;

const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    sleep(ms, undefined, signal && { signal }).catch((error: unknown) => {
      throw signal?.aborted ? signal.reason : error;
    }),
};

/**
 * Opens a home without running anything.
 *
 * @throws {RidgelineError} STATE_NOT_A_DATABASE, STATE_NEWER (kind `usage`): the file is left as it is;
 *   HOME_NOT_WRITABLE (kind `store`).
 */
export async function openEngine(options: EngineOptions) {
  const { homeDir, store, log, clock = SYSTEM_CLOCK, random = Math.random } = options;
  const db = openDatabase(homeDir, random);
  const objects = new ObjectsLock(homeDir);
  const storing = <T>(work: () => Promise<T>, waiting?: Waiting): Promise<T> => objects.share(work, waiting);
  return {
    homeId: db.homeId,
    /** Applies what the log has beyond the database. @throws {RidgelineError} LOG_OF_ANOTHER_STORE */
    sync: (): Promise<void> => takeUp(db, log),
    listDags: (): readonly DagView[] =>
      allDags(db).map(({ id, module, definition, paused, error }) => {
        const [lastRun] = listRunIds(db, id, 1);
        return { id, module: module.name, definition, paused, error, lastRun };
      }),
    /** Newest first. */
    listRuns: ({ dag, limit = 50 }: { dag?: string; limit?: number } = {}): readonly RunView[] =>
      listRunIds(db, dag, limit).map(({ id }) => viewRun(db, id)),
    /** By id, or by what comes before its `-`. @throws {RidgelineError} UNKNOWN_RUN */
    getRun: (run: string): RunView => viewRun(db, resolveRunId(db, run)),
    /** Of a run that is not known here: as it was kept in the store. @throws {RidgelineError} UNKNOWN_RUN */
    async getLogs(run: string, task?: string): Promise<readonly TaskLogLine[]> {
      const id = resolveRunId(db, run);
      return loadRun(db, id) === undefined ? readKeptLog(store, id, task) : readLogs(db, id, task);
    },
    listDatasets: (): readonly DatasetView[] => listDatasets(db),
    /** Oldest first. @throws {RidgelineError} UNKNOWN_DATASET naming what there is. */
    listVersions: (dataset: string): readonly VersionView[] => listVersions(db, dataset),
    /** Newest when `version` is absent. @throws {RidgelineError} UNKNOWN_DATASET, UNKNOWN_VERSION */
    getVersion: (dataset: string, version?: number): VersionView => viewVersion(db, dataset, version),
    /** Who is the scheduler at work on this home; undefined when nobody is. */
    scheduler: (): SchedulerAtWork | undefined => findScheduler(homeDir, db),
    /** Everything that decides whether and why a pipeline runs (R16). @throws {RidgelineError} UNKNOWN_PIPELINE */
    why: (dag: string): WhyView => explain(db, dag),

    /** Records what modules hold, as a scheduler does when it starts: their pipelines' events count from now on (R10). */
    recordModules: (descriptions: readonly ModuleDescription[]): void =>
      db.transaction(() => registerModules(db, descriptions), 'durable'),

    // What follows only writes to the database, durably: the scheduler at work sees it at once, or the next one does.

    /** What some of it would do and answer, without doing it. */
    rehearse: <T>(steer: () => T): T => db.rehearse(steer),
    /** Queues a run. @throws {RidgelineError} UNKNOWN_PIPELINE, BAD_PARAM, NO_VERSION */
    trigger: (dag: string, params: Params = {}): RunView => viewRun(db, trigger(db, dag, params, clock.now())),
    /** False: it was paused already. */
    pause: (dag: string): boolean => pauseDag(db, dag),
    /** How many events that came meanwhile were skipped (`onResume`); undefined when it was not paused. */
    resume: (dag: string): number | undefined => resumeDag(db, dag),
    /** False: it had ended. */
    cancel: (run: string): boolean => cancelRun(db, resolveRunId(db, run), clock.now()),
    /** Queues a new run with the same inputs, from a task on, or without publishing (`emit: false`). */
    rerun: (run: string, how: { from?: string; emit?: boolean } = {}): RunView =>
      viewRun(db, rerun(db, resolveRunId(db, run), how, clock.now())),
    /** Queues runs that consume an event again, of one consumer or of all. @throws {RidgelineError} UNKNOWN_EVENT */
    replay: (dataset: string, version: number, dag?: string): readonly RunView[] =>
      replay(db, dataset, version, dag, clock.now()).map((id) => viewRun(db, id)),
    /** Pipelines whose checks a value must pass before `publish`. @throws {RidgelineError} BAD_NAME, DUPLICATE_NAME */
    checksOf: (dataset: string): readonly { readonly dag: string; readonly module: ModuleRef }[] =>
      checksOf(db, dataset),
    /** Publishes a value that is in the store already; once for each key. */
    publish: (publish: ExternalPublish): Promise<{ version: number; fresh: boolean }> =>
      publishExternal(db, log, publish, clock.now()),
    /** Takes a version back. @throws {RidgelineError} VERSION_IN_USE (R15), UNKNOWN_DATASET, UNKNOWN_VERSION */
    remove: async (dataset: string, version: number, { dryRun = false } = {}): Promise<void> =>
      dryRun ? checkRemovable(db, dataset, version) : removeVersion(db, log, dataset, version, clock.now()),
    /** Stores and publishes a value: nothing of it is garbage meanwhile. */
    storing,
    /** Deletes objects that nothing needs, once no task runs and nothing is being published. @throws {RidgelineError} OTHER_HOMES */
    collectGarbage: (how: GarbageOptions, waiting: Waiting): Promise<GarbageReport> =>
      collectGarbage({ db, log, store, alone: (work) => objects.alone(work, waiting) }, how, waiting.signal),

    /** Becomes the one scheduler of this home, waiting while there is another; loads the modules. */
    async start({
      modules,
      onEvent = () => {},
      signal,
      patienceMs = 60_000,
      slots = {},
      executor,
    }: StartOptions): Promise<Runner> {
      const logs = createLogKeeper(db, store);
      const emit = (event: EngineEvent): void => {
        onEvent(event);
        logs.onEvent(event);
      };
      const ports = { db, log, executor, storing, clock, random, emit, patienceMs, slots };
      const list = typeof modules === 'function' ? modules : () => modules;
      const runner = await startRunner(ports, homeDir, list, signal);
      return {
        ...runner,
        async close() {
          await runner.close();
          await logs.settled();
        },
      };
    },
    close(): void {
      objects.close();
      db.close();
    },
  };
}
