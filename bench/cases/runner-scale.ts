import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Commit } from '../../src/contracts/log.ts';
import { commitKey, encodeCommit } from '../../src/data/store/commit-format.ts';
import { openCommitLog, openStore } from '../../src/data/store/index.ts';
import { openEngine } from '../../src/engine/index.ts';
import type { Case, Row } from '../case.ts';
import { withBenchHome } from '../runner/bench-home.ts';
import { delays, toRow } from '../runner/delays.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const MANY = new URL('../runner/many-pipelines.ts', import.meta.url);

/** What a home costs that has grown: many pipelines, a long log, and nothing to do. */
export const scaleCases: readonly Case[] = [
  {
    name: 'runner-many',
    run: (options) => {
      const start = performance.now();
      return withBenchHome(MANY, async (home) => {
        const loaded = toRow('start with 10,000 pipelines', [performance.now() - start]);
        const publish = async (round: number) => {
          const value = { kind: 'json', value: { at: process.hrtime.bigint().toString() } } as const;
          await home.engine.publish({ dataset: `d${round * 7}`, value, idempotencyKey: String(round) });
        };
        return [loaded, await delays(options, 'publish to first line, 10,000 datasets', home, consumerOf, publish)];
      });
    },
  },
  logCase('runner-log-1e4', 1e4),
  logCase('runner-log-1e5', 1e5),
  { ...logCase('runner-log-1e6', 1e6), onlyNamed: true },
  { name: 'runner-idle', run: ({ secondsPerCase }) => measureIdle(secondsPerCase) },
];

const consumerOf = (round: number) => `c${round * 7}`;

/** A home that follows a log of this many commits: the first time, when it knows the log already, and its queries. */
function logCase(name: string, commits: number): Case {
  return {
    name,
    async run({ say }) {
      const dir = mkdtempSync(join(tmpdir(), 'ridgeline-bench-'));
      try {
        say(`${name}: writing ${commits} commits`);
        writeLog(join(dir, 'store'), commits);
        const store = await openStore(pathToFileURL(join(dir, 'store')).href, {});
        const timed = async (what: string): Promise<Row> => {
          const start = performance.now();
          const engine = await openEngine({ homeDir: join(dir, 'home'), store, log: openCommitLog(store) });
          await engine.sync();
          engine.listDatasets();
          engine.getVersion('d1');
          engine.close();
          return toRow(`${what}, log of ${commits} commits`, [performance.now() - start]);
        };
        return [await timed('first start'), await timed('next start'), await timed('start once more')];
      } finally {
        rmSync(dir, { recursive: true, force: true });
      }
    },
  };
}

/** External publishes of small values to 100 datasets in turn. */
function writeLog(store: string, commits: number): void {
  mkdirSync(join(store, '_log'), { recursive: true });
  for (let id = 1; id <= commits; id++) {
    const version = Math.ceil(id / 100);
    const value = { kind: 'json', value: id } as const;
    const commit: Commit = {
      format: 'ridgeline.commit/1',
      id,
      home: 'elsewhere',
      at: new Date(0).toISOString(),
      origin: { type: 'external', idempotencyKey: String(id) },
      versions: [{ dataset: `d${id % 100}`, version, value, sha256: '0'.repeat(64), inputs: {}, metadata: {} }],
      exports: [],
    };
    writeFileSync(join(store, commitKey(id)), encodeCommit(commit));
  }
}

/** `ridgeline up` with nothing to do: milliseconds of CPU in each second, and resident memory. Linux only. */
async function measureIdle(seconds: number): Promise<Row[]> {
  const home = mkdtempSync(join(tmpdir(), 'ridgeline-bench-'));
  const up = spawn(process.execPath, [MAIN, 'up', '--port', '0', '--home', home], { stdio: 'ignore' });
  const exited = once(up, 'exit');
  try {
    await sleep(15_000); // threads that were warmed have gone by then
    const samples: number[] = [];
    for (let second = 0; second < Math.max(10, seconds); second++) {
      const before = cpuMs(up.pid!);
      await sleep(1000);
      samples.push(cpuMs(up.pid!) - before);
    }
    const rss = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${up.pid}/status`, 'utf8'))?.[1];
    const meanMs = samples.reduce((sum, ms) => sum + ms, 0) / samples.length;
    return [{ ...toRow('up, idle: CPU in one second', samples), medianMs: meanMs, peakRssBytes: Number(rss) * 1024 }];
  } finally {
    up.kill('SIGTERM');
    await exited;
    rmSync(home, { recursive: true, force: true });
  }
}

/** User and system time of a process so far, to a hundredth of a second: fields 14 and 15 of its `stat`. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return 10 * (Number(fields[11]) + Number(fields[12]));
}
