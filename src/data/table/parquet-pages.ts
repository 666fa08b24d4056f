import type { ByteSource } from '../../contracts/store.ts';
import { ColumnGather, sliceColumn, type Column } from './column.ts';
import { BATCH_ROWS } from './lazy-table.ts';
import { decodersFor, type ColumnDecoder } from './parquet-decode.ts';
import {
  badParquet,
  numberAt,
  openRowGroup,
  structAt,
  type ParquetChunk,
  type ParquetColumn,
  type ParquetFooter,
  type ParquetRowGroup,
} from './parquet-footer.ts';
import type { ParquetSchema } from './parquet-schema.ts';
import { sliceRowGroup, wrapPages } from './parquet-slice.ts';
import { readPrefix, type ThriftStruct } from './thrift.ts';

/** Read at a time to find page headers, which are tens of bytes unless they hold long statistics. */
const HEADER_BYTES = 4096;
const DATA_PAGE = 0;
const DICTIONARY_PAGE = 2;
const DATA_PAGE_V2 = 3;

/** Some rows of a long row group; the arrays are good until the next piece. */
interface Piece {
  /** Counted in the row group, from 0. */
  readonly firstRow: number;
  readonly numRows: number;
  readonly columns: ReadonlyMap<string, Column>;
}

/**
 * Rows of one row group, a few pages of each column at a time: what is in memory is a batch and a page of each column,
 * however long the row group is.
 *
 * The pages of two columns do not end at the same rows, so each column is read for itself, and pieces of equal length are
 * cut from what there is. A nested column has no pages of known length in rows and is read whole.
 */
export async function* readByPages(
  source: ByteSource,
  footer: ParquetFooter,
  group: ParquetRowGroup,
  columns: readonly ParquetColumn[],
  schema: ParquetSchema,
  [start, end]: readonly [number, number],
): AsyncGenerator<Piece> {
  const streams = columns.map((column) => new ColumnStream(source, footer, group, column, schema, start));
  for (let firstRow = start; firstRow < end; firstRow += BATCH_ROWS) {
    const numRows = Math.min(BATCH_ROWS, end - firstRow);
    const pieces = await Promise.all(streams.map((stream) => stream.take(numRows)));
    yield { firstRow, numRows, columns: new Map(columns.map(({ name }, index) => [name, pieces[index] as Column])) };
  }
}

/** One column of a row group, from a row on. */
class ColumnStream {
  readonly #runs: AsyncGenerator<PageRun>;
  readonly #gather = new ColumnGather(BATCH_ROWS);
  #next: number;
  #run: PageRun | undefined;

  constructor(
    source: ByteSource,
    footer: ParquetFooter,
    group: ParquetRowGroup,
    column: ParquetColumn,
    schema: ParquetSchema,
    start: number,
  ) {
    const [decoder] = decodersFor([column], schema) as [ColumnDecoder];
    this.#runs = column.isNested
      ? wholeColumn(source, footer, group, decoder)
      : pageRuns(source, footer, group, decoder, start);
    this.#next = start;
  }

  async take(rows: number): Promise<Column> {
    const stop = this.#next + rows;
    while (this.#next < stop) {
      if (!this.#run || this.#next >= this.#run.firstRow + this.#run.numRows) {
        const { value, done } = await this.#runs.next();
        if (done) throw badParquet('a column has fewer rows than its row group');
        this.#run = value;
      }
      const { firstRow, numRows, column } = this.#run;
      const to = Math.min(stop, firstRow + numRows);
      this.#gather.add(sliceColumn(column, this.#next - firstRow, to - firstRow));
      this.#next = to;
    }
    return this.#gather.take() as Column;
  }
}

/** Consecutive pages of one column, decoded. */
interface PageRun {
  readonly firstRow: number;
  readonly numRows: number;
  readonly column: Column;
}

async function* wholeColumn(
  source: ByteSource,
  footer: ParquetFooter,
  group: ParquetRowGroup,
  decoder: ColumnDecoder,
): AsyncGenerator<PageRun> {
  const file = await sliceRowGroup(source, footer, group, decoder.columns, new Uint8Array(), decoder.hint);
  const [column] = await decoder.decode(file, group.rowOffset, group.numRows);
  yield { firstRow: 0, numRows: group.numRows, column: column as Column };
}

/** Runs of pages of about a batch of rows, from the one with row `start` on. */
async function* pageRuns(
  source: ByteSource,
  footer: ParquetFooter,
  group: ParquetRowGroup,
  decoder: ColumnDecoder,
  start: number,
): AsyncGenerator<PageRun> {
  const chunk = openRowGroup(footer, group).chunks[decoder.columns[0]?.leaves[0] ?? -1];
  if (!chunk) throw badParquet('lacks a column in a row group');
  let dictionary: Uint8Array | undefined;
  let scratch = new Uint8Array();
  let run: { from: number; to: number; firstRow: number; rows: number } | undefined;
  let row = 0;

  const decode = async ({ from, to, firstRow, rows }: NonNullable<typeof run>): Promise<PageRun> => {
    const pages = { from, to, rows, dictionary };
    const file = await wrapPages(source, footer, decoder, chunk, pages, scratch);
    if (file.length > scratch.length) scratch = file as Uint8Array<ArrayBuffer>;
    const [column] = await decoder.decode(file, group.rowOffset + firstRow, rows);
    return { firstRow, numRows: rows, column: column as Column };
  };

  for await (const page of walkPages(source, chunk)) {
    if (page.dictionary) {
      dictionary = await source.slice(page.start, page.end);
      continue;
    }
    const firstRow = row;
    row += page.rows;
    if (row <= start) continue;
    run ??= { from: page.start, to: page.end, firstRow, rows: 0 };
    run.to = page.end;
    run.rows += page.rows;
    if (run.rows < BATCH_ROWS && row < group.numRows) continue;
    yield await decode(run);
    run = undefined;
  }
  if (run) yield await decode(run);
}

interface Page {
  readonly start: number;
  readonly end: number;
  /** 0 for a dictionary. */
  readonly rows: number;
  readonly dictionary: boolean;
}

/** Goes from page header to page header; the pages between are not read. */
async function* walkPages(source: ByteSource, chunk: ParquetChunk): AsyncGenerator<Page> {
  let window = new Uint8Array();
  let windowStart = 0;
  for (let start = chunk.start; start < chunk.end;) {
    let header: { value: ThriftStruct; end: number } | undefined;
    for (let size = HEADER_BYTES; header === undefined; size *= 8) {
      const at = start - windowStart;
      header = at >= 0 && at < window.length ? readPrefix(window.subarray(at)) : undefined;
      if (header || size > HEADER_BYTES * 8 ** 4) break;
      if (windowStart === start && start + window.length >= chunk.end) break;
      windowStart = start;
      window = (await source.slice(start, Math.min(start + size, chunk.end))) as Uint8Array<ArrayBuffer>;
    }
    if (!header) throw badParquet('a page header cannot be read');
    const kind = numberAt(header.value, 1);
    const sizeBytes = numberAt(header.value, 3) ?? -1;
    const end = start + header.end + sizeBytes;
    if (sizeBytes < 0 || end > chunk.end) throw badParquet('a page lies outside of its column');
    const page = { start, end, dictionary: kind === DICTIONARY_PAGE };
    if (kind === DICTIONARY_PAGE) yield { ...page, rows: 0 };
    else if (kind === DATA_PAGE) yield { ...page, rows: numberAt(structAt(header.value, 5), 1) ?? 0 };
    else if (kind === DATA_PAGE_V2) yield { ...page, rows: numberAt(structAt(header.value, 8), 3) ?? 0 };
    start = end;
  }
}
