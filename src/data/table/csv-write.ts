import { open, rm } from 'node:fs/promises';
import type { Table } from '../../contracts/table.ts';
import { columnsOf, type ColumnBatch } from './batch.ts';
import { cellsOf, textField, type Cells } from './csv-format.ts';
import type { WrittenTable } from './written-table.ts';

/** Where bytes go, in order; `write` resolves when the sink can take more. */
export interface ByteSink {
  write(bytes: Uint8Array): Promise<void>;
}

/** Rows made into text at a time, fewer of long texts: what a line is put together from then fits into the processor's cache. */
const ROWS_AT_ONCE = 512;
const TEXT_AT_ONCE = 64 * 1024;

/** What was written; nobody asks for the hash of a CSV. */
type WrittenCsv = Omit<WrittenTable, 'sha256'>;

/**
 * Streams a table as CSV (RFC 4180, LF): numbers as the shortest decimal that reads back to the same double, missing
 * values empty, text in quotes where it must be, dates as ISO 8601. The same bytes for the same table everywhere.
 */
export async function writeCsv(
  table: Table,
  sink: ByteSink,
  options: { signal?: AbortSignal } = {},
): Promise<WrittenCsv> {
  let sizeBytes = 0;
  let numRows = 0;
  let written = Promise.resolve();
  // One piece is on its way to the sink while the next is made. Their memory is used again: left to the collector, it grows.
  let [free, taken] = [Buffer.alloc(0), Buffer.alloc(0)];
  const write = async (text: string): Promise<void> => {
    if (free.length < 3 * text.length) free = Buffer.allocUnsafeSlow(4 * text.length);
    const bytes = free.subarray(0, free.write(text));
    [free, taken] = [taken, free];
    sizeBytes += bytes.length;
    await written;
    written = sink.write(bytes);
    written.catch(() => {}); // reported by the next `await written`
  };

  const names = table.columnNames;
  // The header goes out with the first rows: a table that cannot be read leaves nothing behind.
  let header = `${names.map(textField).join(',')}\n`;
  for await (const each of table.batches()) {
    options.signal?.throwIfAborted();
    const batch = columnsOf(each, table.name);
    const rowsAtOnce = Math.min(ROWS_AT_ONCE, Math.ceil((TEXT_AT_ONCE * batch.numRows) / textBytes(batch)));
    for (let from = 0; from < batch.numRows; from += rowsAtOnce) {
      const rows = batch.slice(from, Math.min(from + rowsAtOnce, batch.numRows));
      const cells = names.map((name) => cellsOf(rows.column(name), name, table.name));
      await write(header + formatRows(cells, rows.numRows));
      header = '';
    }
    numRows += batch.numRows;
  }
  if (header !== '') await write(header);
  await written;
  return { format: 'csv', sizeBytes, numRows, fields: table.fields };
}

/** `writeCsv` into a local file, which is removed when anything fails. Making it durable is for who publishes it. */
export async function writeCsvFile(
  table: Table,
  path: string,
  options: { signal?: AbortSignal } = {},
): Promise<WrittenCsv> {
  const file = await open(path, 'w');
  try {
    const sink = {
      async write(bytes: Uint8Array): Promise<void> {
        for (let done = 0; done < bytes.length;) done += (await file.write(bytes, done)).bytesWritten;
      },
    };
    return await writeCsv(table, sink, options);
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

function textBytes(batch: ColumnBatch): number {
  return batch.fields.reduce((sum, { name }) => {
    const column = batch.column(name);
    return column.kind === 'text' ? sum + column.values.sizeBytes : sum;
  }, 0);
}

function formatRows(cells: readonly Cells[], numRows: number): string {
  const lines: string[] = [];
  // Doubles alone, in an array of doubles: V8's JSON writes those in half the time of a join, by the same algorithm.
  const numbers = cells.every((column) => column instanceof Float64Array);
  const line: (number | string)[] = cells.map((column) => (numbers ? 0.5 : (column[0] as number | string)));
  for (let row = 0; row < numRows; row++) {
    for (let index = 0; index < cells.length; index++) line[index] = (cells[index] as Cells)[row] as number | string;
    const text = numbers ? JSON.stringify(line).slice(1, -1) : line.join(',');
    lines.push(text === '' ? '""' : text); // one empty field would be a blank line, which readers skip
  }
  return `${lines.join('\n')}\n`;
}
