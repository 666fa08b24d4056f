import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import type { BenchOptions, Case, Row } from '../case.ts';
import { makeDesignMatrix, viewDesignMatrix, type DesignMatrix } from '../design-matrix.ts';
import { inProcess, interleave } from '../interleave.ts';
import { prepareRidgeline } from '../ridgeline-fit.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const COLUMNS = 9;
const TARGET = `c${COLUMNS - 1}`;

/** Rows made with one seed, and of a row group. */
const BLOCK_ROWS = 65_536;
/** So many are also fitted in memory, 720 MB of it: what is left of a command's time is files and processes. */
const MEMORY_MAX_ROWS = 1e7;

/** Says the peak of the whole process, its threads included. `maxRSS` will not do: it begins with that of the bench. */
const REPORT_PEAK =
  `data:text/javascript,import{isMainThread as m}from'node:worker_threads';import{readFileSync as r}from'node:fs';` +
  `m&&process.on('exit',()=>console.error(r('/proc/self/status','utf8').match(/VmHWM.*/)[0]))`;

/** A Parquet file larger than memory need be: `ridgeline fit` and `ridgeline predict` on it, as whole processes. */
function streamCase(name: string, rows: number, onlyNamed = false): Case {
  return {
    name,
    threaded: true,
    onlyNamed,
    async run(options) {
      const folder = await mkdtemp(join(tmpdir(), 'ridgeline-bench-'));
      const clear = (): void => rmSync(folder, { recursive: true, force: true });
      process.once('exit', clear);
      try {
        const data = join(folder, 'data.parquet');
        await checkRoom(folder, rows);
        options.say(`${name}: making ${rows} x ${COLUMNS} of seeded doubles, snappy, in ${folder}`);
        writeSnappy(data, rows);
        return await measure(name, rows, folder, data, options);
      } finally {
        process.off('exit', clear);
        clear();
      }
    },
  };
}

async function measure(
  name: string,
  rows: number,
  folder: string,
  data: string,
  { threads, secondsPerCase }: BenchOptions,
): Promise<Row[]> {
  const model = join(folder, 'model.json');
  const commands = {
    fit: ['fit', data, '--target', TARGET, '--out', model],
    predict: ['predict', model, data, '--out', join(folder, 'preds.parquet')],
  };
  const peaks = new Map<string, number>();
  const contenders = Object.entries(commands).map(([command, args]) => ({
    name: command,
    async run() {
      const start = performance.now();
      const all = [...args, '--threads', String(threads), '--home', join(folder, 'home')];
      const { stderr } = await promisify(execFile)(process.execPath, ['--import', REPORT_PEAK, MAIN, ...all]);
      const ms = performance.now() - start;
      const peak = 1024 * Number(/VmHWM:\s+(\d+) kB/.exec(stderr)?.[1]);
      peaks.set(command, Math.max(peak, peaks.get(command) ?? 0));
      return ms;
    },
  }));
  const inMemory = rows <= MEMORY_MAX_ROWS ? makeRows(rows) : undefined;
  await using ridgeline = await prepareRidgeline({ threads });
  const alone = inMemory && inProcess('computing alone', () => ridgeline.fit(inMemory));
  const results = await interleave([...contenders, ...(alone ? [alone] : [])], secondsPerCase);
  return [...results].map(([command, { medianMs, minMs }]) => ({
    case: `${name}, ${command}`,
    rows,
    columns: COLUMNS,
    threads,
    medianMs,
    minMs,
    baseline: null,
    baselineMedianMs: null,
    baselineMinMs: null,
    ratio: null,
    floorMs: null,
    coldMs: null,
    peakRssBytes: peaks.get(command) ?? null,
    baselinePeakRssBytes: null,
  }));
}

/** The rows of `writeSnappy` in memory, where threads read them. */
function makeRows(rows: number): DesignMatrix {
  const p = COLUMNS - 1;
  const matrix = viewDesignMatrix(new Float64Array(new SharedArrayBuffer(8 * rows * COLUMNS)), rows, p);
  for (let from = 0; from < rows; from += BLOCK_ROWS) {
    const { columns, y } = makeBlock(from, rows);
    columns.forEach((values, j) => matrix.columns[j]!.set(values, from));
    matrix.y.set(y, from);
  }
  return matrix;
}

function makeBlock(from: number, rows: number): DesignMatrix {
  return makeDesignMatrix(Math.min(BLOCK_ROWS, rows - from), COLUMNS - 1, 1000 + from / BLOCK_ROWS);
}

/** Room for the rows twice, and once more for predictions that are written beside the old ones. */
async function checkRoom(folder: string, rows: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const needed = 3.2 * 8 * COLUMNS * rows;
  if (bavail * bsize < needed) {
    throw new Error(
      `bench: expected ${gb(needed)} free in ${folder}, got ${gb(bavail * bsize)}; choose another by TMPDIR`,
    );
  }
}

/** Columns c0 to c8, the last one the target, as others write them: snappy, by hyparquet's writer. */
function writeSnappy(path: string, rows: number): void {
  const names = Array.from({ length: COLUMNS }, (_, j) => `c${j}`);
  const fields = names.map((name) => ({ name, type: 'DOUBLE', repetition_type: 'REQUIRED' }) as const);
  const schema = [{ name: 'root', num_children: COLUMNS }, ...fields];
  const file = new ParquetWriter({ writer: fileWriter(path), schema, codec: 'SNAPPY', statistics: false });
  for (let from = 0; from < rows; from += BLOCK_ROWS) {
    const { columns, y } = makeBlock(from, rows);
    const columnData = [...columns, y].map((data, j) => ({ name: names[j]!, data, encoding: 'PLAIN' as const }));
    void file.write({ columnData, rowGroupSize: BLOCK_ROWS });
  }
  void file.finish();
}

export const streamCases: readonly Case[] = [
  streamCase('stream-1e6x9', 1e6),
  streamCase('stream-1e7x9', 1e7, true),
  streamCase('stream-1e8x9', 1e8, true), // 24 GB free in the folder for temporary files, about ten minutes
];

const gb = (bytes: number): string => `${Math.ceil(bytes / 1e9)} GB`;
