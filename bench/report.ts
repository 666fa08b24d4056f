import { execFileSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import type { Row } from './case.ts';
import { describeRoof, type Roof } from './roof.ts';

/** What the numbers were measured on, in one line. */
export function describeMachine(): string {
  const [cpu] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  return `${cpu?.model ?? 'unknown CPU'}, ${cpus().length} cores, ${memory}, ${process.platform} ${process.arch}, Node ${process.version}`;
}

/** A few aligned lines for a person who waits. */
export function formatRows(rows: readonly Row[]): string[] {
  return [...Map.groupBy(rows, (row) => row.case).values()].flatMap(formatCase);
}

function formatCase(rows: readonly Row[]): string[] {
  const { floorMs, coldMs, peakRssBytes, p95Ms, p99Ms, ...first } = rows[0]!;
  return [
    `${first.case}${first.threads > 1 ? ` on ${first.threads} threads` : ''}: median ${ms(first.medianMs)}, min ${ms(first.minMs)}` +
      (p95Ms === undefined ? '' : `, p95 ${ms(p95Ms)}`) +
      (p99Ms === undefined ? '' : `, p99 ${ms(p99Ms)}`) +
      (floorMs === null ? '' : `, ${percent(floorMs / first.minMs)} of the floor's speed (${ms(floorMs)})`) +
      (coldMs === null ? '' : `, cold ${ms(coldMs)}`) +
      (peakRssBytes === null ? '' : `, peak ${mb(peakRssBytes)}`),
    ...rows
      .filter(({ baseline }) => baseline !== null)
      .map(
        ({ baseline, baselineMedianMs, baselineMinMs, ratio, baselinePeakRssBytes: peak }) =>
          `  ${baseline}: median ${ms(baselineMedianMs!)}, min ${ms(baselineMinMs!)}, ratio ${ratio!.toFixed(2)}x` +
          (peak === null ? '' : `, peak ${mb(peak)}`),
      ),
  ];
}

/** `bench/RESULTS.md`. */
export function formatTable(rows: readonly Row[], roof: Roof): string {
  const lines = rows.map((row) =>
    [
      row.case,
      row.threads || '',
      ms(row.medianMs),
      ms(row.minMs),
      row.baseline ?? '',
      row.baselineMedianMs === null ? '' : ms(row.baselineMedianMs),
      row.baselineMinMs === null ? '' : ms(row.baselineMinMs),
      row.ratio === null ? '' : `${row.ratio.toFixed(2)}x`,
      row.floorMs === null ? '' : percent(row.floorMs / row.minMs),
      row.coldMs === null ? '' : ms(row.coldMs),
      row.peakRssBytes === null ? '' : mb(row.peakRssBytes),
      row.baselinePeakRssBytes === null ? '' : mb(row.baselinePeakRssBytes),
    ].join(' | '),
  );
  return `# Measured

Written by \`npm run bench -- --write\` at commit ${commit()}. Absolute times move with the machine; ratios are those of
medians of one run, round by round. Where medians stand far above minima, others use the same cores.

Machine: ${describeMachine()}; ${describeRoof(roof)}.

- 104x20 to 20000x256 (rows x columns): scaler, exact leave-one-out ridge over 30 alphas and predictions, warm, on columns
  in memory, copies in and out of the core included; on one thread predictions go into an array that is there; on several
  (\`kernelThreads\`), from 1e6 values on, columns are in memory that they share. Who does a job in less than a second, ours
  or a baseline, begins each turn with one that does not count.
  scikit-learn runs in the faster of its modes, on as many threads. cv5: 5 folds in place of leave-one-out, one thread.
- "blocked numpy": the same algorithm as ours, written for the cache by hand (\`bench/baselines/blocked_ridge.py\`).
- "of floor": the least time that the machine's roof, above, would allow (\`bench/roof.ts\`), over our minimum. Counted are
  moments, Z = XV, the sweep at the alphas or, where it does with those, at the fewer nodes that the fit used, and predictions; on
  several threads, as if each had a core to itself.
- avx2: the same in \`node --experimental-wasm-revectorize\`, where V8 joins two SIMD128 instructions into one of AVX2.
- cold: the first time in a fresh process, compiling the core and starting threads included. Peak: resident memory of that
  process, data included.
- stream: \`ridgeline fit\` and \`ridgeline predict\` as whole processes on a snappy Parquet file, predictions to Parquet.
  "computing alone": fit (with its scaler) and predictions of the same rows in shared memory, nothing decoded or written.
- main-job and help: whole processes, \`ridgeline run housing --json\` in a new home and \`ridgeline --help\`.
- threads 0: a whole process, or more than one.

| case | threads | median | min | baseline | its median | its min | ratio | of floor | cold | peak | its peak |
|---|---|---|---|---|---|---|---|---|---|---|---|
${lines.map((line) => `| ${line} |`).join('\n')}
`;
}

function commit(): string {
  return execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim();
}

const ms = (value: number): string => `${value < 10 ? value.toFixed(3) : value.toFixed(1)} ms`;
const mb = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
const percent = (share: number): string => `${Math.round(100 * share)} %`;
