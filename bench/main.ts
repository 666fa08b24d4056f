import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Case, Row } from './case.ts';
import { processCases } from './cases/main-job.ts';
import { ridgeCases } from './cases/ridge.ts';
import { scaleCases } from './cases/runner-scale.ts';
import { runnerCases } from './cases/runner.ts';
import { streamCases } from './cases/stream.ts';
import { describeMachine, formatRows, formatTable } from './report.ts';
import { describeRoof, measureRoof } from './roof.ts';

const CASES: readonly Case[] = [...ridgeCases, ...processCases, ...streamCases, ...runnerCases, ...scaleCases];
const RESULTS = new URL('RESULTS.md', import.meta.url);

const USAGE = `npm run bench -- [--case NAME]... [--threads N,...] [--seconds S] [--json] [--write]

  --case     one of ${CASES.map(({ name }) => name).join(', ')};
             default all but ${CASES.filter(({ onlyNamed }) => onlyNamed)
               .map(({ name }) => name)
               .join(' and ')}
  --threads  of one fit and of its baselines, or several numbers in turn; default 1
  --seconds  measured per case once everything is warm; default 5
  --json     an array of rows on stdout
  --write    writes bench/RESULTS.md
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    case: { type: 'string', multiple: true, default: [] },
    threads: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const names = [...values.case, ...positionals];
const unknown = names.find((name) => !CASES.some((c) => c.name === name));
const counts = values.threads.split(',').map(Number);
const wrong =
  (unknown !== undefined && `no case "${unknown}"`) ||
  (!counts.every((count) => Number.isInteger(count) && count >= 1) &&
    `--threads: expected whole numbers >= 1, got "${values.threads}"`) ||
  (!(Number(values.seconds) > 0) && `--seconds: expected a number > 0, got "${values.seconds}"`);
const say = (line: string) => console.error(line);

if (values.help || wrong) {
  say(wrong ? `bench: ${wrong}\n\n${USAGE}` : USAGE);
  process.exitCode = wrong ? 2 : 0;
} else {
  say(describeMachine());
  process.once('SIGINT', () => process.exit(130)); // cases clean up on exit
  const roof = await measureRoof();
  say(describeRoof(roof));
  const rows: Row[] = [];
  for (const { name, run, onlyNamed, threaded } of CASES) {
    const isPart = names.some((each) => name.startsWith(`${each}-`));
    if (!names.includes(name) && (onlyNamed || (names.length > 0 && !isPart))) continue;
    for (const threads of threaded ? counts : [1]) {
      const found = await run({ threads, roof, secondsPerCase: Number(values.seconds), say });
      for (const line of formatRows(found)) say(line);
      rows.push(...found);
    }
  }
  if (values.json) console.log(JSON.stringify(rows, null, 1));
  if (values.write) {
    await writeFile(RESULTS, formatTable(rows, roof));
    say(`wrote ${fileURLToPath(RESULTS)}`);
  }
}
