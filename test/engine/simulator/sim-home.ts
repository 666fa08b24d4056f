import { openCommitLog } from '../../../src/data/store/commit-log.ts';
import type { MemoryStore } from '../../../src/data/store/memory-store.ts';
import type { DagDefinition } from '../../../src/contracts/definition.ts';
import type { CommitLog, ValueRef } from '../../../src/contracts/log.ts';
import type { EngineEvent } from '../../../src/engine/index.ts';
import type { Ports } from '../../../src/engine/runner/ports.ts';
import { startRunner } from '../../../src/engine/runner/runner.ts';
import { collectGarbage } from '../../../src/engine/steering/collect-garbage.ts';
import { pauseDag, resumeDag } from '../../../src/engine/steering/pause.ts';
import type { AttemptRequest, HookRequest } from '../../../src/contracts/executor.ts';
import { checkLimits } from './check.ts';
import type { World } from './clock.ts';
import { simExecutor } from './executor.ts';
import { HomeFile, isPassing, SimDatabase } from './home-file.ts';
import { Process } from './process.ts';
import type { Weather } from './process.ts';
import { Random } from './random.ts';
import { describe, statesOf } from './trace.ts';

/** What a home lives in. */
export interface Surroundings {
  readonly seed: number;
  readonly world: World;
  readonly weather: Weather;
  readonly shared: MemoryStore;
  readonly random: Random;
  note(text: string): void;
}

/** One home, its processes, and what the model has to know about it. */
export class SimHome {
  readonly name: string;
  readonly pipelines: readonly DagDefinition[];
  readonly file: HomeFile;
  readonly #around: Surroundings;
  readonly #clients = new Set<Process>();
  /** How much each process stores now; `gc` waits for the living. */
  readonly #storers = new Map<Process, number>();
  /** The last that collected garbage alone; it has the lock while it lives. */
  #collector: Process | undefined;
  #scheduler: Process | undefined;
  #stopper = new AbortController();
  #databases = 1;
  /** Transactions of the database by the last check. */
  #checked = 0;
  /** Runs that the schedules of paused pipelines had made by then. */
  readonly #paused = new Map<string, number>();
  /** How many of the pipelines are in its file by now. */
  known: number;
  /** Its file cannot be loaded. */
  broken = false;
  readonly attempts: AttemptRequest[] = [];
  /** Attempts that the executor of today has. */
  readonly working = new Set<AttemptRequest>();
  /** Attempts that ran when their process was told to stop: none of them was its death. */
  readonly stopped = new Set<string>();
  /** Calls of hooks, the repeated ones too. */
  readonly calls: HookRequest[] = [];
  /** Runs that the scheduler of today has started or taken up. */
  readonly live = new Set<string>();
  readonly faults: unknown[] = [];
  /** States of the tasks of each run when its end was told. */
  readonly ended = new Map<string, string>();

  constructor(name: string, pipelines: readonly DagDefinition[], around: Surroundings) {
    this.name = name;
    this.pipelines = pipelines;
    this.#around = around;
    this.known = 1 + around.random.below(pipelines.length);
    this.file = new HomeFile(`${name}1`);
    this.file.isFull = () => around.world.now < around.weather.fullUntil;
  }

  /** Its wall clock minus true time. */
  get skew(): number {
    return this.#around.weather.skew.get(this.name) ?? 0;
  }

  get isUp(): boolean {
    return this.#scheduler?.alive ?? false;
  }

  /** Starts an `up` that dies after so many effects. */
  boot(effects: number): void {
    const { shared, seed, note } = this.#around;
    const process = this.#spawn(effects);
    this.#scheduler = process;
    this.#stopper = new AbortController();
    const { signal } = this.#stopper;
    this.live.clear();
    this.working.clear();
    this.file.refused = false;
    note(`${this.name} boots`);
    void (async () => {
      const db = new SimDatabase(this.file, process);
      const store = process.store(shared);
      const emit = (event: EngineEvent): void => {
        if (event.type === 'run.finished') this.ended.set(event.run.id, statesOf(event.run.tasks));
        if (event.type === 'run.started') this.live.add(event.run.id);
        if (event.type === 'run.started' || event.type === 'task.started') this.#check();
        if (process.alive) note(`${this.name} ${event.type} ${describe(event)}`);
      };
      const ports = {
        db,
        log: openCommitLog(store),
        executor: simExecutor(seed, process, store, this),
        storing: this.#storing(process),
        clock: process.clock,
        random: process.random.next,
        emit,
        patienceMs: process.random.chance(0.3) ? 5000 : Infinity,
        slots: {},
      };
      try {
        const runner = await startRunner(ports, ':memory:', () => [{ name: 'm', url: 'sim:m' }], signal);
        await runner.serve({ pollMs: 1000, watchMs: 200, reloadMs: 700, drainMs: 1000 });
        if (process.alive) note(`${this.name} has drained`);
      } catch (error) {
        if (process.alive && !isPassing(error)) this.faults.push(error);
      }
      process.kill();
    })();
  }

  kill(): void {
    this.#scheduler?.kill();
  }

  /** SIGTERM. Once it has been heard, what runs is not what the process dies of. */
  terminate(): void {
    const working = [...this.working];
    this.#stopper.abort();
    void this.#scheduler?.wait(1).then(() => {
      if (this.file.refused) return; // perhaps what it stops
      for (const it of working) this.stopped.add(`${it.run} ${it.task} ${it.mapIndex} ${it.attempt}`);
    });
  }

  /** Everything on the machine ends, and what was not made durable never was. */
  cutPower(): void {
    for (const process of this.#clients) process.kill();
    this.kill();
    this.file.cutPower();
    this.attempts.length = 0;
    this.stopped.clear();
  }

  /** Its runs are forgotten; its versions are in the log. */
  loseDatabase(): void {
    this.cutPower();
    this.file.recreate(`${this.name}${++this.#databases}`);
    this.ended.clear();
    this.#paused.clear();
  }

  /** A command beside the scheduler that changes the database, in one go. */
  steer(body: (db: SimDatabase) => void): void {
    const { world, random, weather } = this.#around;
    const db = new SimDatabase(this.file, new Process(this.name, world, random, weather, Infinity));
    try {
      body(db);
    } catch (error) {
      const { code } = error as { code: string };
      if (!REFUSALS.includes(code)) throw error;
    }
    this.file.writesOfOthers++;
  }

  /** Also finds out whether anything was made of its events since. */
  pause(dag: string): void {
    this.steer((db) => {
      if (pauseDag(db, dag)) this.#paused.set(dag, this.#triggered(dag));
    });
  }

  resume(dag: string): void {
    const before = this.#paused.get(dag);
    if (before !== undefined && before !== this.#triggered(dag)) this.faults.push(`${dag} got runs while paused (R10)`);
    this.steer((db) => {
      resumeDag(db, dag);
      this.#paused.delete(dag);
    });
  }

  /** How many runs its schedule has made. */
  #triggered(dag: string): number {
    const sql = `SELECT id FROM runs WHERE dag = ? AND run_trigger ->> 'type' IN ('dataset', 'cron')`;
    return this.file.all(sql, dag).length;
  }

  /** A command beside the scheduler that commits to the log, and may die of it. */
  async commit(body: (db: SimDatabase, log: CommitLog) => Promise<void>): Promise<void> {
    const process = this.#spawn(3 + this.#around.random.below(20));
    this.#clients.add(process);
    try {
      const log = openCommitLog(process.store(this.#around.shared));
      await body(new SimDatabase(this.file, process), log);
      this.file.writesOfOthers++;
    } catch {
      // Refused, or dead.
    }
    this.#clients.delete(process);
  }

  /** `gc` beside whatever works. */
  async collect(): Promise<void> {
    const { shared, random } = this.#around;
    const process = this.#spawn(random.below(100));
    this.#clients.add(process);
    const store = process.store(shared);
    const alone = async <T>(work: () => Promise<T>): Promise<T> => {
      const isBusy = (): boolean => [...this.#storers].some(([{ alive }, works]) => alive && works > 0);
      while (isBusy() || this.#collector?.alive) await process.wait(20); // another gc has it too
      this.#collector = process;
      return work();
    };
    try {
      const db = new SimDatabase(this.file, process);
      const runsBefore = random.below(2) === 0 ? 0 : process.clock.now();
      const how = { runsBefore, alone: true, dryRun: false };
      await collectGarbage({ db, log: openCommitLog(store), store, alone }, how);
    } catch {
      // Away, or dead.
    }
    process.kill();
    this.#clients.delete(process);
  }

  /** What an attempt reads is there. */
  async checkInput(value: ValueRef): Promise<void> {
    if (value.kind !== 'file' || (await this.#around.shared.head(value.key)) !== undefined) return;
    this.faults.push(`${value.key} is an input and is gone`);
  }

  #storing(process: Process): Ports['storing'] {
    const count = (by: number): void => void this.#storers.set(process, (this.#storers.get(process) ?? 0) + by);
    return async (work) => {
      while (this.#collector?.alive) await process.wait(20);
      count(1);
      try {
        return await work();
      } finally {
        this.#around.world.after(1, () => count(-1)); // it is recorded before time passes
      }
    };
  }

  #check(): void {
    if (this.file.commits === this.#checked) return; // recorded at once, told of one by one
    this.#checked = this.file.commits;
    try {
      checkLimits(this);
    } catch (error) {
      this.faults.push(error);
    }
  }

  #spawn(effects: number): Process {
    const { random, world, weather } = this.#around;
    return new Process(this.name, world, new Random(random.below(2 ** 31)), weather, effects);
  }
}

const REFUSALS = ['NO_VERSION', 'RUN_NOT_ENDED', 'UNKNOWN_EVENT', 'UNKNOWN_PIPELINE', 'HOME_FULL', 'VERSION_IN_USE'];
