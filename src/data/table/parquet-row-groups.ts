import type { ByteSource } from '../../contracts/store.ts';
import { ColumnBatch } from './batch.ts';
import type { Column } from './column.ts';
import { BATCH_ROWS, type BatchRequest } from './lazy-table.ts';
import { decodersFor } from './parquet-decode.ts';
import type { ParquetColumn, ParquetFooter, ParquetRowGroup } from './parquet-footer.ts';
import { readByPages } from './parquet-pages.ts';
import type { ParquetSchema } from './parquet-schema.ts';
import { sliceRowGroup } from './parquet-slice.ts';

/** A longer row group is read some pages at a time, so that memory does not grow with what the writer chose. */
const WHOLE_ROWS = 2 * BATCH_ROWS;

/** One batch a row group, or several of a long one. */
export async function* readRowGroups(
  name: string,
  source: ByteSource,
  footer: ParquetFooter,
  schema: ParquetSchema,
  request: BatchRequest,
): AsyncGenerator<ColumnBatch> {
  const { columns: names, start, end } = request;
  const columns = names.map((each) => footer.columns.find((column) => column.name === each) as ParquetColumn);
  const fields = columns.map((column) => schema.fields[footer.columns.indexOf(column)] as ParquetSchema['fields'][0]);
  const groups = footer.rowGroups.filter(
    ({ rowOffset, numRows }) => numRows > 0 && rowOffset < end && rowOffset + numRows > start,
  );
  const read = new WholeGroups(source, footer, columns, schema, groups);
  for (const [index, group] of groups.entries()) {
    if (group.numRows <= WHOLE_ROWS) {
      yield new ColumnBatch(name, group.rowOffset, group.numRows, fields, await read.group(index));
      continue;
    }
    const rows = [Math.max(start - group.rowOffset, 0), Math.min(end - group.rowOffset, group.numRows)] as const;
    for await (const piece of readByPages(source, footer, group, columns, schema, rows)) {
      yield new ColumnBatch(name, group.rowOffset + piece.firstRow, piece.numRows, fields, piece.columns);
    }
  }
}

/** Row groups read whole; the next one's bytes are on their way while a batch is worked on. */
class WholeGroups {
  readonly #source: ByteSource;
  readonly #footer: ParquetFooter;
  readonly #groups: readonly ParquetRowGroup[];
  readonly #decoders: ReturnType<typeof decodersFor>;
  /** Two files a decoder, in turn: one being decoded, one being filled. */
  readonly #scratch: [Uint8Array[], Uint8Array[]] = [[], []];
  #next: { readonly index: number; readonly files: Promise<Uint8Array[]> } | undefined;

  constructor(
    source: ByteSource,
    footer: ParquetFooter,
    columns: readonly ParquetColumn[],
    schema: ParquetSchema,
    groups: readonly ParquetRowGroup[],
  ) {
    this.#source = source;
    this.#footer = footer;
    this.#groups = groups;
    this.#decoders = decodersFor(columns, schema);
  }

  async group(index: number): Promise<Map<string, Column>> {
    const group = this.#groups[index] as ParquetRowGroup;
    const files = await (this.#next?.index === index ? this.#next.files : this.#fetch(index));
    const following = this.#groups[index + 1];
    if (following && following.numRows <= WHOLE_ROWS) {
      this.#next = { index: index + 1, files: this.#fetch(index + 1) };
      this.#next.files.catch(() => {}); // reported when awaited; a reader that stops before that never asks
    }
    const decoded = new Map<string, Column>();
    for (const [which, { columns, decode }] of this.#decoders.entries()) {
      const got = await decode(files[which] as Uint8Array, group.rowOffset, group.numRows);
      for (const [at, column] of columns.entries()) decoded.set(column.name, got[at] as Column);
    }
    return decoded;
  }

  #fetch(index: number): Promise<Uint8Array[]> {
    const group = this.#groups[index] as ParquetRowGroup;
    const kept = this.#scratch[(index % 2) as 0 | 1];
    return Promise.all(
      this.#decoders.map(async ({ columns, hint }, which) => {
        const room = kept[which] ?? new Uint8Array();
        const file = await sliceRowGroup(this.#source, this.#footer, group, columns, room, hint);
        if (file.length > room.length) kept[which] = file;
        return file;
      }),
    );
  }
}
