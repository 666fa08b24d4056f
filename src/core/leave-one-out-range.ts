import type { RowRange } from '../contracts/row-ranges.ts';
import type { Table } from '../contracts/table.ts';
import { IntervalFit } from './interval-fit.ts';
import type { IntervalPart } from './interval-fit.ts';
import type { LeaveOneOutJob } from './leave-one-out.ts';
import { LeaveOneOutScores } from './scoring.ts';
import type { ScoresJob, ScoresPart } from './scoring.ts';

/** One range of rows of a read after the fit, from a multiple of the core's chunk on: what a kernel thread is asked to do. */
export interface LeaveOneOutRange extends RowRange {
  /** Per target: scores of every alpha, or what intervals are made from. */
  readonly jobs: readonly (ScoresJob | LeaveOneOutJob)[];
  /** Features, then the targets, then the weights of a weighted fit. */
  readonly columns: readonly string[];
}

/** Does one range. The parts of all ranges, appended in row order, have the bits of one read of all rows. */
export async function leaveOneOutRange(
  table: Table,
  { jobs, columns, rows }: LeaveOneOutRange,
): Promise<(ScoresPart | IntervalPart)[]> {
  const each = jobs.map((job) => ('of' in job ? new LeaveOneOutScores(job, rows) : new IntervalFit(job, rows)));
  const [first] = jobs;
  const { p, targets } = 'of' in first! ? first.of.shape : first!.shape;
  for await (const batch of table.batches({ columns, rows })) {
    const block = columns.map((name) => batch.float64(name));
    const x = block.slice(0, p);
    each.forEach((one, k) => one.push(x, block[p + k]!, block[p + targets]));
  }
  return each.map((one) => one.save());
}
