import type { ByteSource } from '../../contracts/store.ts';
import type { Column } from './column.ts';
import { badParquet, numberAt, structAt, type ParquetChunk, type ParquetColumn } from './parquet-footer.ts';
import { fetchChunks, placeChunks, type Scratch } from './parquet-chunks.ts';
import { readPrefix, ThriftType, type ThriftValue } from './thrift.ts';

const PLAIN = 0;
const RLE = 3;
const UNCOMPRESSED = 0;
const DATA_PAGE = 0;

/** True for doubles, none missing, that lie in the file as they are: what `parquet-plain-write` makes, and others can. */
export function isPlain(column: ParquetColumn, chunk: ParquetChunk): boolean {
  const meta = structAt(chunk.struct, 3);
  const encodings = meta.get(2);
  return (
    column.isDouble &&
    !column.nullable &&
    numberAt(meta, 4) === UNCOMPRESSED &&
    encodings?.type === ThriftType.List &&
    encodings.value.every((encoding) => isOneOf(encoding, PLAIN, RLE))
  );
}

/**
 * Reads plain columns of one row group, and gives them as views on what was read wherever the values are aligned there.
 *
 * @param scratch holds the bytes; the columns live as long as it is left alone
 */
export async function readPlain(
  source: ByteSource,
  chunks: readonly ParquetChunk[],
  numRows: number,
  scratch: Scratch,
): Promise<readonly Column[]> {
  const { runs, sizeBytes, offsetOf } = placeChunks(chunks, 0);
  const bytes = scratch.room(sizeBytes);
  await fetchChunks(source, runs, bytes);
  return chunks.map((chunk): Column => {
    const at = offsetOf(chunk);
    return { kind: 'float64', values: pageValues(bytes.subarray(at, at + chunk.end - chunk.start), numRows) };
  });
}

/** The values of a chunk's pages. */
function pageValues(chunk: Uint8Array, numRows: number): Float64Array {
  let values: Float64Array | undefined;
  let row = 0;
  for (let at = 0; row < numRows;) {
    const header = readPrefix(chunk.subarray(at));
    const page = header?.value.get(5);
    if (!header || numberAt(header.value, 1) !== DATA_PAGE || page?.type !== ThriftType.Struct || !('value' in page)) {
      throw badParquet('a page header cannot be read');
    }
    const rows = numberAt(page.value, 1) ?? -1;
    const sizeBytes = numberAt(header.value, 3);
    const start = at + header.end;
    at = start + 8 * rows;
    if (rows < 0 || row + rows > numRows || sizeBytes !== 8 * rows || at > chunk.length) {
      throw badParquet('a page is not as long as it says');
    }
    if (rows === numRows && (chunk.byteOffset + start) % 8 === 0) {
      return new Float64Array(chunk.buffer, chunk.byteOffset + start, numRows);
    }
    values ??= new Float64Array(numRows);
    new Uint8Array(values.buffer).set(chunk.subarray(start, at), 8 * row);
    row += rows;
  }
  return values ?? new Float64Array();
}

function isOneOf(value: ThriftValue, ...allowed: readonly number[]): boolean {
  return 'value' in value && typeof value.value === 'number' && allowed.includes(value.value);
}
