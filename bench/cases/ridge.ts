import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findPython, SCIKIT_LEARN } from '../../test/setup/python.ts';
import { fitWithMlMatrix } from '../baselines/js-matrix.ts';
import { PythonServer, type Method } from '../baselines/python-server.ts';
import type { BenchOptions, Case, Row } from '../case.ts';
import { inSharedMemory, makeDesignMatrix, withFile, type DesignMatrix } from '../design-matrix.ts';
import { expectSameFit, type Fit } from '../fit.ts';
import { readHousing } from '../housing-design.ts';
import { inProcess, interleave, type Contender } from '../interleave.ts';
import { fitOnce } from '../once.ts';
import { prepareRidgeline, type Job } from '../ridgeline-fit.ts';
import { ridgeFloorMs } from '../roof.ts';

const JOIN_SIMD = '--experimental-wasm-revectorize';
const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

/** Above this many values the JavaScript peer takes longer than all others together. */
const PEER_MAX_VALUES = 1e6;

/** Below this many values the fit on several threads takes longer than on one, so that is what runs. */
const THREADED_MIN_VALUES = 1e6;

export const ridgeCases: readonly Case[] = [
  ridgeCase('104x20', () => makeDesignMatrix(104, 20, 1)),
  ridgeCase('20640x8', ({ say }) => readHousing(say)),
  ridgeCase('1e6x8', () => makeDesignMatrix(1e6, 8, 2)),
  ridgeCase('1e5x64', () => makeDesignMatrix(1e5, 64, 3)),
  ridgeCase('1e6x32', () => makeDesignMatrix(1e6, 32, 4)),
  ridgeCase('20000x256', () => makeDesignMatrix(20_000, 256, 5)),
  ridgeCase('cv5-20640x8', ({ say }) => readHousing(say), 5),
  avx2Case('1e5x64'),
  avx2Case('1e6x32'),
  avx2Case('20000x256'),
];

/**
 * Scaler, ridge over 30 alphas and predictions, warm, on data already in memory (on several threads, in memory they share).
 *
 * @param cv folds in place of the exact leave-one-out: one thread
 */
function ridgeCase(
  name: string,
  design: (options: BenchOptions) => Promise<DesignMatrix> | DesignMatrix,
  cv?: number,
): Case {
  return {
    name,
    threaded: cv === undefined,
    async run(options) {
      const data = await design(options);
      const job = { threads: data.n * data.p < THREADED_MIN_VALUES ? 1 : options.threads, cv };
      return withFile(data, (path) => measure(name, job.threads > 1 ? inSharedMemory(data) : data, path, job, options));
    },
  };
}

/** A case again, in a Node that may join two SIMD128 instructions into one of AVX2. */
function avx2Case(name: string): Case {
  return {
    name: `avx2-${name}`,
    threaded: true,
    async run({ threads, secondsPerCase, say }) {
      if (process.arch !== 'x64') {
        say(`NO avx2-${name}: V8 has the option on x64 only`);
        return [];
      }
      const args = ['--case', name, '--threads', String(threads), '--seconds', String(secondsPerCase), '--json'];
      const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, JOIN_SIMD, MAIN, ...args]);
      // Its floor is that of SIMD128.
      return (JSON.parse(stdout) as Row[]).map((row) => ({ ...row, case: `avx2-${name}`, floorMs: null }));
    },
  };
}

async function measure(
  name: string,
  data: DesignMatrix,
  path: string,
  job: Job,
  options: BenchOptions,
): Promise<Row[]> {
  const { threads, say } = options;
  const { n, p } = data;
  await using ridgeline = await prepareRidgeline(job);
  const { alphas } = ridgeline;
  const fit = () => ridgeline.fit(data);
  const ours = await fit();
  const baselines: Contender[] = [];

  const python = await findPython(SCIKIT_LEARN, say);
  if (!python.ok) say(`NO PYTHON BASELINE: ${python.reason}`);
  await using server = python.ok ? new PythonServer(python.python, threads) : undefined;
  let pythonPeak: number | null = null;
  if (python.ok && server) {
    await server.load(path, n, p);
    const mode = job.cv === undefined ? await fasterMode(server, name, ours) : 'cv5';
    if (job.cv === undefined) expectSameFit(`${name}, blocked numpy`, await server.run('blocked'), ours);
    else expectSameFit(`${name}, scikit-learn`, await server.run(mode), ours);
    baselines.push({ name: `scikit-learn 1.9.1, ${mode}`, run: async (times) => (await server.run(mode, times)).ms });
    if (job.cv === undefined)
      baselines.push({ name: 'blocked numpy', run: async (times) => (await server.run('blocked', times)).ms });
    await using fresh = new PythonServer(python.python, threads);
    await fresh.load(path, n, p);
    pythonPeak = (await fresh.run(mode)).peakRssBytes;
  }
  if (n * p <= PEER_MAX_VALUES && job.cv === undefined) {
    expectSameFit(`${name}, ml-matrix`, fitWithMlMatrix(data, alphas), ours);
    baselines.push(inProcess('ml-matrix', () => fitWithMlMatrix(data, alphas)));
  }

  const { coldMs, peakRssBytes } = await fitOnce(path, n, p, job);
  const results = await interleave([inProcess('ours', fit), ...baselines], options.secondsPerCase);
  const { medianMs, minMs } = results.get('ours')!;
  const row = { case: name, rows: n, columns: p, threads, medianMs, minMs };
  const floorMs = job.cv === undefined ? ridgeFloorMs(options.roof, n, p, ridgeline.points(data), job.threads) : null;
  const end = { floorMs, coldMs, peakRssBytes, baselinePeakRssBytes: null };
  if (baselines.length === 0) {
    return [{ ...row, baseline: null, baselineMedianMs: null, baselineMinMs: null, ratio: null, ...end }];
  }
  return baselines.map(({ name: baseline }, index) => {
    const { medianMs: baselineMedianMs, minMs: baselineMinMs } = results.get(baseline)!;
    const baselinePeakRssBytes = index === 0 ? pythonPeak : null;
    const ratio = baselineMedianMs / medianMs;
    return { ...row, baseline, baselineMedianMs, baselineMinMs, ratio, ...end, baselinePeakRssBytes };
  });
}

/** Of scikit-learn's ways for dense data, the faster one here; each has the same answer as ours. */
async function fasterMode(server: PythonServer, name: string, ours: Fit): Promise<Method> {
  const times: [Method, number][] = [];
  for (const mode of ['auto', 'svd'] as const) {
    const first = await server.run(mode);
    expectSameFit(`${name}, scikit-learn ${mode}`, first, ours);
    const again = first.ms < 1000 ? (await server.run(mode, 3)).ms : first.ms;
    times.push([mode, again]);
  }
  return times.toSorted((a, b) => a[1] - b[1])[0]![0];
}
