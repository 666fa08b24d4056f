import type { ByteSource } from '../../contracts/store.ts';
import { ColumnGather, sliceColumn, type Column } from './column.ts';
import { chunksOf, isPacked, readInto, Scratch } from './parquet-chunks.ts';
import { fetchGroup, type ColumnDecoder, type ParquetSelection } from './parquet-decode.ts';
import {
  badParquet,
  numberAt,
  openRowGroup,
  structAt,
  type OpenRowGroup,
  type ParquetChunk,
  type ParquetColumn,
  type ParquetRowGroup,
} from './parquet-footer.ts';
import { chunkOfPages } from './parquet-slice.ts';
import { readPrefix, type ThriftStruct } from './thrift.ts';

/** Read at a time to find page headers, which are tens of bytes unless they hold long statistics. */
const HEADER_BYTES = 4096;
const DATA_PAGE = 0;
const DICTIONARY_PAGE = 2;
const DATA_PAGE_V2 = 3;
const PLAIN_DICTIONARY = 2;
const RLE_DICTIONARY = 8;

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
  selection: ParquetSelection,
  group: ParquetRowGroup,
  [start, end]: readonly [number, number],
  batchRows: number,
  { decoder, pages }: { readonly decoder: ColumnDecoder; readonly pages: PageMemory },
): AsyncGenerator<Piece> {
  const { columns } = selection;
  const opened = openRowGroup(selection.footer, group);
  const streams = columns.map((column) => {
    const own = pages.of(selection, opened, column, batchRows);
    const runs = column.isNested
      ? wholeColumn({ ...selection, columns: [column] }, group, decoder)
      : pageRuns(selection.source, group, column, own, [start, end], batchRows, decoder, pages);
    return new ColumnStream(runs, own.gather, start);
  });
  for (let firstRow = start; firstRow < end; firstRow += batchRows) {
    const numRows = Math.min(batchRows, end - firstRow);
    const pieces = await Promise.all(streams.map((stream) => stream.take(numRows)));
    yield { firstRow, numRows, columns: new Map(columns.map(({ name }, index) => [name, pieces[index] as Column])) };
  }
}

/** One column of a row group, from a row on. */
class ColumnStream {
  readonly #runs: AsyncGenerator<PageRun>;
  readonly #gather: ColumnGather;
  #next: number;
  #run: PageRun | undefined;

  constructor(runs: AsyncGenerator<PageRun>, gather: ColumnGather, start: number) {
    this.#runs = runs;
    this.#gather = gather;
    this.#next = start;
  }

  /** Good until the next is taken. */
  async take(rows: number): Promise<Column> {
    const stop = this.#next + rows;
    for (let first = this.#next; this.#next < stop;) {
      if (!this.#run || this.#next >= this.#run.firstRow + this.#run.numRows) {
        const { value, done } = await this.#runs.next();
        if (done) throw badParquet('a column has fewer rows than its row group');
        this.#run = value;
      }
      const { firstRow, numRows, column } = this.#run;
      const to = Math.min(stop, firstRow + numRows);
      const piece = sliceColumn(column, this.#next - firstRow, to - firstRow);
      const whole = this.#next === first && to === stop;
      this.#next = to;
      if (whole) return piece;
      this.#gather.add(piece);
    }
    return this.#gather.take() as Column;
  }
}

/** Consecutive pages of one column, decoded: of their rows those that are asked for. */
interface PageRun {
  readonly firstRow: number;
  readonly numRows: number;
  readonly column: Column;
}

async function* wholeColumn(
  selection: ParquetSelection,
  group: ParquetRowGroup,
  decoder: ColumnDecoder,
): AsyncGenerator<PageRun> {
  const fetched = await fetchGroup(selection, group, new Scratch());
  const decoded = await fetched.decode(decoder);
  for (const column of decoded.values()) yield { firstRow: 0, numRows: group.numRows, column };
}

/** Consecutive pages, in the file and in the row group. */
interface Pages {
  readonly from: number;
  to: number;
  readonly firstRow: number;
  rows: number;
  /** Some of them are indices into the dictionary. */
  coded: boolean;
}

/** Runs of pages of about a batch of rows each, that hold rows `[start, end)`. */
async function* pageRuns(
  source: ByteSource,
  group: ParquetRowGroup,
  column: ParquetColumn,
  own: ColumnPages,
  [start, end]: readonly [number, number],
  batchRows: number,
  decoder: ColumnDecoder,
  memory: PageMemory,
): AsyncGenerator<PageRun> {
  let run: Pages | undefined;
  let dictionary: Page | undefined;
  let row = 0;

  const decode = async ({ from, to, firstRow, rows, coded }: Pages, room: PageRoom): Promise<PageRun> => {
    const pages = room.pages.room(to - from);
    await readInto(source, from, pages);
    const words = coded && dictionary ? room.dictionary.room(dictionary.end - dictionary.start) : undefined;
    if (words) await readInto(source, dictionary!.start, words);
    const bytes = chunkOfPages(own.chunk, pages, rows, words);
    const wanted = [Math.max(start - firstRow, 0), Math.min(end - firstRow, rows)] as const;
    const decoded = await decoder.decode(column, [bytes], group.rowOffset + firstRow, rows, wanted);
    return { firstRow: firstRow + wanted[0], numRows: wanted[1] - wanted[0], column: decoded };
  };
  // Pages of a local file that have to be unpacked are read into the same memory, one column after the other.
  const take = (pages: Pages): Promise<PageRun> =>
    source.readInto !== undefined && isPacked(own.chunk)
      ? memory.inTurn((room) => decode(pages, room))
      : decode(pages, own.room);

  for (let index = 0; row < end; index++) {
    const page = await own.page(index);
    if (!page) break;
    if (page.dictionary) {
      dictionary = page;
      continue;
    }
    const firstRow = row;
    row += page.rows;
    if (row <= start) continue;
    run ??= { from: page.start, to: page.end, firstRow, rows: 0, coded: false };
    run.to = page.end;
    run.rows += page.rows;
    run.coded ||= page.coded;
    if (row - Math.max(start, run.firstRow) < batchRows && row < end) continue;
    yield await take(run);
    run = undefined;
  }
  if (run) yield await take(run);
}

/** Bytes on their way from the file to values. */
interface PageRoom {
  readonly pages: Scratch;
  readonly dictionary: Scratch;
}

const newRoom = (): PageRoom => ({ pages: new Scratch(), dictionary: new Scratch() });

/** What is kept of each column from one range of a row group to the next: its pages' places, and memory. */
export class PageMemory {
  readonly #columns = new Map<string, ColumnPages>();
  readonly #room = newRoom();
  #turn: Promise<unknown> = Promise.resolve();

  /** Lends memory that all columns share to one after the other. */
  inTurn<T>(work: (room: PageRoom) => Promise<T>): Promise<T> {
    const done = this.#turn.then(() => work(this.#room));
    this.#turn = done.catch(() => {});
    return done;
  }

  of({ source }: ParquetSelection, group: OpenRowGroup, column: ParquetColumn, batchRows: number): ColumnPages {
    const [chunk] = chunksOf(group, [column]) as [ParquetChunk];
    const known = this.#columns.get(column.name);
    if (known?.chunk.start === chunk.start) return known;
    const pages = new ColumnPages(source, chunk, batchRows, known);
    this.#columns.set(column.name, pages);
    return pages;
  }
}

class ColumnPages {
  readonly chunk: ParquetChunk;
  readonly room: PageRoom;
  readonly gather: ColumnGather;
  readonly #pages: Page[] = [];
  readonly #walk: AsyncGenerator<Page>;

  /** @param before whose memory is used again */
  constructor(source: ByteSource, chunk: ParquetChunk, batchRows: number, before: ColumnPages | undefined) {
    this.chunk = chunk;
    this.room = before?.room ?? newRoom();
    this.gather = before?.gather ?? new ColumnGather(batchRows);
    this.#walk = walkPages(source, chunk);
  }

  /** Looked for once, as far as they were asked for: headers lie apart. */
  async page(index: number): Promise<Page | undefined> {
    while (this.#pages.length <= index) {
      const { value, done } = await this.#walk.next();
      if (done) return undefined;
      this.#pages.push(value);
    }
    return this.#pages[index];
  }
}

interface Page {
  readonly start: number;
  readonly end: number;
  /** 0 for a dictionary. */
  readonly rows: number;
  readonly dictionary: boolean;
  /** Its values are indices into the dictionary. */
  readonly coded: boolean;
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
    const place = { start, end, dictionary: kind === DICTIONARY_PAGE };
    if (kind === DICTIONARY_PAGE) yield { ...place, rows: 0, coded: false };
    else if (kind === DATA_PAGE || kind === DATA_PAGE_V2) {
      const isFirst = kind === DATA_PAGE;
      const about = structAt(header.value, isFirst ? 5 : 8);
      const encoding = numberAt(about, isFirst ? 2 : 4);
      const rows = numberAt(about, isFirst ? 1 : 3) ?? 0;
      yield { ...place, rows, coded: encoding === PLAIN_DICTIONARY || encoding === RLE_DICTIONARY };
    }
    start = end;
  }
}
