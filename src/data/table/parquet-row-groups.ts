import { ColumnBatch } from './batch.ts';
import { BATCH_ROWS, type BatchRequest } from './lazy-table.ts';
import { ColumnDecoder, fetchGroup, FetchScratch, type FetchedGroup, type ParquetSelection } from './parquet-decode.ts';
import type { ParquetColumn, ParquetRowGroup } from './parquet-footer.ts';
import { readByPages } from './parquet-pages.ts';
import type { ParquetSchema } from './parquet-schema.ts';

/** A longer row group is read some pages at a time, so that memory does not grow with what the writer chose. */
const WHOLE_ROWS = 2 * BATCH_ROWS;

/** One batch a row group, or several of a long one. The next row group's bytes are read while a batch is worked on. */
export async function* readRowGroups(
  name: string,
  file: Omit<ParquetSelection, 'columns'>,
  { columns: names, start, end }: BatchRequest,
): AsyncGenerator<ColumnBatch> {
  const { footer, schema } = file;
  const columns = names.map((each) => footer.columns.find((column) => column.name === each) as ParquetColumn);
  const fields = columns.map((column) => schema.fields[footer.columns.indexOf(column)] as ParquetSchema['fields'][0]);
  const groups = footer.rowGroups.filter(
    ({ rowOffset, numRows }) => numRows > 0 && rowOffset < end && rowOffset + numRows > start,
  );
  // In turn: one that is being worked on, one that is being filled.
  const scratch = [new FetchScratch(), new FetchScratch()] as const;
  const decoder = new ColumnDecoder(file);
  const fetch = (index: number): Promise<FetchedGroup> => {
    const fetched = fetchGroup({ ...file, columns }, groups[index] as ParquetRowGroup, scratch[(index % 2) as 0 | 1]);
    fetched.catch(() => {}); // reported when awaited; a reader that stops before that never asks
    return fetched;
  };

  let next = isWhole(groups[0]) ? fetch(0) : undefined;
  for (const [index, group] of groups.entries()) {
    const fetched = await next;
    next = isWhole(groups[index + 1]) ? fetch(index + 1) : undefined;
    if (fetched) {
      yield new ColumnBatch(name, group.rowOffset, group.numRows, fields, await fetched.decode(decoder));
      continue;
    }
    const rows = [Math.max(start - group.rowOffset, 0), Math.min(end - group.rowOffset, group.numRows)] as const;
    for await (const piece of readByPages({ ...file, columns }, group, rows)) {
      yield new ColumnBatch(name, group.rowOffset + piece.firstRow, piece.numRows, fields, piece.columns);
    }
  }
}

function isWhole(group: ParquetRowGroup | undefined): boolean {
  return group !== undefined && group.numRows <= WHOLE_ROWS;
}
