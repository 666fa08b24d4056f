import type { Table, TableSource } from '../contracts/table.ts';
import type { Core } from './core.ts';

/** One range of rows of a scaler's fit: what a kernel thread is asked to do. */
export interface ScalerRange {
  readonly table: TableSource;
  readonly columns: readonly string[];
  /** `[start, end)`; `start` is a multiple of the core's chunk of rows. */
  readonly rows: readonly [start: number, end: number];
}

/** Does one range. The parts of all ranges, appended in row order, have the bits of one pass over all rows. */
export async function scalerRange(core: Core, table: Table, { columns, rows }: ScalerRange): Promise<Uint8Array> {
  const fit = core.scalerFit(columns.length, { features: columns, firstRow: rows[0] });
  for await (const batch of table.batches({ columns, rows })) fit.push(columns.map((name) => batch.float64(name)));
  return fit.save();
}
