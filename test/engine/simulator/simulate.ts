import { MemoryStore } from '../../../src/data/store/memory-store.ts';
import { openCommitLog } from '../../../src/data/store/commit-log.ts';
import { nextCron } from '../../../src/engine/plan/cron.ts';
import type { DagDefinition } from '../../../src/contracts/definition.ts';
import type { AttemptRequest } from '../../../src/contracts/executor.ts';
import type { EngineEvent } from '../../../src/engine/index.ts';
import { startRunner } from '../../../src/engine/runner/runner.ts';
import { migrate } from '../../../src/engine/state/database.ts';
import { logPosition } from '../../../src/engine/state/log-tables.ts';
import { cancelRun } from '../../../src/engine/steering/cancel.ts';
import { pauseDag, resumeDag } from '../../../src/engine/steering/pause.ts';
import { publishExternal } from '../../../src/engine/steering/publish.ts';
import { replay, rerun } from '../../../src/engine/steering/rerun.ts';
import { trigger } from '../../../src/engine/steering/trigger.ts';
import { checkHome, checkLog } from './check.ts';
import { World } from './clock.ts';
import { simExecutor } from './executor.ts';
import { HomeFile, Process, SimDatabase } from './process.ts';
import type { Weather } from './process.ts';
import { makePipelines } from './program.ts';
import { Random } from './random.ts';
import { statesOf } from './trace.ts';

void nextCron; // loaded before time is simulated

/** One home and what the model has to know about it. */
export interface SimHome {
  readonly name: string;
  readonly file: HomeFile;
  readonly pipelines: readonly DagDefinition[];
  /** How many of the pipelines exist so far. */
  known: number;
  broken: boolean;
  process: Process | undefined;
  /** Position in the log when a pipeline was first recorded. */
  readonly since: Map<string, number>;
  readonly attempts: AttemptRequest[];
  readonly faults: unknown[];
  /** States of the tasks of each run when its end was told. */
  readonly ended: Map<string, string>;
}

export interface Simulation {
  readonly seed: number;
  readonly shared: MemoryStore;
  readonly homes: readonly SimHome[];
  /** Idempotency keys whose publish was acknowledged. */
  readonly acknowledged: Set<string>;
  readonly trace: string[];
}

/** Draws a program and its faults from a seed, lets it happen, heals everything, and checks it against the model. */
export async function simulate(seed: number, onNote: (text: string) => void = () => {}): Promise<Simulation> {
  const random = new Random(seed);
  const world = new World();
  const weather: Weather = { outageUntil: 0, flaky: random.chance(0.5) ? 0 : 0.02, skew: new Map() };
  const shared = new MemoryStore();
  const names = random.chance(0.4) ? ['a', 'b'] : ['a'];
  const homes = names.map((name): SimHome => {
    const pipelines = makePipelines(seed * 7 + name.charCodeAt(0), `${name}_`, 1 + random.below(4));
    const known = 1 + random.below(pipelines.length);
    const file = new HomeFile();
    migrate(file.db, `home ${name}`, random.next);
    const state = {
      known,
      broken: false,
      process: undefined,
      since: new Map(),
      attempts: [],
      faults: [],
      ended: new Map(),
    };
    return { name, file, pipelines, ...state };
  });
  const simulation: Simulation = { seed, shared, homes, acknowledged: new Set(), trace: [] };
  const note = (text: string): void => {
    const line = `${world.now - 1_800_000_000_000} ${text}`;
    simulation.trace.push(line);
    onNote(line);
  };

  function boot(home: SimHome, effects: number): void {
    const process = new Process(home.name, world, new Random(random.below(2 ** 31)), weather, effects);
    home.process = process;
    note(`${home.name} boots`);
    void (async () => {
      const db = new SimDatabase(home.file, process);
      const store = process.store(shared);
      const homeId = db.get<{ value: string }>(`SELECT value FROM meta WHERE key = 'home'`)!.value;
      const offered = home.broken ? undefined : home.pipelines.slice(0, home.known);
      const executor = simExecutor(
        seed,
        process,
        store,
        home.file,
        () => offered,
        (request) => home.attempts.push(request),
      );
      const emit = (event: EngineEvent): void => {
        if (event.type === 'run.finished') home.ended.set(event.run.id, statesOf(event.run.tasks));
        if (process.alive) note(`${home.name} ${event.type} ${describe(event)}`);
      };
      const ports = {
        db,
        homeId,
        log: openCommitLog(store),
        executor,
        clock: process.clock,
        random: process.random.next,
      };
      try {
        const all = { ...ports, emit, patienceMs: Infinity, slots: {} };
        const runner = await startRunner(all, ':memory:', [{ name: 'm', url: 'sim:m' }], undefined);
        for (const { id } of offered ?? []) if (!home.since.has(id)) home.since.set(id, logPosition(db));
        await runner.serve({ pollMs: 1000, watchMs: 100 });
      } catch (error) {
        if (!process.alive) return;
        const away = (error as { code?: string }).code === 'STORE_UNREACHABLE';
        if (away) process.kill();
        else home.faults.push(error);
      }
    })();
  }

  const client = (home: SimHome, body: (db: SimDatabase, homeId: string) => void): void => {
    const db = new SimDatabase(home.file, new Process(home.name, world, random, weather, Infinity));
    try {
      body(db, db.get<{ value: string }>(`SELECT value FROM meta WHERE key = 'home'`)!.value);
    } catch (error) {
      if (
        !['NO_VERSION', 'RUN_NOT_ENDED', 'UNKNOWN_EVENT', 'UNKNOWN_PIPELINE'].includes((error as { code: string }).code)
      )
        throw error;
    }
    home.file.writesOfOthers++;
  };
  const anyRun = (home: SimHome, where = 'true'): string | undefined => {
    const rows = home.file.db.prepare(`SELECT id FROM runs WHERE ${where} ORDER BY seq`).all();
    return rows.length === 0 ? undefined : String(random.pick(rows)['id']);
  };

  async function publish(home: SimHome, key: string, dataset: string): Promise<void> {
    const process = new Process(home.name, world, new Random(random.below(2 ** 31)), weather, 3 + random.below(20));
    const db = new SimDatabase(home.file, process);
    const homeId = db.get<{ value: string }>(`SELECT value FROM meta WHERE key = 'home'`)!.value;
    const log = openCommitLog(process.store(shared));
    const value = { kind: 'json', value: key } as const;
    await publishExternal(db, homeId, log, { dataset, value, idempotencyKey: key }, world.now).then(
      () => {
        simulation.acknowledged.add(key);
        home.file.writesOfOthers++;
      },
      () => {},
    );
  }

  const actions: readonly ((home: SimHome) => void)[] = [
    (home) => void publish(home, `key${random.below(12)}`, `d${random.below(2)}`),
    (home) => void publish(home, `key${random.below(12)}`, 'd1'),
    (home) => client(home, (db, id) => trigger(db, id, random.pick(home.pipelines).id, {}, world.now)),
    (home) => client(home, (db, id) => trigger(db, id, home.pipelines[0]!.id, {}, world.now)),
    (home) => client(home, (db) => pauseDag(db, random.pick(home.pipelines).id)),
    (home) => client(home, (db) => resumeDag(db, random.pick(home.pipelines).id)),
    (home) => home.process?.kill(),
    (home) => {
      const run = anyRun(home, `state IN ('queued', 'running')`);
      if (run !== undefined && random.chance(0.5)) client(home, (db) => cancelRun(db, run, world.now));
    },
    (home) => {
      const run = anyRun(home);
      const how = { from: random.chance(0.5) ? 'join' : undefined, emit: random.chance(0.7) };
      if (run !== undefined && random.chance(0.3)) client(home, (db, id) => rerun(db, id, run, how, world.now));
    },
    (home) => client(home, (db, id) => replay(db, id, `d${random.below(3)}`, 1, undefined, world.now)),
    () => void (weather.outageUntil = world.now + random.below(30_000)),
    (home) => void weather.skew.set(home.name, random.below(7_200_000) - 3_600_000),
    (home) => void (home.known = Math.min(home.pipelines.length, home.known + 1)),
    (home) => void (home.broken = random.chance(0.3)),
  ];
  const steps = 5 + random.below(40);
  for (let step = 0; step < steps; step++) {
    for (const home of homes) if (!home.process?.alive) boot(home, random.chance(0.7) ? random.below(400) : Infinity);
    await world.pass(random.below(random.chance(0.2) ? 5000 : 300));
    random.pick(actions)(random.pick(homes));
  }

  // The weather clears, everything is there and unpaused, nobody dies any more: what is left to do gets done.
  weather.outageUntil = 0;
  weather.flaky = 0;
  for (const home of homes) {
    home.process?.kill();
    home.broken = false;
    home.known = home.pipelines.length;
    boot(home, Infinity);
  }
  await world.pass(5000);
  for (const home of homes) for (const { id } of home.pipelines) client(home, (db) => resumeDag(db, id));
  await settle(world, homes);
  await checkLog(simulation);
  for (const home of homes) checkHome(simulation, home);
  for (const home of homes) home.process?.kill();
  await world.pass(10_000);
  return simulation;
}

/** Until nothing has been written for a while; a system that never comes to rest is stopped and found out by the checks. */
async function settle(world: World, homes: readonly SimHome[]): Promise<void> {
  let before = '';
  for (let i = 0; i < 100; i++) {
    const counts = homes.map(({ file }) =>
      file.db
        .prepare(
          `SELECT (SELECT count(*) FROM runs) AS runs, (SELECT max(id) FROM commits) AS commits,
           (SELECT count(*) FROM runs WHERE state IN ('queued', 'running', 'publishing')) AS open,
           (SELECT count(*) FROM exports WHERE state = 'due') AS due`,
        )
        .get()!,
    );
    const now = JSON.stringify(counts);
    if (now === before && counts.every(({ open, due }) => open === 0 && due === 0)) return;
    before = now;
    await world.pass(3000);
  }
}

function describe(event: { type: string }): string {
  const { run, task, version } = event as {
    run?: unknown;
    task?: string;
    version?: { dataset: string; version: number };
  };
  const id = typeof run === 'object' && run !== null ? (run as { id: string }).id : String(run ?? '');
  return [id, task ?? '', version ? `${version.dataset}@${version.version}` : ''].join(' ').trim();
}
