/**
 * `npm run simulate -- --seeds N [--from S] [--jobs J] [--first] [--trace]`: the long form, in J processes; a failing
 * seed is printed and replays exactly. `-- --kills N`: real processes, killed. `-- --mutations`: does a seed find out each rule that is broken?
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { killAndCount } from '../kills/kill.ts';
import { findSurvivors } from './mutations.ts';
import { simulate } from './simulate.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '1' },
    first: { type: 'boolean' },
    trace: { type: 'boolean' },
    kills: { type: 'string' },
    mutations: { type: 'boolean' },
    rule: { type: 'string' },
  },
});
const from = Number(values.from);
const seeds = Number(values.seeds);
if (values.kills !== undefined) {
  const dir = mkdtempSync(join(tmpdir(), 'ridgeline-kills-'));
  const killed = await killAndCount(dir, Number(values.kills), from, (text) => console.log(text));
  console.log(`${values.kills} processes, ${killed} of them killed: nothing lost, nothing twice (${dir})`);
  process.exit();
}
if (values.mutations) {
  const survivors = findSurvivors(seeds, values.rule);
  console.log(`${survivors.length} broken rules found out by no seed`);
  process.exit(survivors.length === 0 ? 0 : 1);
}
const jobs = Number(values.jobs);
if (jobs > 1) {
  const bounds = Array.from({ length: jobs + 1 }, (_, i) => from + Math.round((i * seeds) / jobs));
  const codes = await Promise.all(
    bounds.slice(1).map(async (end, i) => {
      const range = ['--from', String(bounds[i]), '--seeds', String(end - bounds[i]!)];
      const args = [...process.execArgv, process.argv[1]!, ...range, ...(values.first ? ['--first'] : [])];
      const [code] = (await once(spawn(process.execPath, args, { stdio: 'inherit' }), 'exit')) as [number | null];
      return code;
    }),
  );
  process.exit(codes.every((code) => code === 0) ? 0 : 1);
}
const begin = process.cpuUsage();
const told = performance.now();
let failed = 0;
let lines = 1;
Error.stackTraceLimit = 0; // a fifth of the time; a failing seed is asked again for its stack
for (let seed = from; seed < from + seeds; seed++) {
  if (performance.now() - told > lines * 60_000)
    console.log(`${seed - from} seeds from ${from}: ${failed} failed, minute ${lines++}`);
  try {
    await simulate(seed, values.trace ? console.log : undefined);
  } catch (error) {
    console.log(`seed ${seed}: ${(error as Error).message}`);
    if (++failed >= 20 || values.first) break;
    if (failed > 3) continue;
    Error.stackTraceLimit = 10;
    await simulate(seed).catch((again: unknown) => console.log(again));
    Error.stackTraceLimit = 0;
  }
}
const { user, system } = process.cpuUsage(begin);
console.log(
  `${seeds} seeds from ${from}: ${failed} failed, ${((user + system) / 1000 / seeds).toFixed(1)} ms of CPU a seed`,
);
process.exitCode = failed === 0 ? 0 : 1;
