import { SPREAD_VALUES, threadServices } from '../../contracts/ports.ts';
import type { KernelFanout } from '../../contracts/ports.ts';
import { sourceOf, type Table, type TableSource } from '../../contracts/table.ts';
import { columnsOf } from './batch.ts';
import { ColumnGather, type Column } from './column.ts';
import { BATCH_ROWS } from './lazy-table.ts';
import { encodeRowGroup } from './parquet-encode.ts';
import type { EncodedBytes, EncodedRowGroup } from './parquet-encoded.ts';
import type { PackedText } from './text.ts';

/** Rows per row group: 4.5 MiB of nine columns, and a multiple of the core's chunk. */
const ROW_GROUP_ROWS = BATCH_ROWS;
/** Text of a row group, in all columns: it ends sooner then, on every machine and with every budget alike. */
const GROUP_TEXT_BYTES = 8 * 1024 * 1024;
/** Room before a column of doubles for its page's header, some 25 bytes, and a bit for each row that says if it is missing. */
const HEAD_BYTES = ROW_GROUP_ROWS / 8 + 128;
const COLUMN_BYTES = HEAD_BYTES + 8 * ROW_GROUP_ROWS;

type Rows = readonly [start: number, end: number];

/** One row group of a table that is written: what a kernel thread is asked to do. */
export interface EncodeRange {
  readonly table: TableSource;
  readonly rows: Rows;
  /** Memory for its chunks of doubles, which the thread that asked writes from there. */
  readonly into: SharedArrayBuffer;
}

/** What a kernel thread answers: chunks that are in the memory it was given are places there. */
export interface EncodedRange extends Omit<EncodedRowGroup, 'chunks'> {
  readonly chunks: readonly (EncodedBytes | Place)[];
}

type Place = readonly [start: number, end: number, head: number];

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
  return fields.every(({ type }) => type === 'Float64' || type === 'Utf8') || table.numRows === undefined
    ? inOrder(table)
    : byRange(table);
}

/** Row groups in one read of the table, from a row on. */
function inOrder(table: Table, start = 0): AsyncGenerator<EncodedRowGroup> {
  const room = Math.min(table.numRows ?? Infinity, ROW_GROUP_ROWS);
  return groupsOf(
    table,
    [start, table.numRows ?? Infinity],
    table.fields.map(() => new ColumnGather(room)),
  );
}

/** Row groups read one by one, as threads read them: what the library makes of a column depends on how it was cut. */
async function* byRange(table: Table): AsyncGenerator<EncodedRowGroup> {
  const gathers = table.fields.map(() => new ColumnGather());
  for (const rows of rangesOf(table)) yield* groupsOf(table, rows, gathers);
}

/**
 * The row groups of some rows. One ends at every 65,536th row of the table, and before the row with which its text would be
 * longer than `GROUP_TEXT_BYTES`.
 */
async function* groupsOf(table: Table, rows: Rows, gathers: readonly ColumnGather[]): AsyncGenerator<EncodedRowGroup> {
  let [start] = rows; // of the row group
  let at = start;
  let textBytes = 0;
  const encode = (): Promise<EncodedRowGroup> => {
    const isFirst = start === 0;
    start = at;
    textBytes = 0;
    return encodeRowGroup(table.fields, takeAll(gathers), isFirst);
  };
  for await (const each of table.batches({ rows })) {
    const batch = columnsOf(each, table.name);
    const texts = table.fields.flatMap(({ name }) => textOf(batch.column(name)));
    for (let from = 0; from < batch.numRows;) {
      const most = Math.min(batch.numRows, from + ROW_GROUP_ROWS - (at % ROW_GROUP_ROWS));
      const least = at === start ? from + 1 : from;
      const to = texts.length === 0 ? most : endWithin(texts, from, [least, most], GROUP_TEXT_BYTES - textBytes);
      const piece = batch.slice(from, to);
      for (const [index, { name }] of table.fields.entries()) gathers[index]?.add(piece.column(name));
      textBytes += sizeOf(texts, from, to);
      at += to - from;
      from = to;
      if (to < most || at % ROW_GROUP_ROWS === 0) yield await encode();
    }
  }
  if (at > start) yield await encode();
}

function textOf(column: Column): PackedText | [] {
  return column.kind === 'text' ? column.values.packed() : [];
}

function sizeOf(texts: readonly PackedText[], from: number, to: number): number {
  return texts.reduce((sum, { offsets }) => sum + (offsets[to] as number) - (offsets[from] as number), 0);
}

/** The last row up to which the text from `from` on has at most so many bytes, within bounds. */
function endWithin(texts: readonly PackedText[], from: number, [least, most]: Rows, sizeBytes: number): number {
  let [low, high] = [least, most];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (sizeOf(texts, from, middle) <= sizeBytes) low = middle;
    else high = middle - 1;
  }
  return low;
}

async function* onThreads(kernels: KernelFanout, source: TableSource, table: Table): AsyncGenerator<EncodedRowGroup> {
  const doubles = table.fields.filter(({ type }) => type === 'Float64').length;
  const slots = Array.from({ length: kernels.threads + 1 }, () => new SharedArrayBuffer(doubles * COLUMN_BYTES));
  const ranges = rangesOf(table);
  const running: Promise<(EncodedRange | undefined)[]>[] = [];
  let started = 0;
  const start = (): void => {
    const into = slots[started % slots.length] as SharedArrayBuffer;
    const job: EncodeRange = { table: source, rows: ranges[started++] as Rows, into };
    const encoded = kernels.run<EncodeRange, EncodedRange | undefined>('parquet.range', [job]);
    encoded.catch(() => {}); // reported when its turn comes
    running.push(encoded);
  };
  try {
    for (let index = 0; index < ranges.length; index++) {
      while (started < Math.min(ranges.length, index + slots.length)) start();
      const [range] = (await running.shift()) as [EncodedRange | undefined];
      if (range === undefined) return yield* inOrder(table, (ranges[index] as Rows)[0]);
      yield takeOut(range, slots[index % slots.length] as SharedArrayBuffer);
    }
  } finally {
    await Promise.allSettled(running); // they may still be at work there
  }
}

/** What a kernel thread does of `onThreads`: undefined where the rows have too much text for one row group. */
export async function encodeRange(table: Table, { rows, into }: EncodeRange): Promise<EncodedRange | undefined> {
  const n = rows[1] - rows[0];
  let column = 0;
  const gathers = table.fields.map(({ type }) =>
    type === 'Float64'
      ? new ColumnGather(new Float64Array(into, COLUMN_BYTES * column++ + HEAD_BYTES, n))
      : new ColumnGather(),
  );
  for await (const group of groupsOf(table, rows, gathers)) {
    return group.numRows === n ? { ...group, chunks: group.chunks.map((chunk) => putInto(chunk, into)) } : undefined;
  }
  return undefined;
}

/** A chunk whose values are in this memory, with what comes before them put there too. */
function putInto(chunk: EncodedBytes, into: SharedArrayBuffer): EncodedBytes | Place {
  const { pieces, head } = chunk;
  const values = pieces.at(-1) as Uint8Array;
  if (values.buffer !== into) return chunk;
  const start = values.byteOffset - head;
  const before = new Uint8Array(into, start, head);
  let at = 0;
  for (const piece of pieces.slice(0, -1)) {
    before.set(piece, at);
    at += piece.length;
  }
  return [start, values.byteOffset + values.length, head];
}

function takeOut(range: EncodedRange, from: SharedArrayBuffer): EncodedRowGroup {
  const chunks = range.chunks.map((chunk) => {
    if ('pieces' in chunk) return chunk;
    const [start, end, head] = chunk;
    return { pieces: [new Uint8Array(from, start, end - start)], head };
  });
  return { ...range, chunks };
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
