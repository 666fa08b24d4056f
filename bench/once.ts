import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { viewDesignMatrix } from './design-matrix.ts';
import { prepareRidgeline } from './ridgeline-fit.ts';

/** What a fresh process that does the job once reports. */
export interface Once {
  /** Loading and compiling the core included; data already in memory. */
  readonly coldMs: number;
  readonly peakRssBytes: number;
}

const SELF = fileURLToPath(import.meta.url);

/** Does the job once in a fresh process, on the columns in a file. */
export async function fitOnce(path: string, n: number, p: number): Promise<Once> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...process.execArgv,
    SELF,
    path,
    String(n),
    String(p),
  ]);
  return JSON.parse(stdout) as Once;
}

if (process.argv[1] === SELF) {
  const [path, n, p] = process.argv.slice(2) as [string, string, string];
  const bytes = readFileSync(path);
  const data = viewDesignMatrix(
    new Float64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8),
    Number(n),
    Number(p),
  );
  const start = performance.now();
  const { fit } = await prepareRidgeline();
  fit(data);
  const coldMs = performance.now() - start;
  console.log(JSON.stringify({ coldMs, peakRssBytes: process.resourceUsage().maxRSS * 1024 } satisfies Once));
}
