import type { RowRange } from '../contracts/row-ranges.ts';
import type { Table } from '../contracts/table.ts';
import type { Core } from './core.ts';
import type { RidgeJob, RidgePart } from './ridge-pass.ts';

/** One range of rows of one pass of a ridge fit, from a multiple of the core's chunk on: what a kernel thread is asked to do. */
export interface RidgeRange extends RowRange {
  readonly job: RidgeJob;
  /** Features, then the targets, then the weights of a weighted fit. */
  readonly columns: readonly string[];
}

/** What the range came to: small, whatever its length. */
export interface RidgeRangeResult {
  readonly part: RidgePart;
  /** Of each feature, as it is stored. */
  readonly min: readonly number[];
  readonly max: readonly number[];
}

/** Does one range. The parts of all ranges, appended in row order, have the bits of one pass over all rows. */
export async function ridgeRange(core: Core, table: Table, range: RidgeRange): Promise<RidgeRangeResult> {
  const { job, columns, rows } = range;
  const y = job.p + job.targets;
  const pass = core.ridgePass(job, rows[0]);
  const min = Array.from({ length: job.p }, () => Infinity);
  const max = Array.from({ length: job.p }, () => -Infinity);
  for await (const batch of table.batches({ columns, rows })) {
    const block = columns.map((name) => batch.float64(name));
    pass.push(block.slice(0, job.p), block.slice(job.p, y), block[y]);
    if (job.pass === 'moments') for (let j = 0; j < job.p; j += 1) widen(min, max, j, block[j]!);
  }
  return { part: pass.save(), min, max };
}

/** Takes the smallest and largest value of column j in. */
export function widen(min: number[], max: number[], j: number, values: ArrayLike<number>): void {
  const n = values.length;
  let low = min[j]!;
  let high = max[j]!;
  for (let i = 0; i < n; i += 4) {
    if (i + 4 <= n) {
      const a = values[i]!;
      const b = values[i + 1]!;
      const c = values[i + 2]!;
      const d = values[i + 3]!;
      // So it nearly always is: half the time of taking the lesser and the greater of each.
      if (a >= low && a <= high && b >= low && b <= high && c >= low && c <= high && d >= low && d <= high) continue;
    }
    for (let k = i; k < n && k < i + 4; k += 1) {
      if (values[k]! < low) low = values[k]!;
      if (values[k]! > high) high = values[k]!;
    }
  }
  min[j] = low;
  max[j] = high;
}
