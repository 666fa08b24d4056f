/** `npm run simulate -- --seeds N [--from S] [--trace]`: the long form, or `-- --kills N` with real processes; a failing seed is printed and replays exactly. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { killAndCount } from '../kills/kill.ts';
import { simulate } from './simulate.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    trace: { type: 'boolean' },
    kills: { type: 'string' },
  },
});
if (values.kills !== undefined) {
  const dir = mkdtempSync(join(tmpdir(), 'ridgeline-kills-'));
  const killed = await killAndCount(dir, Number(values.kills), Number(values.from));
  console.log(`${values.kills} processes, ${killed} of them killed: nothing lost, nothing twice (${dir})`);
  process.exit();
}
const from = Number(values.from);
const seeds = Number(values.seeds);
const begin = performance.now();
let failed = 0;
Error.stackTraceLimit = 0; // a fifth of the time; a failing seed is asked again for its stack
for (let seed = from; seed < from + seeds; seed++) {
  try {
    await simulate(seed, values.trace ? console.log : undefined);
  } catch (error) {
    console.log(`seed ${seed}: ${(error as Error).message}`);
    if (++failed >= 20) break;
    if (failed > 3) continue;
    Error.stackTraceLimit = 10;
    await simulate(seed).catch((again: unknown) => console.log(again));
    Error.stackTraceLimit = 0;
  }
}
const seconds = (performance.now() - begin) / 1000;
console.log(
  `${seeds} seeds from ${from}: ${failed} failed, ${seconds.toFixed(1)} s, ${((seconds * 1000) / seeds).toFixed(1)} ms a seed`,
);
process.exitCode = failed === 0 ? 0 : 1;
