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

/** Does one range. The parts of all ranges, appended in row order, have the bits of one pass over all rows. */
export async function ridgeRange(core: Core, table: Table, range: RidgeRange): Promise<RidgePart> {
  const { job, columns, rows } = range;
  const y = job.p + job.targets;
  const pass = core.ridgePass(job, rows[0]);
  for await (const batch of table.batches({ columns, rows })) {
    const block = columns.map((name) => batch.float64(name));
    pass.push(block.slice(0, job.p), block.slice(job.p, y), block[y]);
  }
  return pass.save();
}
