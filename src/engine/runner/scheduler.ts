import { toErrorInfo } from '../../contracts/errors.ts';
import type { ErrorInfo } from '../../contracts/errors.ts';
import type { AttemptOutcome } from '../../contracts/executor.ts';
import type { TaskDefinition } from '../../contracts/definition.ts';
import type { Commit } from '../../contracts/log.ts';
import { commitsItself } from '../plan/publish.ts';
import type { PublishPlan } from '../plan/publish.ts';
import { retryDelayMs } from '../plan/retry.ts';
import { consumedVersions, pinVersions, planRuns } from '../plan/runs.ts';
import { outcomeOf, planTasks } from '../plan/tasks.ts';
import { getDag } from '../state/dag-tables.ts';
import type { DagRecord } from '../state/dag-tables.ts';
import { dagsWithPending, markRows, pendingRows } from '../state/inbox-tables.ts';
import { getVersion, newestVersion } from '../state/log-tables.ts';
import {
  createRun,
  deleteInstance,
  endAttempt,
  loadInstances,
  loadRun,
  newInstance,
  openRuns,
  saveInstance,
  setRunState,
  startAttempt,
} from '../state/run-tables.ts';
import type { LiveInstance, NewRun } from '../state/run-tables.ts';
import { viewRun, viewTask } from '../state/run-views.ts';
import type { TaskView } from '../views.ts';
import { toRequest } from './attempt.ts';
import { Exporter } from './exporter.ts';
import { isOutage } from './patience.ts';
import type { LiveRun, Ports } from './ports.ts';
import { Publisher } from './publisher.ts';
import { Wakeups } from './wakeups.ts';

const OUTAGE_RETRY_MS = 1000;

/**
 * The loop: asks the plan what recorded state allows, records it, and lets the executor and the log do it. Everything it
 * knows is in the database first, so it can stop anywhere and a new one goes on.
 */
export class Scheduler {
  readonly #ports: Ports;
  readonly #stopper = new AbortController();
  readonly #publisher: Publisher;
  readonly #exporter: Exporter;
  readonly #wakeups: Wakeups;
  readonly #live = new Map<string, LiveRun>();
  /** Pipelines of modules that are loaded. */
  readonly #loaded: ReadonlySet<string>;
  readonly #interrupted = new Set<string>();
  readonly #touched: string[] = [];
  #waiters: { resolve: () => void; reject: (error: unknown) => void }[] = [];
  #failure: unknown;

  constructor(ports: Ports, loaded: ReadonlySet<string>) {
    this.#ports = ports;
    this.#loaded = loaded;
    this.#publisher = new Publisher(ports, this.#stopper.signal);
    this.#exporter = new Exporter(
      ports,
      this.#stopper.signal,
      () => this.#publisher.sync().then((commits) => this.#follow(commits)),
      (error) => (error === undefined ? this.#settle() : this.stop(error)),
    );
    this.#wakeups = new Wakeups(ports.clock, this.#stopper.signal);
  }

  /** Ids of runs that had not ended when the scheduler before this one did. */
  get interrupted(): ReadonlySet<string> {
    return this.#interrupted;
  }

  /** Ids of the runs that were gone on with or created since the start, in order of creation. */
  get touched(): readonly string[] {
    return this.#touched;
  }

  /** Takes up what is recorded: attempts that died with their process start again and cost no retry. */
  resume(): void {
    const { db, clock } = this.#ports;
    for (const { id, state } of openRuns(db)) {
      this.#touched.push(id);
      this.#interrupted.add(id);
      if (state === 'queued') continue;
      const run = this.#load(id);
      db.transaction(() => {
        for (const it of [...run.instances.values()].flat()) {
          if (it.state !== 'running') continue;
          endAttempt(db, id, it, 'lost', clock.now());
          it.state = 'none';
          saveInstance(db, id, it);
        }
      });
      this.#ports.emit({ type: 'run.started', run: viewRun(db, id), resumed: true });
      if (state === 'publishing') {
        run.ending = true;
        void this.#publishRun(run);
      }
      for (const it of [...run.instances.values()].flat())
        if (it.state === 'publishing') void this.#publishTask(run, it);
      this.#advance(run);
    }
    this.#exporter.wake();
    for (const dag of new Set([...openRuns(db).map(({ dag }) => dag), ...dagsWithPending(db)])) this.#evaluate(dag);
    this.#settle();
  }

  /** Creates runs that somebody asked for; they start as `maxActiveRuns` allows. */
  create(runs: readonly Omit<NewRun, 'triggerKey'>[]): readonly string[] {
    const { db, homeId, clock } = this.#ports;
    const ids = db.transaction(
      () => runs.map((run) => createRun(db, homeId, { ...run, triggerKey: undefined }, clock.now())),
      'durable',
    );
    this.#touched.push(...ids);
    for (const { dag } of runs) this.#evaluate(dag.id);
    return ids;
  }

  /** Resolves when nothing is left to do (R8): no open run, no pending event that fires, no copy due. */
  whenIdle(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      this.#settle();
    });
  }

  /** Tells attempts to stop and lets go; what was under way is recorded as such and resumes later. */
  stop(reason: unknown): void {
    if (this.#stopper.signal.aborted) return;
    this.#failure = reason;
    this.#stopper.abort(reason);
    for (const run of this.#live.values()) run.aborter.abort(reason);
    this.#settle();
  }

  #settle(): void {
    const stopped = this.#stopper.signal.aborted;
    if (!stopped && (this.#live.size > 0 || !this.#exporter.idle)) return;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const { resolve, reject } of waiters) {
      if (stopped) reject(this.#failure);
      else resolve();
    }
  }

  /** New commits are here: events may fire, copies may be due. */
  #follow(commits: readonly Commit[]): void {
    if (this.#stopper.signal.aborted || commits.length === 0) return;
    for (const commit of commits) {
      const run = commit.origin.type === 'task' ? commit.origin.run : undefined;
      for (const version of commit.versions) this.#ports.emit({ type: 'version.published', version, run });
    }
    for (const dag of dagsWithPending(this.#ports.db)) this.#evaluate(dag);
    this.#exporter.wake();
  }

  /** Turns a pipeline's pending events into runs, and starts the queued ones that may. */
  #evaluate(id: string): void {
    const { db, homeId, clock } = this.#ports;
    const dag = getDag(db, id);
    if (!dag || this.#stopper.signal.aborted || !this.#loaded.has(id)) return;
    const open = openRuns(db, id);
    const room = dag.definition.maxActiveRuns - open.length;
    const planned = dag.paused ? [] : planRuns(dag.definition, pendingRows(db, id), room);
    if (planned.length > 0) {
      db.transaction(() => {
        for (const { consumed, superseded } of planned) {
          const last = consumed.at(-1)!;
          const run: NewRun = {
            dag,
            trigger: { type: 'dataset', dataset: last.dataset, version: last.version },
            triggerKey: consumed.map(({ dataset, version }) => `${dataset}@${version}`).join(' '),
            params: Object.fromEntries(
              Object.entries(dag.definition.params).map(([name, param]) => [name, param.default]),
            ),
            inputs: this.#pin(dag, consumed),
            emit: true,
          };
          const created = createRun(db, homeId, run, clock.now());
          markRows(db, consumed, 'consumed', created);
          markRows(db, superseded, 'superseded', created);
          this.#touched.push(created);
        }
      });
    }
    let running = open.filter(({ state }) => state !== 'queued').length;
    for (const { id: run, state } of openRuns(db, id)) {
      if (state !== 'queued' || running >= dag.definition.maxActiveRuns) continue;
      running++;
      this.#start(run);
    }
  }

  #pin(dag: DagRecord, consumed: Parameters<typeof consumedVersions>[0]): Readonly<Record<string, number>> {
    const { db } = this.#ports;
    return {
      ...pinVersions(
        dag.definition,
        consumed,
        (dataset, version) => getVersion(db, dataset, version)?.inputs ?? {},
        (dataset) => newestVersion(db, dataset)?.version,
      ),
      ...consumedVersions(consumed),
    };
  }

  #start(id: string): void {
    const { db, clock, emit } = this.#ports;
    db.transaction(() => setRunState(db, id, 'running', { startedAt: clock.now() }));
    const run = this.#load(id);
    emit({ type: 'run.started', run: viewRun(db, id), resumed: false });
    this.#advance(run);
  }

  #load(id: string): LiveRun {
    const record = loadRun(this.#ports.db, id)!;
    const instances = loadInstances(this.#ports.db, id, record.definition);
    const run: LiveRun = { ...record, instances, aborter: new AbortController(), ending: false };
    this.#live.set(id, run);
    return run;
  }

  /** Does what the plan says can be done about a run, until nothing more can be done now. */
  #advance(run: LiveRun): void {
    const { db, clock } = this.#ports;
    if (this.#stopper.signal.aborted || run.ending) return;
    const tasks = new Map(run.definition.tasks.map((task) => [task.id, task]));
    const starting: [TaskDefinition, LiveInstance][] = [];
    const settled: LiveInstance[] = [];
    const now = clock.now();
    db.transaction(() => {
      for (let again = true; again;) {
        again = false;
        for (const decision of planTasks(run.definition, run.instances, now)) {
          const own = run.instances.get(decision.task)!;
          if (decision.do === 'start') {
            const it = own.find(({ mapIndex }) => mapIndex === decision.mapIndex)!;
            Object.assign(it, { state: 'running', attempt: it.attempt + 1, startedAt: now, readyAt: undefined });
            starting.push([tasks.get(decision.task)!, it]);
            saveInstance(db, run.id, it);
            startAttempt(db, run.id, it, now);
            continue;
          }
          again = true;
          if (decision.do === 'settle') {
            Object.assign(own[0]!, { state: decision.state, note: decision.note, endedAt: now });
            settled.push(own[0]!);
          } else {
            this.#expand(run, own, decision.count);
          }
          for (const it of own) saveInstance(db, run.id, it);
        }
      }
    });
    for (const it of settled) this.#emitFinished(run, it);
    for (const [task, it] of starting) this.#attempt(run, task, it);

    const outcome = outcomeOf(run.instances);
    if (outcome !== undefined) this.#finish(run, outcome);
    for (const it of [...run.instances.values()].flat()) {
      if (it.state === 'up_for_retry') this.#wakeups.at(it.readyAt ?? now, run.id, () => this.#advance(run));
    }
  }

  /** A mapped task whose list is known becomes its instances; over an empty list it has succeeded. */
  #expand(run: LiveRun, own: LiveInstance[], count: number): void {
    if (count === 0) {
      Object.assign(own[0]!, {
        state: 'success',
        result: { kind: 'json', value: [] },
        endedAt: this.#ports.clock.now(),
      });
      return;
    }
    const { task } = own[0]!;
    deleteInstance(this.#ports.db, run.id, task, -1);
    own.splice(0, 1, ...Array.from({ length: count }, (_, index) => newInstance(task, index)));
  }

  #attempt(run: LiveRun, task: TaskDefinition, it: LiveInstance): void {
    const { executor, emit, db } = this.#ports;
    const { attempt } = it;
    const subject = { run: run.id, dag: run.dag, task: task.id, mapIndex: it.mapIndex };
    emit({ type: 'task.started', ...subject, attempt });
    const outcome = (async (): Promise<AttemptOutcome> => {
      let request;
      try {
        request = toRequest(db, run, task, it);
      } catch (error) {
        return { state: 'failed', error: toErrorInfo(error), retryable: false };
      }
      return executor.run(request, {
        signal: run.aborter.signal,
        onLog: (line) => this.#log(run, it, attempt, line),
        onProgress: (step, done, total) => emit({ type: 'task.progress', ...subject, step, done, total }),
      });
    })();
    outcome
      .then((outcome) => this.#onOutcome(run, task, it, attempt, outcome))
      .catch((error: unknown) => this.stop(error));
  }

  /** The answer of an attempt. Only the current attempt of a live run is heard (R3). */
  #onOutcome(run: LiveRun, task: TaskDefinition, it: LiveInstance, attempt: number, outcome: AttemptOutcome): void {
    if (this.#stopper.signal.aborted) return;
    const { db, clock, random } = this.#ports;
    const now = clock.now();
    if (this.#live.get(run.id) !== run || it.state !== 'running' || it.attempt !== attempt) {
      const message = `attempt ${attempt} came back stale with ${outcome.state}; nothing was changed`;
      this.#log(run, it, attempt, { at: now, level: 'warn', message });
      return;
    }
    if (outcome.state === 'success') {
      Object.assign(it, { result: outcome.result, outlets: outcome.outlets, error: undefined });
      if (commitsItself(run.definition, task.id)) {
        it.state = 'publishing';
        db.transaction(() => saveInstance(db, run.id, it));
        void this.#publishTask(run, it);
        return;
      }
      this.#endSuccess(run, it, now);
      return;
    }

    const { error } = outcome;
    const outage = isOutage(error);
    if (!outage) it.failures++;
    const delay = outage ? OUTAGE_RETRY_MS : outcome.retryable ? retryDelayMs(task, it.failures, random()) : undefined;
    Object.assign(
      it,
      delay === undefined
        ? { state: 'failed', endedAt: now, error }
        : { state: 'up_for_retry', readyAt: now + delay, error },
    );
    db.transaction(() => {
      endAttempt(db, run.id, it, 'failed', now, error);
      saveInstance(db, run.id, it);
    });
    this.#emitFinished(run, it);
    this.#advance(run);
  }

  #endSuccess(run: LiveRun, it: LiveInstance, now: number): void {
    const { db } = this.#ports;
    db.transaction(() => this.#recordSuccess(run, it, now));
    this.#emitFinished(run, it);
    this.#advance(run);
  }

  #recordSuccess(run: LiveRun, it: LiveInstance, now: number): void {
    const { db } = this.#ports;
    Object.assign(it, { state: 'success', endedAt: now });
    endAttempt(db, run.id, it, 'success', now);
    saveInstance(db, run.id, it);
  }

  /** Makes a task's outputs visible; its success is recorded with the commit (R1). */
  async #publishTask(run: LiveRun, it: LiveInstance): Promise<void> {
    try {
      const commits = await this.#publisher.publish(run, [toSource(it)], (plan) => {
        it.note = noteOn(plan);
        this.#recordSuccess(run, it, this.#ports.clock.now());
      });
      this.#follow(commits);
      this.#emitFinished(run, it);
      this.#advance(run);
    } catch (error) {
      this.stop(error);
    }
  }

  /** Under `emitOn: 'run'`: everything becomes visible in one commit, with the success of the run. */
  async #publishRun(run: LiveRun): Promise<void> {
    const { db } = this.#ports;
    try {
      const sources = run.definition.tasks
        .filter((task) => task.export !== undefined || Object.keys(task.outlets).length > 0)
        .flatMap((task) => run.instances.get(task.id)!.filter(({ state }) => state === 'success'));
      const commits = await this.#publisher.publish(run, sources.map(toSource), (plan) => {
        for (const it of sources) {
          const own = Object.values(run.definition.tasks.find(({ id }) => id === it.task)!.outlets);
          it.note = noteOn({
            unchanged: Object.fromEntries(Object.entries(plan.unchanged).filter(([name]) => own.includes(name))),
          });
          if (it.note !== undefined) saveInstance(db, run.id, it);
        }
        setRunState(db, run.id, 'success', { endedAt: this.#ports.clock.now() });
      });
      this.#follow(commits);
      this.#ended(run);
    } catch (error) {
      this.stop(error);
    }
  }

  #finish(run: LiveRun, outcome: 'success' | 'failed'): void {
    const { db, clock } = this.#ports;
    run.ending = true;
    const waits = run.definition.tasks.some(
      (task) => task.export !== undefined || Object.keys(task.outlets).length > 0,
    );
    if (outcome === 'success' && run.definition.emitOn === 'run' && waits) {
      db.transaction(() => setRunState(db, run.id, 'publishing'));
      void this.#publishRun(run);
      return;
    }
    const error = outcome === 'failed' ? firstError(run) : undefined;
    db.transaction(
      () => setRunState(db, run.id, outcome, { endedAt: clock.now(), ...(error && { error }) }),
      'durable',
    );
    this.#ended(run);
  }

  #ended(run: LiveRun): void {
    this.#live.delete(run.id);
    this.#ports.emit({ type: 'run.finished', run: viewRun(this.#ports.db, run.id) });
    this.#evaluate(run.dag);
    this.#settle();
  }

  #log(
    run: LiveRun,
    it: LiveInstance,
    attempt: number,
    line: { at: number; level: 'debug' | 'info' | 'warn' | 'error'; message: string },
  ): void {
    const { db, emit } = this.#ports;
    const subject = { run: run.id, task: it.task, mapIndex: it.mapIndex, attempt };
    db.transaction(() =>
      db.run(
        'INSERT INTO logs (run, task, map_index, attempt, at, level, message) VALUES (?, ?, ?, ?, ?, ?, ?)',
        run.id,
        it.task,
        it.mapIndex,
        attempt,
        line.at,
        line.level,
        line.message,
      ),
    );
    emit({
      type: 'task.log',
      run: run.id,
      dag: run.dag,
      task: it.task,
      mapIndex: it.mapIndex,
      line: { ...subject, ...line },
    });
  }

  #emitFinished(run: LiveRun, it: LiveInstance): void {
    const view: TaskView = viewTask(it);
    this.#ports.emit({ type: 'task.finished', run: run.id, dag: run.dag, task: it.task, mapIndex: it.mapIndex, view });
  }
}

function toSource(it: LiveInstance): Parameters<Publisher['publish']>[1][number] {
  return { task: it.task, attempt: it.attempt, result: it.result!, outlets: it.outlets ?? {} };
}

function noteOn({ unchanged }: Pick<PublishPlan, 'unchanged'>): string | undefined {
  const parts = Object.entries(unchanged).map(([name, version]) => `${name} is still version ${version}`);
  return parts.length === 0 ? undefined : `unchanged: ${parts.join(', ')}`;
}

function firstError(run: LiveRun): ErrorInfo | undefined {
  return [...run.instances.values()].flat().find(({ state, error }) => state === 'failed' && error)?.error;
}
