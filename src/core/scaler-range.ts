import type { RowRange } from '../contracts/row-ranges.ts';
import type { Table } from '../contracts/table.ts';
import type { Core } from './core.ts';

/** One range of rows of a scaler's fit, from a multiple of the core's chunk on: what a kernel thread is asked to do. */
export interface ScalerRange extends RowRange {
  readonly columns: readonly string[];
  /** Column of weights. */
  readonly weights: string | undefined;
}

/** Does one range. The parts of all ranges, appended in row order, have the bits of one pass over all rows. */
export async function scalerRange(core: Core, table: Table, range: ScalerRange): Promise<Uint8Array> {
  const { columns, weights, rows } = range;
  const options = { features: columns, weighted: weights !== undefined, weights, firstRow: rows[0] };
  const fit = core.scalerFit(columns.length, options);
  const read = weights === undefined ? columns : [...columns, weights];
  for await (const batch of table.batches({ columns: read, rows })) {
    fit.push(
      columns.map((name) => batch.float64(name)),
      weights === undefined ? undefined : batch.float64(weights),
    );
  }
  return fit.save();
}
