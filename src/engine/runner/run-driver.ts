import { RidgelineError, toErrorInfo, type ErrorInfo } from '../../contracts/errors.ts';
import type { AttemptHooks, AttemptOutcome, LogLine } from '../../contracts/executor.ts';
import type { HookName, TaskDefinition } from '../../contracts/definition.ts';
import { formatPlace, placesOf } from '../../contracts/place.ts';
import { commitsItself, publishes, type PublishPlan } from '../plan/publish.ts';
import { fullDelayMs, isSuspect, mayStart, MOST_DEATHS, retryDelayMs } from '../plan/retry.ts';
import { outcomeOf, planTasks, type Instance } from '../plan/tasks.ts';
import type { Database } from '../state/database.ts';
import { queueHooks } from '../state/hook-tables.ts';
import {
  addLog,
  countDeaths,
  deleteInstance,
  endAttempt,
  loadInstances,
  loadRun,
  newInstance,
  saveInstance,
  setCancel,
  setRunState,
  startAttempt,
  type LiveInstance,
  type RunRecord,
  type RunTimes,
} from '../state/run-tables.ts';
import { viewRun, viewTask } from '../state/run-views.ts';
import type { TaskRefEvent } from '../views.ts';
import { toRequest } from './attempt.ts';
import { isOutage, type StoreWatch } from './patience.ts';
import type { Modules } from './modules.ts';
import type { Ports } from './ports.ts';
import type { Publisher } from './publisher.ts';
import type { Slots } from './slots.ts';
import type { Wakeups } from './wakeups.ts';

const OUTAGE_RETRY_MS = 1000;

/** What a run under way needs of the scheduler and tells it. */
export interface Surroundings {
  readonly ports: Ports;
  readonly publisher: Publisher;
  readonly store: StoreWatch;
  readonly slots: Slots;
  readonly wakeups: Wakeups;
  readonly modules: Modules;
  /** Has edited files read again, and every run advanced. */
  refresh(): void;
  /** No more attempts are to be started. */
  readonly halted: () => boolean;
  /** A task of some run is to run alone, and does or waits to. */
  readonly claimed: () => boolean;
  /** What other runs wait for may be there. */
  onSlotsFreed(): void;
  onAttemptEnded(): void;
  /** The run has ended and is recorded; commits may have become visible with it. */
  onEnded(run: RunDriver): void;
  onCommits(): void;
  /** Calls of hooks are being recorded. */
  onHooks(): void;
  onFailure(error: unknown): void;
}

/** Takes one run to its end: asks the plan what recorded state allows, records it, and has it done. */
export class RunDriver {
  run: RunRecord & RunTimes;
  readonly #instances: Map<string, LiveInstance[]>;
  readonly #tasks: ReadonlyMap<string, TaskDefinition>;
  readonly #around: Surroundings;
  readonly #ports: Ports;
  readonly #db: Database;
  readonly #aborter = new AbortController();
  /** Under these the process has died, more than once in a row: they run alone until an attempt has ended. */
  readonly #suspects = new Set<Instance>();
  /** Attempts that the executor has. */
  #working = 0;
  /** All tasks have ended; its commit or its end is being recorded. */
  #ending = false;
  #cancelled: ErrorInfo | undefined;

  constructor(id: string, around: Surroundings) {
    this.#around = around;
    this.#ports = around.ports;
    this.#db = around.ports.db;
    this.run = loadRun(this.#db, id)!;
    this.#instances = loadInstances(this.#db, id, this.run.definition);
    this.#tasks = new Map(this.run.definition.tasks.map((task) => [task.id, task]));
  }

  get working(): boolean {
    return this.#working > 0;
  }

  /** Its file cannot be loaded: it waits for the repair (R10). */
  get stuck(): boolean {
    return this.#around.modules.find(this.run.module)?.ok === false;
  }

  /** A task of it is to run alone, and does or waits to; one that cannot be loaded holds nobody up. */
  get claims(): boolean {
    return [...this.#suspects].some(({ state }) => state === 'running' || (state === 'none' && !this.stuck));
  }

  /** @param codeHash of the module now: it may have been edited while the run was queued */
  start(codeHash: string): void {
    const startedAt = this.#now();
    this.run = { ...this.run, codeHash };
    this.#db.transaction(() => setRunState(this.#db, this.run.id, 'running', { startedAt, codeHash }));
    this.#ports.emit({ type: 'run.started', run: viewRun(this.#db, this.run.id), resumed: false });
    this.#limit(startedAt);
    this.advance();
  }

  /**
   * Finds out where another process stopped: attempts that ended with it start again and cost no retry. One under which
   * every process has died lately is given up, or it would take this one too, and every run with it.
   */
  recover(): void {
    const now = this.#now();
    const givenUp: LiveInstance[] = [];
    this.#db.transaction(() => {
      for (const it of this.#all()) {
        // The wall clock may have been set back: no retry waits longer than its delay.
        const longest = Math.max(OUTAGE_RETRY_MS, fullDelayMs(this.#tasks.get(it.task)!, it.failures));
        if (it.readyAt !== undefined) it.readyAt = Math.min(it.readyAt, now + longest);
        const wasRunning = it.state === 'running';
        if (!wasRunning && (it.state !== 'none' || it.attempt === 0)) continue;
        if (wasRunning) endAttempt(this.#db, this.run.id, it, 'lost', now);
        const deaths = countDeaths(this.#db, this.run.id, it);
        const suspect = isSuspect(deaths) && deaths < MOST_DEATHS;
        if (suspect) this.#suspects.add(it);
        if (!wasRunning) continue;
        if (deaths < MOST_DEATHS) {
          const how = suspect ? ', alone, for it may be what the process died of' : '';
          this.#note(it, 'warn', [
            `attempt ${it.attempt} was lost with the process that made it; it starts again${how}`,
          ]);
          it.state = 'none';
        } else {
          this.#fail(it, this.#deadly(it), now);
          givenUp.push(it);
        }
        this.#save(it);
      }
    });
    this.#ports.emit({ type: 'run.started', run: viewRun(this.#db, this.run.id), resumed: true });
    for (const it of givenUp) this.#emitFinished(it);
  }

  /** Goes on from there. */
  resume(): void {
    this.#limit(this.run.startedAt ?? this.#now());
    if (this.run.state === 'publishing') {
      this.#ending = true;
      this.#watch(this.#publishRun());
    }
    for (const it of this.#all()) if (it.state === 'publishing') this.#watch(this.#publishTask(it));
    if (this.run.cancel) this.cancel(this.run.cancel);
    this.advance();
  }

  /** Does what the plan says can be done, until nothing more can be done now. `at`: a time the clock was to reach. */
  advance(at = -Infinity): void {
    const { slots, wakeups, halted, claimed } = this.#around;
    if (halted() || this.#ending) return;
    const isClaimed = claimed();
    const allowed = (it: Instance): boolean => mayStart(this.#suspects.has(it), slots.working(), isClaimed);
    const now = Math.max(at, this.#now());
    // Whose time has come is ready for good, though a slot may keep it waiting and the clock may be set back.
    for (const it of this.#all()) if (it.readyAt !== undefined && it.readyAt <= now) it.readyAt = undefined;
    const starting: LiveInstance[] = [];
    const settled: LiveInstance[] = [];
    const step = (): boolean => {
      const decisions = planTasks(this.run.definition, this.#instances, now, slots.room, allowed);
      for (const decision of decisions) {
        const own = this.#instances.get(decision.task)!;
        if (decision.do === 'start') {
          const it = own.find(({ mapIndex }) => mapIndex === decision.mapIndex)!;
          if (!allowed(it)) continue; // another of these decisions has just started
          Object.assign(it, { state: 'running', attempt: it.attempt + 1, startedAt: now, readyAt: undefined });
          slots.take(this.#tasks.get(it.task)!.slots);
          starting.push(it);
          this.#save(it);
          startAttempt(this.#db, this.run.id, it, now);
          continue;
        }
        if (decision.do === 'expand') this.#expand(own, decision.count, now);
        else {
          const [it] = own as [LiveInstance];
          const { state, note } = decision;
          Object.assign(it, { state, note, endedAt: now });
          if (state === 'failed') this.#fail(it, { code: 'BAD_RESULT', kind: 'usage', message: note }, now);
          settled.push(it);
        }
        for (const it of own) this.#save(it);
      }
      return decisions.some((decision) => decision.do !== 'start');
    };
    if (this.#cancelled === undefined && !this.stuck) {
      this.#db.transaction(() => {
        while (step());
      });
    }
    for (const it of settled) this.#emitFinished(it);
    for (const it of starting) this.#attempt(it);

    const outcome = outcomeOf(this.#instances);
    if (outcome !== undefined) this.#finish(this.#cancelled ? 'failed' : outcome);
    for (const it of this.#all()) {
      if (it.state === 'up_for_retry' && it.readyAt !== undefined) {
        wakeups.at(it.readyAt, this.run.id, (time) => this.advance(time));
      }
    }
  }

  /** Gives the run up: what works is aborted and fails, what waits is skipped, what is being committed is let through. */
  cancel(error: ErrorInfo): void {
    if (this.#ending || this.#cancelled !== undefined) return;
    this.#cancelled = error;
    const now = this.#now();
    const ended: LiveInstance[] = [];
    this.#db.transaction(() => {
      setCancel(this.#db, this.run.id, error); // a crash before the end of the run must not forget it
      for (const it of this.#all()) {
        if (it.state === 'running') {
          endAttempt(this.#db, this.run.id, it, 'failed', now, error);
          this.#fail(it, error, now);
        } else if (it.state === 'none' || it.state === 'up_for_retry') {
          Object.assign(it, { state: 'skipped', endedAt: now, note: error.message });
        } else continue;
        this.#save(it);
        ended.push(it);
      }
    });
    for (const it of ended) this.#emitFinished(it);
    this.#aborter.abort(RidgelineError.fromInfo(error));
    this.advance();
    if (this.#suspects.size > 0) this.#watch(Promise.resolve().then(this.#around.onSlotsFreed));
  }

  /** Lets go: attempts are told to stop, and start again with the next scheduler. */
  stop(reason: unknown): void {
    this.#aborter.abort(reason);
  }

  #all(): readonly LiveInstance[] {
    return [...this.#instances.values()].flat();
  }

  #now(): number {
    return this.#ports.clock.now();
  }

  #save(it: LiveInstance): void {
    saveInstance(this.#db, this.run.id, it);
  }

  /** Nobody waits for it; what goes wrong with it stops the scheduler. */
  #watch(work: Promise<unknown>): void {
    work.catch(this.#around.onFailure);
  }

  /** Says, in the caller's transaction, that an instance has failed for good. */
  #fail(it: LiveInstance, error: ErrorInfo, now: number): void {
    Object.assign(it, { state: 'failed', endedAt: now, error });
    this.#tell('onFailure', it, error);
    this.#note(it, 'error', describeFailure(error));
  }

  #limit(startedAt: number): void {
    const { timeoutMs } = this.run.definition;
    if (timeoutMs === undefined) return;
    const message = `${this.run.dag}: the run took longer than its ${timeoutMs} ms`;
    const remedy = 'give it more time with timeoutMs, or find out which task takes it';
    const error: ErrorInfo = { code: 'RUN_TIMEOUT', kind: 'run', message, remedy };
    this.#around.wakeups.at(startedAt + timeoutMs, `${this.run.id} timeout`, () => this.cancel(error));
  }

  /** A mapped task whose list is known becomes its instances; over an empty list it has succeeded. */
  #expand(own: LiveInstance[], count: number, now: number): void {
    if (count === 0) {
      Object.assign(own[0]!, { state: 'success', result: { kind: 'json', value: [] }, endedAt: now });
      return;
    }
    const { task } = own[0]!;
    deleteInstance(this.#db, this.run.id, task, -1);
    own.splice(0, 1, ...Array.from({ length: count }, (_, index) => newInstance(task, index)));
  }

  #attempt(it: LiveInstance): void {
    const { slots, modules, claimed, onSlotsFreed, onAttemptEnded } = this.#around;
    const { executor, storing, emit } = this.#ports;
    const { attempt } = it;
    const task = this.#tasks.get(it.task)!;
    emit({ type: 'task.started', ...this.#subject(it), attempt });
    this.#working++;
    const module = modules.find(this.run.module);
    const made = async (): Promise<AttemptOutcome> => {
      let request;
      try {
        request = toRequest(this.#db, this.run, this.#instances, task, it);
      } catch (error) {
        return { state: 'failed', error: toErrorInfo(error), retryable: false };
      }
      const hooks: AttemptHooks = {
        signal: this.#aborter.signal,
        onLog: (line) => this.#log(it, attempt, line),
        onProgress: (step, done, total) => emit({ type: 'task.progress', ...this.#subject(it), step, done, total }),
      };
      return storing(() => executor.run(request, hooks));
    };
    const ended = made().then((outcome) => {
      this.#working--;
      slots.give(task.slots);
      const wasClaimed = claimed();
      const edited = module !== undefined && !modules.isCurrent(module);
      if (edited && outcome.state === 'failed' && outcome.loaded === false)
        this.#onUnloaded(it, attempt, outcome.error);
      else {
        this.#suspects.delete(it);
        this.#onOutcome(task, it, attempt, outcome);
      }
      if (wasClaimed || task.slots.length > 0) onSlotsFreed();
      onAttemptEnded();
    });
    this.#watch(ended);
  }

  /** The answer of an attempt. Only the current attempt is heard (R3). */
  #onOutcome(task: TaskDefinition, it: LiveInstance, attempt: number, outcome: AttemptOutcome): void {
    if (this.#aborter.signal.aborted && this.#cancelled === undefined) return;
    const now = this.#now();
    if (it.state !== 'running' || it.attempt !== attempt) {
      const message = `attempt ${attempt} came back stale with ${outcome.state}; nothing was changed`;
      this.#log(it, attempt, { at: now, level: 'warn', message });
      return;
    }
    const { store } = this.#around;
    if (outcome.state === 'success') {
      store.back(it);
      Object.assign(it, { result: outcome.result, outlets: outcome.outlets, error: undefined });
      if (commitsItself(this.run.definition, task.id)) {
        it.state = 'publishing';
        this.#db.transaction(() => this.#save(it));
        this.#watch(this.#publishTask(it));
        return;
      }
      this.#db.transaction(() => this.#recordSuccess(it, now));
    } else {
      const { error } = outcome;
      const outage = isOutage(error);
      const isNews = !outage || store.away(it, error);
      if (!outage) {
        store.back(it);
        it.failures++;
      }
      const delay = outcome.retryable ? retryDelayMs(task, it.failures, this.#ports.random()) : undefined;
      const readyAt = outage ? now + OUTAGE_RETRY_MS : delay === undefined ? undefined : now + delay;
      this.#db.transaction(() => {
        endAttempt(this.#db, this.run.id, it, 'failed', now, error);
        if (readyAt === undefined) this.#fail(it, error, now);
        else {
          Object.assign(it, { state: 'up_for_retry', readyAt, error });
          if (isNews) this.#note(it, 'warn', describeFailure(error));
          if (!outage) this.#tell('onRetry', it, error);
        }
        this.#save(it);
      });
    }
    this.#emitFinished(it);
    this.advance();
  }

  /** Its file was edited and could not be loaded: the attempt was none, and is made again after the repair. */
  #onUnloaded(it: LiveInstance, attempt: number, error: ErrorInfo): void {
    if (it.state !== 'running' || it.attempt !== attempt) return;
    this.#db.transaction(() => {
      endAttempt(this.#db, this.run.id, it, 'lost', this.#now(), error);
      it.state = 'none';
      this.#save(it);
    });
    this.#around.refresh();
  }

  #recordSuccess(it: LiveInstance, now: number): void {
    Object.assign(it, { state: 'success', endedAt: now });
    endAttempt(this.#db, this.run.id, it, 'success', now);
    this.#save(it);
    this.#tell('onSuccess', it);
  }

  /** Records, in the caller's transaction, whom an event of a task is told, or the end of the run. */
  #tell(hook: HookName, it?: LiveInstance, error?: ErrorInfo): void {
    if (queueHooks(this.#db, this.run, hook, it, error)) this.#around.onHooks();
  }

  /** Makes a task's outputs visible; its success is recorded with the commit (R1). */
  async #publishTask(it: LiveInstance): Promise<void> {
    const { publisher, onCommits } = this.#around;
    await publisher.publish(this.run, [toSource(it)], (plan) => {
      it.note = noteOn(plan.unchanged);
      this.#recordSuccess(it, this.#now());
    });
    this.#emitFinished(it);
    onCommits();
    await Promise.resolve(); // consumers are handed to their threads before the end of this run is put on the disk
    this.advance();
  }

  /** Under `emitOn: 'run'`: everything becomes visible in one commit, with the success of the run. */
  async #publishRun(): Promise<void> {
    const sources = this.run.definition.tasks
      .filter(publishes)
      .flatMap((task) => this.#instances.get(task.id)!.filter(({ state }) => state === 'success'));
    await this.#around.publisher.publish(this.run, sources.map(toSource), ({ unchanged }) => {
      for (const it of sources) {
        const own = Object.values(this.#tasks.get(it.task)!.outlets);
        it.note = noteOn(Object.fromEntries(Object.entries(unchanged).filter(([name]) => own.includes(name))));
        if (it.note !== undefined) this.#save(it);
      }
      setRunState(this.#db, this.run.id, 'success', { endedAt: this.#now() });
      this.#tell('onSuccess');
    });
    this.#ended();
  }

  #finish(outcome: 'success' | 'failed'): void {
    this.#ending = true;
    const isSuccess = outcome === 'success';
    if (isSuccess && this.run.definition.emitOn === 'run' && this.run.definition.tasks.some(publishes)) {
      this.#db.transaction(() => setRunState(this.#db, this.run.id, 'publishing'));
      this.#watch(this.#publishRun());
      return;
    }
    const first = this.#all().find(({ state, error }) => state === 'failed' && error);
    const error = isSuccess ? undefined : (this.#cancelled ?? first?.error);
    const endedAt = this.#now();
    this.#db.transaction(() => {
      setRunState(this.#db, this.run.id, outcome, { endedAt, ...(error && { error }) });
      this.#tell(isSuccess ? 'onSuccess' : 'onFailure', undefined, error);
    }, 'durable');
    this.#ended();
  }

  #ended(): void {
    this.#around.wakeups.forget(`${this.run.id} timeout`);
    for (const it of this.#all()) this.#around.store.back(it); // cancelled while it waited
    this.#around.onEnded(this);
  }

  #deadly({ task, attempt }: LiveInstance): ErrorInfo {
    const what = `${this.run.dag}.${task}: the process died ${MOST_DEATHS} times in a row while it ran, last under attempt ${attempt}`;
    const remedy =
      'look whether it takes more memory than there is (the system log names what the kernel killed) or calls native ' +
      'code that crashes; once that is put right: ridgeline rerun';
    return { code: 'PROCESS_DIED', kind: 'run', message: what, remedy };
  }

  /** How events and log lines name an instance. */
  #subject({ task, mapIndex }: LiveInstance): TaskRefEvent {
    return { run: this.run.id, dag: this.run.dag, task, mapIndex };
  }

  #log({ task, mapIndex }: LiveInstance, attempt: number, line: LogLine): void {
    const full = { run: this.run.id, task, mapIndex, attempt, ...line };
    try {
      this.#db.transaction(() => addLog(this.#db, full));
    } catch (error) {
      this.#around.onFailure(error); // nobody waits for a line: it comes out of a message from a thread
      return;
    }
    this.#ports.emit({ type: 'task.log', run: full.run, dag: this.run.dag, task, mapIndex, line: full });
  }

  /** Says in the log what became of an attempt, in the caller's transaction; whoever watches hears of it as an event. */
  #note({ task, mapIndex, attempt }: LiveInstance, level: LogLine['level'], messages: readonly string[]): void {
    const line = { run: this.run.id, task, mapIndex, attempt, at: this.#now(), level };
    for (const message of messages) addLog(this.#db, { ...line, message });
  }

  #emitFinished(it: LiveInstance): void {
    this.#ports.emit({ type: 'task.finished', ...this.#subject(it), view: viewTask(it) });
  }
}

/** What a task's log says of a failed attempt: the message, what to do about it, and the places in the user's own code. */
function describeFailure({ message, remedy, stack }: ErrorInfo): readonly string[] {
  return [message, ...(remedy ? [remedy] : []), ...placesOf(stack).map((place) => `  at ${formatPlace(place)}`)];
}

function toSource(it: LiveInstance): Parameters<Publisher['publish']>[1][number] {
  return { task: it.task, attempt: it.attempt, result: it.result!, outlets: it.outlets ?? {} };
}

function noteOn(unchanged: PublishPlan['unchanged']): string | undefined {
  const parts = Object.entries(unchanged).map(([name, version]) => `${name} is still version ${version}`);
  return parts.length === 0 ? undefined : `unchanged: ${parts.join(', ')}`;
}
