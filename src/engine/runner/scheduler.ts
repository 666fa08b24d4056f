import { RidgelineError, toErrorInfo } from '../../contracts/errors.ts';
import type { NextCron } from '../plan/cron.ts';
import { planRuns } from '../plan/runs.ts';
import { dagsWithCron, getDag, setCronAt, type DagRecord } from '../state/dag-tables.ts';
import type { Database } from '../state/database.ts';
import { dagsWithPending, markRows, pendingRows } from '../state/inbox-tables.ts';
import { logPosition, versionsAfter } from '../state/log-tables.ts';
import { createRun, excuseRunning, openRuns, pinFor, type NewRun } from '../state/run-tables.ts';
import { viewRun } from '../state/run-views.ts';
import { createExporter } from './exporter.ts';
import { createHookCaller } from './hook-caller.ts';
import type { Modules } from './modules.ts';
import type { Ports } from './ports.ts';
import { createPatience, StoreWatch } from './patience.ts';
import { createPublisher, type Publisher } from './publisher.ts';
import { RunDriver, type Surroundings } from './run-driver.ts';
import { createSlots } from './slots.ts';
import { createWakeups } from './wakeups.ts';

/**
 * Makes runs of events, starts them as `maxActiveRuns` allows, and goes on until nothing is left to do. Everything it
 * knows is in the database first, so it can stop anywhere and a new one goes on.
 */
export class Scheduler {
  /** Ids of runs that had not ended when the scheduler before this one did. */
  readonly interrupted: string[] = [];
  /** Ids of the runs that were gone on with or created since the start, in order of creation. */
  readonly touched: string[] = [];
  readonly #ports: Ports;
  readonly #db: Database;
  readonly #stopper = new AbortController();
  readonly #publisher: Publisher;
  readonly #exporter: ReturnType<typeof createExporter>;
  readonly #hooks: ReturnType<typeof createHookCaller>;
  readonly #around: Surroundings;
  readonly #live = new Map<string, RunDriver>();
  readonly #modules: Modules;
  #waiters: PromiseWithResolvers<void>[] = [];
  /** Absent: schedules by the clock are left alone. */
  #nextCron: NextCron | undefined;
  /** The last commit whose versions were told of. */
  #heard: number;
  #draining = false;
  #failure: unknown;

  constructor(ports: Ports, modules: Modules) {
    const { signal } = this.#stopper;
    this.#ports = ports;
    this.#db = ports.db;
    this.#modules = modules;
    this.#heard = logPosition(ports.db);
    const store = new StoreWatch(ports);
    const persist = createPatience(ports, store, signal);
    this.#publisher = createPublisher(ports, persist);
    const onIdle = (error?: unknown): void => (error === undefined ? this.#settle() : this.stop(error));
    this.#exporter = createExporter(ports, persist, () => this.sync(), onIdle);
    this.#hooks = createHookCaller(ports, signal, onIdle);
    this.#around = {
      ports,
      publisher: this.#publisher,
      store,
      slots: createSlots(ports.slots),
      wakeups: createWakeups(ports.clock, signal, (error) => this.stop(error)),
      halted: () => this.#draining || signal.aborted,
      modules,
      refresh: () =>
        void this.refresh()
          .then(() => this.#advance())
          .catch((error) => this.stop(error)),
      claimed: () => [...this.#live.values()].some((run) => run.claims),
      onSlotsFreed: () => this.#advance(),
      onAttemptEnded: () => this.#settle(),
      onCommits: () => this.#follow(),
      onHooks: () => this.#hooks.wake(),
      onEnded: (driver) => this.#onEnded(driver),
      onFailure: (error) => this.stop(error),
    };
  }

  /** Takes up what is recorded. */
  resume(): void {
    const taken: RunDriver[] = [];
    for (const { id, state } of openRuns(this.#db)) {
      this.touched.push(id);
      if (state === 'queued') continue;
      this.interrupted.push(id);
      taken.push(this.#drive(id));
    }
    for (const run of taken) run.recover(); // all first: a task of any may have to run alone
    for (const run of taken) run.resume();
    this.#exporter.wake();
    this.look();
  }

  /** From now on schedules by the clock start runs too. */
  followClock(nextCron: NextCron): void {
    this.#nextCron = nextCron;
    for (const id of dagsWithCron(this.#db)) this.#tick(id);
  }

  /** Reads edited files again and goes on with what they hold. */
  async refresh(): Promise<void> {
    try {
      const changed = await this.#modules.refresh();
      if (!changed || this.#stopper.signal.aborted) return;
      this.#advance();
      this.look();
      for (const id of this.#nextCron ? dagsWithCron(this.#db) : []) this.#tick(id);
    } catch (error) {
      this.stop(error);
    }
  }

  /** Looks at everything recorded that somebody else may have changed: new runs, events, cancellations (R8). */
  look(): void {
    if (this.#stopper.signal.aborted) return;
    this.#announce();
    this.#hooks.wake();
    for (const { id, cancel } of openRuns(this.#db)) {
      if (cancel !== undefined) this.#live.get(id)?.cancel(cancel);
    }
    for (const dag of new Set([...openRuns(this.#db).map(({ dag }) => dag), ...dagsWithPending(this.#db)]))
      this.#evaluate(dag);
    this.#settle();
  }

  /** Applies what other homes have committed since (R17). */
  async sync(): Promise<void> {
    await this.#publisher.sync();
    this.#follow();
  }

  /** Creates runs that somebody asked for; they start as `maxActiveRuns` allows. */
  create(runs: readonly NewRun[]): void {
    const { clock } = this.#ports;
    const create = (): string[] => runs.map((run) => createRun(this.#db, run, clock.now()));
    this.touched.push(...this.#db.transaction(create, 'durable'));
    for (const { dag } of runs) this.#evaluate(dag.id);
  }

  /** Resolves when nothing is left to do (R8): no open run, no pending event that fires, no copy due. */
  whenIdle(): Promise<void> {
    const waiter = Promise.withResolvers<void>();
    this.#waiters.push(waiter);
    this.#settle();
    return waiter.promise;
  }

  /** Resolves when the scheduler has been stopped; what it was stopped with. */
  whenStopped(): Promise<unknown> {
    const { signal } = this.#stopper;
    return new Promise((resolve) => {
      if (signal.aborted) resolve(this.#failure);
      else signal.addEventListener('abort', () => resolve(this.#failure), { once: true });
    });
  }

  /** Starts nothing more, lets what works end for a while, and stops. */
  async drain(limitMs: number): Promise<void> {
    this.#draining = true;
    this.#excuse(interrupted()); // whoever asked may lose patience before the limit
    const limit = new AbortController();
    const late = this.#ports.clock.sleep(limitMs, limit.signal).catch(() => {});
    await Promise.race([this.whenIdle().catch(() => {}), late]);
    limit.abort();
  }

  /** Tells attempts to stop and lets go; what was under way is recorded as such and resumes later. */
  stop(reason: unknown): void {
    if (this.#stopper.signal.aborted) return;
    this.#failure = reason;
    this.#excuse(reason);
    this.#stopper.abort(reason);
    for (const run of this.#live.values()) run.stop(reason);
    this.#settle();
  }

  #excuse(reason: unknown): void {
    if (this.#live.size === 0) return;
    try {
      this.#db.transaction(() => excuseRunning(this.#db, toErrorInfo(reason)));
    } catch {
      // A full disk may be the reason.
    }
  }

  #settle(): void {
    const stopped = this.#stopper.signal.aborted;
    const busy = [...this.#live.values()].some((run) => run.working || (!this.#draining && !run.stuck));
    if (!stopped && (busy || !this.#exporter.isIdle() || !this.#hooks.isIdle())) return;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const { resolve, reject } of waiters) {
      if (stopped) reject(this.#failure);
      else resolve();
    }
  }

  #advance(): void {
    for (const run of this.#live.values()) run.advance();
  }

  /** New commits may be here: events may fire, copies may be due. */
  #follow(): void {
    if (!this.#stopper.signal.aborted) this.#react(this.#announce());
  }

  /** Tells of every version that became visible since, whoever published it. The commit before the first of them. */
  #announce(): number {
    const { emit } = this.#ports;
    const before = this.#heard;
    for (const { commit, run, version } of versionsAfter(this.#db, before)) {
      this.#heard = commit;
      emit({ type: 'version.published', version, run });
    }
    return before;
  }

  #react(after: number): void {
    for (const dag of dagsWithPending(this.#db, after)) this.#evaluate(dag);
    this.#exporter.wake();
  }

  #onEnded({ run }: RunDriver): void {
    const { emit } = this.#ports;
    this.#live.delete(run.id);
    const before = this.#announce();
    emit({ type: 'run.finished', run: viewRun(this.#db, run.id) });
    this.#react(before);
    this.#evaluate(run.dag);
    this.#settle();
  }

  /** Turns a pipeline's pending events into runs, and starts the queued ones that may. */
  #evaluate(id: string): void {
    const { clock } = this.#ports;
    const dag = this.#runnable(id);
    if (dag === undefined) return;
    const { maxActiveRuns } = dag.definition;
    const open = openRuns(this.#db, id);
    const planned = dag.paused ? [] : planRuns(dag.definition, pendingRows(this.#db, id), maxActiveRuns - open.length);
    if (planned.length + open.length > 0 && !this.#isCurrent(dag)) return;
    if (planned.length > 0) {
      this.#db.transaction(() => {
        for (const { consumed, superseded } of planned) {
          const { dataset, version } = consumed.at(-1)!;
          const run: NewRun = {
            dag,
            trigger: { type: 'dataset', dataset, version },
            triggerKey: consumed.map((row) => `${row.dataset}@${row.version}`).join(' '),
            inputs: pinFor(this.#db, dag.definition, consumed),
          };
          const created = createRun(this.#db, run, clock.now());
          markRows(this.#db, consumed, 'consumed', created);
          markRows(this.#db, superseded, 'superseded', created);
          this.touched.push(created);
        }
      });
    }
    let running = open.filter(({ state }) => state !== 'queued').length;
    for (const { id: run, state, trigger } of openRuns(this.#db, id)) {
      if (state !== 'queued' || running >= maxActiveRuns) continue;
      if (dag.paused && (trigger === 'dataset' || trigger === 'cron')) continue;
      running++;
      this.#drive(run).start(dag.codeHash);
    }
  }

  /** A pipeline that may get runs now: it is there, and its module can be loaded. */
  #runnable(id: string): DagRecord | undefined {
    const dag = this.#around.halted() ? undefined : getDag(this.#db, id);
    return dag && !dag.removed && this.#modules.find(dag.module)?.ok === true ? dag : undefined;
  }

  /** False: its file has been edited, and is read again before anything is made of its events (R10). */
  #isCurrent({ module }: DagRecord): boolean {
    const current = this.#modules.isCurrent(this.#modules.find(module)!);
    if (!current) void this.refresh();
    return current;
  }

  #drive(id: string): RunDriver {
    const driver = new RunDriver(id, this.#around);
    this.#live.set(id, driver);
    return driver;
  }

  /** Starts a run for a time of a cron that has come, once, also when the process was away then; waits for the next. */
  #tick(id: string, at = -Infinity): void {
    const { clock } = this.#ports;
    const dag = this.#runnable(id);
    const cron = dag?.definition.schedule.cron;
    if (!dag || !cron || !this.#nextCron) return;
    const now = Math.max(at, clock.now());
    let due = dag.cronAt ?? this.#nextCron(cron, now);
    this.#db.transaction(() => {
      if (due <= now) {
        const time = new Date(due).toISOString();
        const inputs = pinFor(this.#db, dag.definition, []);
        const run: NewRun = { dag, trigger: { type: 'cron', at: time }, triggerKey: `cron ${time}`, inputs };
        if (!dag.paused) this.touched.push(createRun(this.#db, run, clock.now()));
        due = this.#nextCron!(cron, now);
      }
      setCronAt(this.#db, id, due);
    }, 'durable');
    this.#around.wakeups.at(due, `cron ${id}`, (time) => this.#tick(id, time));
    this.#evaluate(id);
  }
}

/** The error that stops a scheduler on a signal. */
export function interrupted(): RidgelineError {
  return new RidgelineError('INTERRUPTED', 'interrupted', 'interrupted; what was under way is kept', {
    remedy: 'the same command goes on with it',
  });
}
