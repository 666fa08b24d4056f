/**
 * `npm run test:properties -- [--cases N] [--from S] [--jobs J]`: random problems by their seeds, in J processes. A seed that
 * fails is printed with the command that does it alone.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { CHECKS } from './checks.ts';

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '20000' },
    from: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '1' },
  },
});
const [from, cases, jobs] = [values.from, values.cases, values.jobs].map(Number) as [number, number, number];
if (jobs > 1) {
  const edges = Array.from({ length: jobs + 1 }, (_, i) => from + Math.round((i * cases) / jobs));
  const codes = await Promise.all(
    edges.slice(1).map(async (end, i) => {
      const range = ['--from', String(edges[i]), '--cases', String(end - edges[i]!)];
      const scan = spawn(process.execPath, [...process.execArgv, process.argv[1]!, ...range], { stdio: 'inherit' });
      return (await once(scan, 'exit'))[0] as number | null;
    }),
  );
  process.exit(codes.every((code) => code === 0) ? 0 : 1);
}
const begin = process.cpuUsage();
const done = CHECKS.map(() => 0);
let failed = 0;
let told = performance.now();
for (let seed = from; seed < from + cases; seed++) {
  CHECKS.forEach(({ name, every, check }, k) => {
    if (seed % every > 0) return;
    done[k]! += 1;
    try {
      check(seed);
    } catch (error) {
      failed++;
      const replay = `npm run test:properties -- --from ${seed} --cases 1`;
      console.log(`seed ${seed}: ${name}: ${(error as Error).message.split('\n', 1)[0]}\n  ${replay}`);
    }
  });
  if (performance.now() - told < 60_000) continue;
  told = performance.now();
  console.log(`${seed - from + 1} of ${cases} seeds from ${from}, ${failed} failed`);
}
const { user, system } = process.cpuUsage(begin);
const problems = done.reduce((sum, count) => sum + count);
const cost = ((user + system) / 1000 / cases).toFixed(2);
console.log(`${cases} seeds from ${from}, ${problems} problems: ${failed} failed, ${cost} ms of CPU a seed`);
CHECKS.forEach(({ name }, k) => console.log(`  ${done[k]}  ${name}`));
process.exitCode = failed === 0 ? 0 : 1;
