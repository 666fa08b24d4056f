import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { inSharedMemory, viewDesignMatrix } from './design-matrix.ts';
import { prepareRidgeline, type Job } from './ridgeline-fit.ts';

/** What a fresh process that does the job once reports. */
export interface Once {
  /** Loading and compiling the core included; data already in memory. */
  readonly coldMs: number;
  readonly peakRssBytes: number;
}

const SELF = fileURLToPath(import.meta.url);

/** Does the job once in a fresh process, on the columns in a file. */
export async function fitOnce(path: string, n: number, p: number, job: Job): Promise<Once> {
  const args = [SELF, path, String(n), String(p), JSON.stringify(job)];
  const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, ...args]);
  return JSON.parse(stdout) as Once;
}

if (process.argv[1] === SELF) {
  const [path, n, p, json] = process.argv.slice(2) as [string, string, string, string];
  const job = JSON.parse(json) as Job;
  const bytes = readFileSync(path);
  const flat = new Float64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8);
  const read = viewDesignMatrix(flat, Number(n), Number(p));
  const data = job.threads > 1 ? inSharedMemory(read) : read;
  const start = performance.now();
  await using ridgeline = await prepareRidgeline(job);
  await ridgeline.fit(data);
  const coldMs = performance.now() - start;
  console.log(JSON.stringify({ coldMs, peakRssBytes: peakRssBytes() } satisfies Once));
}

/** Of this process alone: `maxRSS` begins with that of the process it was made by. */
function peakRssBytes(): number {
  const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '';
  const kilobytes = /VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? process.resourceUsage().maxRSS;
  return 1024 * Number(kilobytes);
}
