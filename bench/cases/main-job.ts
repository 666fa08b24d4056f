import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Case } from '../case.ts';
import { interleave } from '../interleave.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const run = promisify(execFile);

/** Milliseconds from start to exit of one process in a home of its own. */
async function timeProcess(nodeArgs: readonly string[]): Promise<number> {
  const home = await mkdtemp(join(tmpdir(), 'ridgeline-bench-'));
  try {
    const start = performance.now();
    await run(process.execPath, nodeArgs, { env: { ...process.env, RIDGELINE_HOME: home } });
    return performance.now() - start;
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** A whole process from nothing to its end, beside a Node that does nothing. */
function processCase(name: string, args: readonly string[], size: { rows: number; columns: number }): Case {
  return {
    name,
    async run({ secondsPerCase }) {
      const ours = { name: 'ours', run: () => timeProcess([MAIN, ...args]) };
      const floor = { name: 'floor', run: () => timeProcess(['-e', '0']) };
      const results = await interleave([ours, floor], secondsPerCase);
      const { medianMs: baselineMedianMs, minMs: baselineMinMs } = results.get('floor')!;
      const { medianMs, minMs } = results.get('ours')!;
      return [
        {
          case: name,
          ...size,
          threads: 0,
          medianMs,
          minMs,
          baseline: 'node -e 0',
          baselineMedianMs,
          baselineMinMs,
          ratio: baselineMedianMs / medianMs,
          floorMs: null,
          coldMs: null,
          peakRssBytes: null,
          baselinePeakRssBytes: null,
        },
      ];
    },
  };
}

export const processCases: readonly Case[] = [
  processCase('help', ['--help'], { rows: 0, columns: 0 }),
  processCase('main-job', ['run', 'housing', '--json'], { rows: 20_640, columns: 8 }),
];
