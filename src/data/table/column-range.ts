import { paysToSpread, threadServices } from '../../contracts/ports.ts';
import { memoryOf, type Table, type TableSource } from '../../contracts/table.ts';

/** Values that a step over columns in memory, such as a prediction, goes through in a millisecond. */
const VALUES_PER_MS = 1e6;
const RANGES_PER_THREAD = 4;
/** What a step makes of a batch so short comes from memory that was used before. */
const BATCH_ROWS = 8192;

/** Some rows of one numeric column that is computed: what a kernel thread is asked for. */
export interface ColumnRange {
  readonly table: TableSource;
  readonly column: string;
  readonly rows: readonly [start: number, end: number];
  /** f64[numRows] of all rows. */
  readonly into: Float64Array;
}

/** A column that is computed from others in memory, by kernel threads; undefined when it is done sooner where it is asked for. */
export async function columnOnThreads(table: Table, column: string): Promise<Float64Array | undefined> {
  const { kernels } = threadServices();
  const { numRows = 0, origin } = table;
  if (kernels === undefined || origin === undefined) return undefined;
  const memory = memoryOf(table, [column]);
  const ms = (numRows * origin.step.requires.length) / VALUES_PER_MS;
  if (memory === undefined || !paysToSpread(kernels, ms, memory.bytesToShare)) return undefined;
  const count = kernels.threads * RANGES_PER_THREAD;
  const cut = (i: number): number => Math.floor((i * numRows) / count);
  const into = new Float64Array(new SharedArrayBuffer(8 * numRows));
  const source = memory.share();
  const jobs = Array.from({ length: count }, (_, i): ColumnRange => {
    return { table: source, column, rows: [cut(i), cut(i + 1)], into };
  });
  await kernels.run<ColumnRange, void>('column.range', jobs);
  return into;
}

/** What a kernel thread does of `columnOnThreads`. */
export async function columnRange(table: Table, { column, rows, into }: ColumnRange): Promise<void> {
  for await (const batch of table.batches({ columns: [column], rows, batchRows: BATCH_ROWS })) {
    into.set(batch.float64(column), batch.rowOffset);
  }
}
