import { SPREAD_VALUES, threadServices } from '../../contracts/ports.ts';
import type { KernelFanout } from '../../contracts/ports.ts';
import { sourceOf, type Table, type TableSource } from '../../contracts/table.ts';
import { columnsOf } from './batch.ts';
import { ColumnGather, type Column } from './column.ts';
import { BATCH_ROWS } from './lazy-table.ts';
import { encodeRowGroup } from './parquet-encode.ts';
import type { EncodedRowGroup } from './parquet-encoded.ts';

/** Rows per row group: 4.5 MiB of nine columns, and a multiple of the core's chunk. */
const ROW_GROUP_ROWS = BATCH_ROWS;

type Rows = readonly [start: number, end: number];

/** One row group of a table that is written: what a kernel thread is asked to do. */
export interface EncodeRange {
  readonly table: TableSource;
  readonly rows: Rows;
  /** Memory for its doubles, which the thread that asked writes from there. */
  readonly into: SharedArrayBuffer;
}

/**
 * A table as encoded row groups of one length, whatever the lengths it comes in: bytes depend on the rows alone. Kernel
 * threads make them where the table is long and they can read it themselves; a few are under way at once, and they come
 * in order.
 *
 * A row group is good until the next is asked for.
 */
export function encodedGroups(table: Table): AsyncGenerator<EncodedRowGroup> {
  const { kernels } = threadServices();
  const { numRows = 0, fields } = table;
  if (kernels !== undefined && kernels.threads > 1 && numRows * fields.length >= SPREAD_VALUES) {
    const source = sourceOf(table);
    if (source !== undefined) return onThreads(kernels, source, table);
  }
  return fields.every(({ type }) => type === 'Float64') || table.numRows === undefined
    ? inOrder(table)
    : byRange(table);
}

/** Row groups in one read of the table. */
async function* inOrder(table: Table): AsyncGenerator<EncodedRowGroup> {
  const gathers = table.fields.map(() => new ColumnGather(Math.min(table.numRows ?? Infinity, ROW_GROUP_ROWS)));
  const encode = () => encodeRowGroup(table.fields, takeAll(gathers));
  let rows = 0;
  for await (const each of table.batches()) {
    const batch = columnsOf(each, table.name);
    for (let from = 0; from < batch.numRows;) {
      const to = Math.min(batch.numRows, from + ROW_GROUP_ROWS - rows);
      const piece = batch.slice(from, to);
      for (const [index, { name }] of table.fields.entries()) gathers[index]?.add(piece.column(name));
      rows += to - from;
      from = to;
      if (rows === ROW_GROUP_ROWS) {
        yield await encode();
        rows = 0;
      }
    }
  }
  if (rows > 0) yield await encode();
}

/** Row groups read one by one, as threads read them: what the library makes of text depends on how it was cut. */
async function* byRange(table: Table): AsyncGenerator<EncodedRowGroup> {
  const gathers = table.fields.map(() => new ColumnGather());
  for (const rows of rangesOf(table)) yield await encodeRows(table, rows, gathers);
}

async function* onThreads(kernels: KernelFanout, source: TableSource, table: Table): AsyncGenerator<EncodedRowGroup> {
  const doubles = table.fields.filter(({ type }) => type === 'Float64').length;
  const slots = Array.from({ length: kernels.threads + 1 }, () => new SharedArrayBuffer(8 * ROW_GROUP_ROWS * doubles));
  const ranges = rangesOf(table);
  const running: Promise<EncodedRowGroup[]>[] = [];
  let started = 0;
  const start = (): void => {
    const into = slots[started % slots.length] as SharedArrayBuffer;
    const job: EncodeRange = { table: source, rows: ranges[started++] as Rows, into };
    const encoded = kernels.run<EncodeRange, EncodedRowGroup>('parquet.range', [job]);
    encoded.catch(() => {}); // reported when its turn comes
    running.push(encoded);
  };
  try {
    for (let index = 0; index < ranges.length; index++) {
      while (started < Math.min(ranges.length, index + slots.length)) start();
      const [group] = (await running.shift()) as [EncodedRowGroup];
      yield group;
    }
  } finally {
    await Promise.allSettled(running); // they may still be at work there
  }
}

/** What a kernel thread does of `onThreads`. */
export function encodeRange(table: Table, { rows, into }: EncodeRange): Promise<EncodedRowGroup> {
  const n = rows[1] - rows[0];
  let column = 0;
  const gathers = table.fields.map(({ type }) =>
    type === 'Float64' ? new ColumnGather(new Float64Array(into, 8 * n * column++, n)) : new ColumnGather(),
  );
  return encodeRows(table, rows, gathers);
}

async function encodeRows(table: Table, rows: Rows, gathers: readonly ColumnGather[]): Promise<EncodedRowGroup> {
  for await (const each of table.batches({ rows })) {
    const batch = columnsOf(each, table.name);
    for (const [index, { name }] of table.fields.entries()) gathers[index]?.add(batch.column(name));
  }
  return encodeRowGroup(table.fields, takeAll(gathers));
}

function rangesOf({ numRows = 0 }: Table): Rows[] {
  return Array.from({ length: Math.ceil(numRows / ROW_GROUP_ROWS) }, (_, i): Rows => [
    i * ROW_GROUP_ROWS,
    Math.min((i + 1) * ROW_GROUP_ROWS, numRows),
  ]);
}

function takeAll(gathers: readonly ColumnGather[]): Column[] {
  return gathers.map((gather) => gather.take() as Column);
}
