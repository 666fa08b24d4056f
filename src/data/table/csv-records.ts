import { isUtf8 } from 'node:buffer';
import { RidgelineError } from '../../contracts/errors.ts';
import type { ByteSource } from '../../contracts/store.ts';
import { scanRecords, Spans, type CsvScan } from './csv-scan.ts';

/** Bytes read at a time, and so most of the memory a CSV of any length takes. */
const READ_BYTES = 1024 * 1024;
/** A longer record is taken for a quote that was opened and never closed. */
const MAX_RECORD_BYTES = 16 * 1024 * 1024;

const LF = 10;
const CR = 13;

/** Some whole records. `bytes` and `spans` are good until the next block is asked for. */
export interface CsvBlock {
  readonly bytes: Buffer;
  /** `[start, end)` of each field, record by record; a quoted field has its end negated (`~end`). */
  readonly spans: Int32Array;
  readonly records: number;
  /** Index of the first record among the data rows, from 0. */
  readonly rowOffset: number;
  /** Where `bytes` begins in the file. */
  readonly byteOffset: number;
}

/** The first record of a file, and where the rows begin. */
export interface CsvHeader {
  readonly names: readonly string[];
  readonly dataOffset: number;
}

/**
 * Reads the header.
 *
 * @throws {RidgelineError} EMPTY_FILE; NO_HEADER for a first line of numbers; DUPLICATE_COLUMN; BAD_ENCODING; NO_COMMAS;
 *   BAD_LINE_ENDS.
 */
export async function readHeader(source: ByteSource, name: string): Promise<CsvHeader> {
  for (let size = READ_BYTES; ; size *= 4) {
    const all = size >= source.byteLength;
    const read = asBuffer(await source.slice(0, Math.min(size, source.byteLength)));
    refuseBinary(read, name);
    if (read.includes(CR) && !read.includes(LF)) throw badLineEnds(name);
    const bom = read[0] === 0xef && read[1] === 0xbb && read[2] === 0xbf ? 3 : 0;
    const bytes = read.subarray(bom);
    const spans = new Spans();
    const scan = scanRecords(bytes, spans, { width: 0, final: all, maxRecords: 1 });
    if (scan.fault) throw recordFault(name, scan, 0, 0);
    if (scan.records === 0 && !all && size < MAX_RECORD_BYTES) continue;
    if (scan.records === 0) throw emptyFile(name);
    const names = Array.from({ length: scan.fields }, (_, column) => {
      const text = fieldText(bytes, spans.values[2 * column] as number, spans.values[2 * column + 1] as number);
      return text === '' ? `Unnamed: ${column}` : text; // as pandas names the index column it writes
    });
    if (!isUtf8(bytes.subarray(0, scan.consumed))) throw badEncoding(name, 'the header is not UTF-8');
    if (names.length === 1 && spans.values[1]! >= 0) refuseSeparator(name, names[0] as string);
    checkNames(name, names);
    return { names, dataOffset: bom + scan.consumed };
  }
}

/**
 * All records from a place in the file on, in blocks.
 *
 * @param from where a record begins, and which data row it is
 * @throws {RidgelineError} RAGGED_ROW, BAD_QUOTE, BAD_ENCODING, each with its row.
 */
export async function* readRecords(
  source: ByteSource,
  name: string,
  width: number,
  from: { readonly byteOffset: number; readonly rowOffset: number },
): AsyncGenerator<CsvBlock> {
  const spans = new Spans();
  let { byteOffset, rowOffset } = from;
  let buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, source.byteLength - byteOffset));
  let kept = 0; // bytes of an unfinished record, at the start of the buffer
  while (byteOffset + kept < source.byteLength) {
    const size = Math.min(buffer.length - kept, source.byteLength - byteOffset - kept);
    await readInto(source, byteOffset + kept, buffer.subarray(kept, kept + size));
    const bytes = buffer.subarray(0, kept + size);
    const final = byteOffset + bytes.length >= source.byteLength;
    const scan = scanRecords(bytes, spans, { width, final, maxRecords: Infinity });
    const block = { bytes, spans: spans.values, records: scan.records, rowOffset, byteOffset };
    if (!isUtf8(bytes.subarray(0, scan.consumed)))
      throw badEncoding(name, `not UTF-8 at row ${rowNotUtf8(block, width)}`);
    if (scan.records > 0) yield block;
    if (scan.fault) throw recordFault(name, scan, rowOffset + scan.records + 1, width);
    rowOffset += scan.records;
    byteOffset += scan.consumed;
    kept = bytes.length - scan.consumed;
    if (final) return;
    bytes.copyWithin(0, scan.consumed);
    if (kept < buffer.length) continue;
    if (kept >= MAX_RECORD_BYTES) throw recordTooLong(name, rowOffset + 1);
    const larger = Buffer.allocUnsafe(2 * buffer.length);
    buffer.copy(larger, 0, 0, kept);
    buffer = larger;
  }
}

/** The text of a field; quotes that were doubled are single again. */
export function fieldText(bytes: Buffer, start: number, end: number): string {
  if (end >= 0) return bytes.toString('utf8', start, end);
  const text = bytes.toString('utf8', start, ~end);
  return text.includes('"') ? text.replaceAll('""', '"') : text;
}

async function readInto(source: ByteSource, start: number, target: Buffer): Promise<void> {
  if (source.readInto) return source.readInto(start, target);
  target.set(await source.slice(start, start + target.length));
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function refuseBinary(bytes: Buffer, name: string): void {
  const starts: [string, string, string][] = [
    ['PK\x03\x04', 'a zip archive or spreadsheet', 'save it as CSV'],
    ['\x1f\x8b', 'gzip-compressed', 'unpack it first, with gunzip'],
    ['PAR1', 'a Parquet file', 'give it the extension .parquet'],
    ['\xff\xfe', 'UTF-16 text', 'convert it: iconv -f UTF-16 -t UTF-8'],
    ['\xfe\xff', 'UTF-16 text', 'convert it: iconv -f UTF-16 -t UTF-8'],
  ];
  const start = bytes.toString('latin1', 0, 4);
  const found = starts.find(([magic]) => start.startsWith(magic));
  if (found) throw badEncoding(name, `expected CSV, got ${found[1]}`, found[2]);
  if (bytes.subarray(0, 65_536).includes(0)) throw badEncoding(name, 'expected CSV, got binary data');
}

/** One name, without quotes, that has what other files have between columns: every column would be one text. */
function refuseSeparator(name: string, header: string): void {
  const separator = /[;\t|]/.exec(header)?.[0];
  if (separator === undefined) return;
  const message = `${name}: expected commas between columns, got ${JSON.stringify(separator)} in the first line`;
  throw new RidgelineError('NO_COMMAS', 'content', message, {
    remedy: 'save it with commas, and numbers with a decimal point; one column of such a name has it in quotes',
    position: { file: name, row: 0 },
  });
}

function checkNames(name: string, names: readonly string[]): void {
  if (names.every((each) => each.trim() !== '' && Number.isFinite(Number(each)))) {
    const message = `${name}: the first line must name the columns, got numbers`;
    const remedy = `put a line with ${names.length} names on top`;
    throw new RidgelineError('NO_HEADER', 'content', message, { remedy, position: { file: name, row: 0 } });
  }
  const twice = names.find((each, index) => names.indexOf(each) !== index);
  if (twice === undefined) return;
  throw new RidgelineError('DUPLICATE_COLUMN', 'content', `${name}: column "${twice}" is in the header twice`, {
    remedy: 'rename one of the two in the first line',
    position: { file: name, column: twice, row: 0 },
  });
}

function recordFault(name: string, { fault }: CsvScan, row: number, width: number): RidgelineError {
  const where = row === 0 ? 'the header' : `row ${row}`;
  const position = { file: name, row };
  if (fault?.kind === 'ragged') {
    const message = `${name}: ${where} must have ${width} fields like the header, got ${fault.fields}`;
    const remedy = 'correct that line; a value with a comma in it must be in quotes';
    return new RidgelineError('RAGGED_ROW', 'content', message, { remedy, position });
  }
  const column = (fault?.column ?? 0) + 1;
  const what = fault?.kind === 'quote' ? 'a quote is opened and not closed' : 'text follows a closing quote';
  return new RidgelineError('BAD_QUOTE', 'content', `${name}: ${what} in ${where}, field ${column}`, {
    remedy: 'close the quote; a quote inside a quoted value is written twice',
    position,
  });
}

function recordTooLong(name: string, row: number): RidgelineError {
  const message = `${name}: row ${row} is longer than ${MAX_RECORD_BYTES / 1024 / 1024} MiB`;
  const remedy = 'look for a quote that is opened and not closed';
  return new RidgelineError('BAD_QUOTE', 'content', message, { remedy, position: { file: name, row } });
}

/** The first row with bytes that are no UTF-8, in a block that has one: what no field holds is ASCII. */
function rowNotUtf8({ bytes, spans, records, rowOffset }: CsvBlock, width: number): number {
  for (let at = 0; at < records * width; at++) {
    const [start, end] = [spans[2 * at] as number, spans[2 * at + 1] as number];
    if (!isUtf8(bytes.subarray(start, end < 0 ? ~end : end))) return rowOffset + Math.floor(at / width) + 1;
  }
  return rowOffset + records + 1; // in the record that has another fault
}

function badLineEnds(name: string): RidgelineError {
  const message = `${name}: expected lines that end with LF or CR LF, got CR alone, as on old Macs`;
  return new RidgelineError('BAD_LINE_ENDS', 'content', message, {
    remedy: "convert them: tr '\\r' '\\n'",
    position: { file: name },
  });
}

function emptyFile(name: string): RidgelineError {
  const message = `${name}: expected CSV with a header, got an empty file`;
  return new RidgelineError('EMPTY_FILE', 'content', message, {
    remedy: 'check how the file was made; it holds no line',
    position: { file: name },
  });
}

function badEncoding(
  name: string,
  what: string,
  remedy = 'convert it to UTF-8, for instance with iconv',
): RidgelineError {
  return new RidgelineError('BAD_ENCODING', 'content', `${name}: ${what}`, { remedy, position: { file: name } });
}
