import { ColumnBatch } from './batch.ts';
import { TEXT_BYTES, type BatchRequest } from './lazy-table.ts';
import { chunksOf, isPacked, Scratch } from './parquet-chunks.ts';
import { ColumnDecoder, fetchGroup, readInTurn, type FetchedGroup, type ParquetSelection } from './parquet-decode.ts';
import { numberAt, openRowGroup, structAt, type ParquetColumn, type ParquetRowGroup } from './parquet-footer.ts';
import { PageMemory, readByPages } from './parquet-pages.ts';
import type { ParquetSchema } from './parquet-schema.ts';

/** A row group of more batches is read some pages at a time, so that memory does not grow with what the writer chose. */
const WHOLE_BATCHES = 2;

/**
 * Reads the rows of one file. What it reads into is kept from one reading to the next: passes and ranges follow each
 * other by the hundred, and megabytes that nobody holds are collected late.
 */
export class RowGroupReader {
  readonly #name: string;
  readonly #file: Omit<ParquetSelection, 'columns'>;
  #idle: ReadMemory | undefined;

  constructor(name: string, file: Omit<ParquetSelection, 'columns'>) {
    this.#name = name;
    this.#file = file;
  }

  /** One batch a row group, or several of a long one. The next row group is fetched while a batch is worked on. */
  async *read({ columns: names, start, end, batchRows }: BatchRequest): AsyncGenerator<ColumnBatch> {
    const { footer, schema } = this.#file;
    const columns = names.map((each) => footer.columns.find((column) => column.name === each) as ParquetColumn);
    const fields = columns.map((column) => schema.fields[footer.columns.indexOf(column)] as ParquetSchema['fields'][0]);
    const selection = { ...this.#file, columns };
    const groups = footer.rowGroups.filter(
      ({ rowOffset, numRows }) => numRows > 0 && rowOffset < end && rowOffset + numRows > start,
    );
    // With nothing to fetch meanwhile, columns that have to be unpacked are read one after the other, into the same memory.
    const [first] = groups.length === 1 && selection.source.readInto !== undefined ? groups : [];
    const opened = first && openRowGroup(footer, first);
    const alone = opened && columns.some((column) => chunksOf(opened, [column]).some(isPacked)) ? opened : undefined;
    const memory = this.#idle ?? new ReadMemory(this.#file);
    this.#idle = undefined;
    const rowsAtOnce = (group: ParquetRowGroup): number =>
      Math.max(1, Math.min(batchRows, Math.floor((TEXT_BYTES * batchRows) / textPerRow(selection, group))));
    const isShort = (group: ParquetRowGroup): boolean => group.numRows <= WHOLE_BATCHES * rowsAtOnce(group);
    const fetch = (index: number): Promise<FetchedGroup> | undefined => {
      const group = groups[index];
      if (!group || alone || !isShort(group)) return undefined;
      const fetched = fetchGroup(selection, group, memory.scratch[(index % 2) as 0 | 1]);
      fetched.catch(() => {}); // reported when awaited; a reader that stops before that never asks
      return fetched;
    };

    let next = fetch(0);
    try {
      for (const [index, group] of groups.entries()) {
        const fetched = await next;
        next = fetch(index + 1);
        if (fetched) {
          const decoded = await fetched.decode(memory.decoder);
          yield new ColumnBatch(this.#name, group.rowOffset, group.numRows, fields, decoded);
          continue;
        }
        if (alone && start <= group.rowOffset && group.rowOffset + group.numRows <= end && isShort(group)) {
          const decoded = await readInTurn(selection, group, alone, memory.scratch, memory.decoder);
          yield new ColumnBatch(this.#name, group.rowOffset, group.numRows, fields, decoded);
          continue;
        }
        const rows = [Math.max(start - group.rowOffset, 0), Math.min(end - group.rowOffset, group.numRows)] as const;
        for await (const piece of readByPages(selection, group, rows, rowsAtOnce(group), memory)) {
          yield new ColumnBatch(this.#name, group.rowOffset + piece.firstRow, piece.numRows, fields, piece.columns);
        }
      }
    } finally {
      await next?.catch(() => {}); // it may still be writing there
      this.#idle = memory;
    }
  }
}

/** Bytes of text in a row of these columns, on average: as the file says, else as its pages are without compression. */
function textPerRow({ footer, schema, columns }: ParquetSelection, group: ParquetRowGroup): number {
  const text = columns.filter((column) => schema.fields[footer.columns.indexOf(column)]?.type === 'Utf8');
  if (text.length === 0) return 0;
  const bytes = chunksOf(openRowGroup(footer, group), text).map(({ struct }) => {
    const meta = structAt(struct, 3);
    const said = meta.has(SIZE_STATISTICS) ? numberAt(structAt(meta, SIZE_STATISTICS), 1) : undefined;
    return said ?? numberAt(meta, 6) ?? 0;
  });
  return bytes.reduce((sum, each) => sum + each, 0) / group.numRows;
}

const SIZE_STATISTICS = 16;

class ReadMemory {
  /** In turn: one that is being worked on, one that is being filled. */
  readonly scratch = [new Scratch(), new Scratch()] as const;
  readonly decoder: ColumnDecoder;
  readonly pages = new PageMemory();

  constructor(file: Omit<ParquetSelection, 'columns'>) {
    this.decoder = new ColumnDecoder(file);
  }
}
