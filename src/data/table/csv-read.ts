import { RidgelineError } from '../../contracts/errors.ts';
import type { ByteSource } from '../../contracts/store.ts';
import type { Field, Table, TableRef } from '../../contracts/table.ts';
import { ColumnBatch } from './batch.ts';
import { isNumberOrMissing, parseNumber } from './csv-number.ts';
import type { Column } from './column.ts';
import { TextGather } from './text.ts';
import { readPlainNumbers } from './csv-plain.ts';
import { fieldText, readHeader, readRecords, type CsvBlock, type CsvHeader } from './csv-records.ts';
import { BATCH_ROWS, LazyTable, TEXT_BYTES, type BatchRequest } from './lazy-table.ts';
import type { Place } from './parquet-read.ts';
import { notNumeric } from './table-errors.ts';

/** A smaller file is read whole: as doubles it takes four times this at most. */
const SMALL_BYTES = 8 * 1024 * 1024;

export interface CsvOptions {
  readonly name: string;
  readonly ref?: TableRef | undefined;
  /** Where the bytes are, so that other threads can read ranges of them. */
  readonly place?: Place | undefined;
  /** Types told instead of found; a column told to be `Float64` that has text is an error when it is read. */
  readonly types?: Readonly<Record<string, 'Float64' | 'Utf8'>> | undefined;
}

/** What one look at a whole CSV file finds out: types, length, and where each run of rows begins. */
interface CsvLayout {
  readonly fields: readonly Field[];
  readonly numRows: number;
  /** Byte offset of every `BATCH_ROWS`-th row, so that a range of rows is found without reading what is before it. */
  readonly offsets: readonly number[];
}

/**
 * Opens a CSV file: UTF-8, a header, comma-separated as RFC 4180 has it.
 *
 * The whole file is looked through once before a row is handed out, for a column is numeric when *all* its values are
 * numbers or missing. That pass makes no values and keeps 8 bytes per 65,536 rows, so it is cheap and bounded for a file
 * of any length.
 *
 * In a numeric column the empty field, `NA`, `NaN`, `null` and pandas' other defaults are missing (NaN). In a text column
 * only the empty field without quotes is missing (null). `inf` is a number, for the gate to refuse.
 *
 * @throws {RidgelineError} content: EMPTY_FILE, EMPTY_TABLE (a header alone), NO_HEADER, NO_COMMAS, DUPLICATE_COLUMN,
 *   RAGGED_ROW, BAD_QUOTE, BAD_ENCODING, BAD_LINE_ENDS, UNKNOWN_COLUMN; and what the source throws.
 */
export async function readCsv(source: ByteSource, options: CsvOptions): Promise<Table> {
  const { name, ref, place } = options;
  const types = new Map(Object.entries(options.types ?? {}));
  if (ref?.rowStarts !== undefined) {
    const { fields, numRows, sizeBytes, rowStarts: offsets } = ref;
    if (source.byteLength !== sizeBytes) throw changedSince(name);
    return rowsOf(source, name, { fields, numRows, offsets }, ref);
  }
  const header = await readHeader(source, name);
  const unknown = [...types.keys()].find((column) => !header.names.includes(column));
  if (unknown !== undefined) {
    throw new RidgelineError('UNKNOWN_COLUMN', 'content', `${name}: no column "${unknown}" to give a type to`);
  }
  const small = await readSmall(source, header, options);
  if (small) return small;
  const layout = await lookThrough(source, name, header, types);
  if (layout.numRows === 0) {
    throw new RidgelineError('EMPTY_TABLE', 'content', `${name}: expected rows, got a header alone`, {
      remedy: 'check how the file was made; its first line is all there is',
      position: { file: name },
    });
  }
  const { fields, numRows, offsets: rowStarts } = layout;
  const found = { format: 'csv', sizeBytes: source.byteLength, sha256: '', numRows, fields, rowStarts } as const;
  return rowsOf(source, name, layout, ref ?? (place && { ...place, ...found }));
}

function rowsOf(source: ByteSource, name: string, layout: CsvLayout, ref: TableRef | undefined): Table {
  const { fields, numRows } = layout;
  return new LazyTable({ name, fields, numRows, ref, read: (request) => readBatches(source, name, layout, request) });
}

/** A small file of numbers, which is common, in one pass and in memory: half the time of looking first. */
async function readSmall(source: ByteSource, header: CsvHeader, options: CsvOptions): Promise<Table | undefined> {
  const { name, types, ref } = options;
  if (source.byteLength > SMALL_BYTES || types) return undefined;
  const { buffer, byteOffset, byteLength } = await source.slice(0);
  const { names, dataOffset } = header;
  const columns = readPlainNumbers(Buffer.from(buffer, byteOffset, byteLength), dataOffset, names.length);
  if (!columns) return undefined;
  const numRows = columns[0]?.length ?? 0;
  const fields = names.map((column): Field => ({ name: column, type: 'Float64', nullable: false }));
  const values = new Map(
    columns.map((each, index) => [names[index] as string, { kind: 'float64', values: each } as const]),
  );
  const whole = new ColumnBatch(name, 0, numRows, fields, values);
  return new LazyTable({ name, fields, numRows, ref, read: ({ columns: wanted }) => [whole.select(wanted)] });
}

async function lookThrough(
  source: ByteSource,
  name: string,
  header: CsvHeader,
  types: ReadonlyMap<string, 'Float64' | 'Utf8'>,
): Promise<CsvLayout> {
  const width = header.names.length;
  const firstText = header.names.map((): Field['firstText'] => undefined);
  let open = header.names.flatMap((column, index) => (types.has(column) ? [] : [index]));
  const offsets: number[] = [];
  let numRows = 0;
  for await (const block of readRecords(source, name, width, { byteOffset: header.dataOffset, rowOffset: 0 })) {
    const { bytes, spans, records, rowOffset } = block;
    for (let row = (BATCH_ROWS - (rowOffset % BATCH_ROWS)) % BATCH_ROWS; row < records; row += BATCH_ROWS) {
      const [start, end] = [spans[2 * row * width] as number, spans[2 * row * width + 1] as number];
      offsets.push(block.byteOffset + start - (end < 0 ? 1 : 0));
    }
    for (let row = 0; row < records; row++) {
      for (const column of open) {
        const at = 2 * (row * width + column);
        const start = spans[at] as number;
        const end = spans[at + 1] as number;
        if (isNumberOrMissing(bytes, start, end < 0 ? ~end : end)) continue;
        firstText[column] = { row: rowOffset + row + 1, value: fieldText(bytes, start, end) };
        open = open.filter((each) => each !== column);
      }
    }
    numRows = rowOffset + records;
  }
  const fields = header.names.map((column, index): Field => {
    const text = firstText[index];
    if (text) return { name: column, type: 'Utf8', nullable: true, firstText: text };
    const type = types.get(column) ?? 'Float64';
    return { name: column, type, nullable: type === 'Utf8' };
  });
  return { fields, numRows, offsets };
}

/**
 * Batches of `BATCH_ROWS` rows, fewer if so asked or where texts are long, from the run that holds `start` on. Numbers and
 * text are read into the same memory each time.
 */
async function* readBatches(
  source: ByteSource,
  name: string,
  { fields, numRows, offsets }: CsvLayout,
  { columns, start, end, batchRows }: BatchRequest,
): AsyncGenerator<ColumnBatch> {
  const run = Math.floor(start / BATCH_ROWS);
  const stop = Math.min(end, numRows);
  const most = Math.min(batchRows, BATCH_ROWS);
  const wanted = columns.map((column) => fields.find((field) => field.name === column) as Field);
  const numbers = wanted.map(() => new Float64Array(Math.min(most, numRows)));
  const texts = wanted.map(() => new TextGather());
  let first = run * BATCH_ROWS;
  let filled = 0;

  const take = (): ColumnBatch => {
    const batch = new Map<string, Column>();
    for (const [index, { name: column, type }] of wanted.entries()) {
      const values = (numbers[index] as Float64Array).subarray(0, filled);
      const text = texts[index] as TextGather;
      batch.set(column, type === 'Float64' ? { kind: 'float64', values } : { kind: 'text', values: text.take() });
    }
    return new ColumnBatch(name, first, filled, wanted, batch);
  };

  const from = { byteOffset: offsets[run] as number, rowOffset: first };
  for await (const block of readRecords(source, name, fields.length, from)) {
    for (let record = 0; record < block.records;) {
      const rows = Math.min(block.records - record, most - filled, stop - first - filled);
      for (const [index, field] of wanted.entries()) {
        const cells = { block, record, rows, column: fields.indexOf(field), width: fields.length };
        if (field.type === 'Utf8') readTexts(cells, texts[index] as TextGather);
        else readNumbers(cells, (numbers[index] as Float64Array).subarray(filled), name, field);
      }
      record += rows;
      filled += rows;
      const textBytes = texts.reduce((sum, text) => sum + text.sizeBytes, 0);
      if (filled < most && first + filled < stop && textBytes < TEXT_BYTES * most) continue;
      yield take();
      first += filled;
      filled = 0;
      if (first >= stop) return;
    }
  }
}

const QUOTE = 34;

/** Some rows of one column of a block. */
interface Cells {
  readonly block: CsvBlock;
  readonly record: number;
  readonly rows: number;
  readonly column: number;
  readonly width: number;
}

/** @throws {RidgelineError} NOT_NUMERIC: only in a column whose type was told, not found. */
function readNumbers(
  { block, record, rows, column, width }: Cells,
  out: Float64Array,
  name: string,
  field: Field,
): void {
  const { bytes, spans } = block;
  for (let row = 0, at = 2 * (record * width + column); row < rows; row++, at += 2 * width) {
    const start = spans[at] as number;
    const end = spans[at + 1] as number;
    const value = parseNumber(bytes, start, end < 0 ? ~end : end);
    if (value === undefined) {
      throw notNumeric(name, field, block.rowOffset + record + row, [fieldText(bytes, start, end)]);
    }
    out[row] = value;
  }
}

function readTexts({ block, record, rows, column, width }: Cells, out: TextGather): void {
  const { bytes, spans } = block;
  for (let row = 0, at = 2 * (record * width + column); row < rows; row++, at += 2 * width) {
    const start = spans[at] as number;
    const end = spans[at + 1] as number;
    if (start === end) out.pushMissing();
    else if (end >= 0) out.push(bytes, start, end);
    else if (bytes.indexOf(QUOTE, start) === ~end) out.push(bytes, start, ~end);
    else {
      const text = Buffer.from(fieldText(bytes, start, end));
      out.push(text, 0, text.length);
    }
  }
}

function changedSince(name: string): RidgelineError {
  return new RidgelineError('FILE_CHANGED', 'store', `${name}: it was changed while it was read`, {
    remedy: 'run the command again when nothing writes to it',
    position: { file: name },
  });
}
