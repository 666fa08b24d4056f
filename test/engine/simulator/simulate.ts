import { MemoryStore } from '../../../src/data/store/memory-store.ts';
import { nextCron } from '../../../src/engine/plan/cron.ts';
import { publishExternal } from '../../../src/engine/steering/publish.ts';
import { removeVersion } from '../../../src/engine/steering/remove.ts';
import { cancelRun, replay, rerun, trigger } from '../../../src/engine/steering/runs.ts';
import { checkHome, checkLog } from './check.ts';
import { World } from './clock.ts';
import type { Weather } from './process.ts';
import { makePipelines } from './program.ts';
import { Random } from './random.ts';
import { SimHome } from './sim-home.ts';

void nextCron; // loaded before time is simulated

export interface Simulation {
  readonly seed: number;
  readonly world: World;
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
  const weather: Weather = {
    outageUntil: 0,
    slowUntil: 0,
    fullUntil: 0,
    flaky: random.chance(0.5) ? 0 : 0.02,
    skew: new Map(),
  };
  const shared = new MemoryStore();
  const acknowledged = new Set<string>();
  const trace: string[] = [];
  const note = (text: string): void => {
    const line = `${world.now - 1_800_000_000_000} ${text}`;
    trace.push(line);
    onNote(line);
  };
  const around = { seed, world, weather, shared, random, note };
  const names = random.chance(0.4) ? ['a', 'b'] : ['a'];
  const homes = names.map((name) => {
    const pipelines = makePipelines(seed * 7 + name.charCodeAt(0), `${name}_`, 1 + random.below(4));
    return new SimHome(name, pipelines, around);
  });
  const simulation: Simulation = { seed, world, shared, homes, acknowledged, trace };

  const pipelineOf = (home: SimHome): string => random.pick(home.pipelines).id;
  const runOf = (home: SimHome, where = 'true'): string | undefined => {
    const rows = home.file.all<{ id: string }>(`SELECT id FROM runs WHERE ${where} ORDER BY seq`);
    return rows.length === 0 ? undefined : random.pick(rows).id;
  };
  const publish = (home: SimHome, dataset: string): void => {
    const key = `key${random.below(12)}`;
    const value = { kind: 'json', value: key } as const;
    void home.commit(async (db, log) => {
      await publishExternal(db, log, { dataset, value, idempotencyKey: key }, world.now);
      acknowledged.add(key);
    });
  };

  const actions: Readonly<Record<string, (home: SimHome) => void>> = {
    publish: (home) => publish(home, `d${random.below(2)}`),
    publishAgain: (home) => publish(home, 'd1'),
    remove: (home) => {
      const [dataset, version] = [`d${random.below(3)}`, 1 + random.below(3)];
      void home.commit((db, log) => removeVersion(db, log, dataset, version, world.now));
    },
    trigger: (home) => home.steer((db) => trigger(db, pipelineOf(home), {}, world.now)),
    produce: (home) => home.steer((db) => trigger(db, home.pipelines[0]!.id, {}, world.now)),
    pause: (home) => home.pause(pipelineOf(home)),
    resume: (home) => home.resume(pipelineOf(home)),
    cancel: (home) => {
      const run = runOf(home, `state IN ('queued', 'running')`);
      if (run !== undefined && random.chance(0.5)) home.steer((db) => cancelRun(db, run, world.now));
    },
    rerun: (home) => {
      const run = runOf(home);
      const how = { from: random.chance(0.5) ? 'join' : undefined, emit: random.chance(0.7) };
      if (run !== undefined && random.chance(0.3)) home.steer((db) => rerun(db, run, how, world.now));
    },
    replay: (home) => home.steer((db) => replay(db, `d${random.below(3)}`, 1, undefined, world.now)),
    // Of several homes nobody may work beside it.
    collect: (home) => void (homes.length === 1 && home.collect()),
    kill: (home) => home.kill(),
    terminate: (home) => home.terminate(),
    cutPower: (home) => home.cutPower(),
    loseDatabase: (home) => void (random.chance(0.2) && home.loseDatabase()),
    fillDisk: () => void (weather.fullUntil = world.now + random.below(1000)),
    outage: () => void (weather.outageUntil = world.now + random.below(random.chance(0.2) ? 90_000 : 10_000)),
    slowness: () => void (weather.slowUntil = world.now + random.below(20_000)),
    turnClock: (home) => void weather.skew.set(home.name, random.below(7_200_000) - 3_600_000),
    write: (home) => void (home.known = Math.min(home.pipelines.length, home.known + 1)),
    edit: (home) => void (home.broken = random.chance(0.4)),
  };
  // More is asked for than is broken, or nothing would be under way when it breaks.
  const { publish: a, produce: b, trigger: c, edit: d } = actions;
  const all = [...Object.values(actions), a!, a!, b!, b!, c!, d!];
  const steps = 5 + random.below(40);
  for (let step = 0; step < steps; step++) {
    for (const home of homes) if (!home.isUp) home.boot(random.chance(0.7) ? random.below(400) : Infinity);
    await world.pass(random.below(random.chance(0.2) ? 5000 : 300));
    random.pick(all)(random.pick(homes));
  }

  // The weather clears, everything is there and unpaused, nobody dies any more: what is left to do gets done.
  Object.assign(weather, { outageUntil: 0, slowUntil: 0, fullUntil: 0, flaky: 0 });
  for (const home of homes) {
    home.kill();
    Object.assign(home, { broken: false, known: home.pipelines.length });
    home.boot(Infinity);
  }
  await world.pass(5000);
  for (const home of homes) for (const { id } of home.pipelines) home.resume(id);
  await settle(world, homes);
  await checkLog(simulation);
  for (const home of homes) checkHome(simulation, home);
  for (const home of homes) {
    home.kill();
    home.file.release();
  }
  return simulation;
}

/** Until nothing has been written for a while; a system that never comes to rest is stopped and found out by the checks. */
async function settle(world: World, homes: readonly SimHome[]): Promise<void> {
  let before = '';
  for (let i = 0; i < 100; i++) {
    const counts = homes.flatMap(({ file }) =>
      file.all<{ open: number; due: number }>(
        `SELECT (SELECT count(*) FROM runs) AS runs, (SELECT max(id) FROM commits) AS commits,
         (SELECT count(*) FROM runs WHERE state IN ('queued', 'running', 'publishing')) AS open,
         (SELECT count(*) FROM exports WHERE state = 'due') AS due`,
      ),
    );
    const now = JSON.stringify(counts);
    if (now === before && counts.every(({ open, due }) => open === 0 && due === 0)) return;
    before = now;
    await world.pass(3000);
  }
}
