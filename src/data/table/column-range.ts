import { copyValues } from '../../contracts/copy-values.ts';
import { paysToSpread, threadServices } from '../../contracts/ports.ts';
import { bytesToCopy, cutRows, overRows, withRoom } from '../../contracts/row-ranges.ts';
import type { RowRange } from '../../contracts/row-ranges.ts';
import { memoryOf, type Table } from '../../contracts/table.ts';

/** Values that a step over columns in memory, such as a prediction, goes through in a millisecond. */
const VALUES_PER_MS = 1e6;
/** What a step makes of a batch so short comes from memory that was used before. */
const BATCH_ROWS = 8192;
/** Rows that are in shared memory at once on their way back. */
const ROOM_ROWS = 2 ** 21;

/** Some rows of one numeric column that is computed: what a kernel thread is asked for. */
export interface ColumnRange extends RowRange {
  readonly column: string;
  /** f64[rows], in shared memory. */
  readonly into: Float64Array;
}

/** A column that is computed from others in memory, by kernel threads; undefined when it is done sooner where it is asked for. */
export async function columnOnThreads(table: Table, column: string): Promise<Float64Array | undefined> {
  const { kernels } = threadServices();
  const { numRows = 0, origin } = table;
  if (kernels === undefined || origin === undefined) return undefined;
  const memory = memoryOf(table, [column]);
  const ms = (numRows * origin.step.requires.length) / VALUES_PER_MS;
  if (memory === undefined || !paysToSpread(kernels, ms, bytesToCopy(memory.from))) return undefined;
  const values = new Float64Array(numRows);
  await withRoom(kernels, Math.min(numRows, ROOM_ROWS), async (room) => {
    for (let first = 0; first < numRows; first += ROOM_ROWS) {
      const rows = Math.min(ROOM_ROWS, numRows - first);
      const cut = cutRows(kernels, memory, rows, BATCH_ROWS);
      const ranges = cut.map(([start, end]) => [first + start, first + end] as const);
      await overRows<ColumnRange, void>(kernels, 'column.range', memory, ranges, ([start, end]) => {
        return { column, into: room.subarray(start - first, end - first) };
      });
      copyValues(room.subarray(0, rows), values, first);
    }
  });
  return values;
}

/** What a kernel thread does of `columnOnThreads`. */
export async function columnRange(table: Table, { column, rows, into }: ColumnRange): Promise<void> {
  for await (const batch of table.batches({ columns: [column], rows, batchRows: BATCH_ROWS })) {
    copyValues(batch.float64(column), into, batch.rowOffset - rows[0]);
  }
}
