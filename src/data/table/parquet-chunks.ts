import type { ByteSource } from '../../contracts/store.ts';
import { badParquet, type OpenRowGroup, type ParquetChunk, type ParquetColumn } from './parquet-footer.ts';

/** Chunks nearer than this are read with what lies between them: a request costs more than the bytes. */
const GAP_BYTES = 128 * 1024;

/** Bytes `[start, end)` of the file, and where they go in memory. */
interface Run {
  readonly start: number;
  readonly end: number;
  readonly at: number;
}

/** The column chunks of these columns in a row group, one per leaf. */
export function chunksOf(group: OpenRowGroup, columns: readonly ParquetColumn[]): ParquetChunk[] {
  return columns
    .flatMap((column) => column.leaves)
    .map((leaf) => {
      const chunk = group.chunks[leaf];
      if (!chunk) throw badParquet('lacks a column in a row group');
      return chunk;
    });
}

/** Plans few reads for many chunks. What is aligned to eight bytes in the file is so in memory, from `base` on. */
export function placeChunks(
  chunks: readonly ParquetChunk[],
  base: number,
): { readonly runs: readonly Run[]; readonly sizeBytes: number; readonly offsetOf: (chunk: ParquetChunk) => number } {
  const joined: { start: number; end: number }[] = [];
  for (const { start, end } of chunks.toSorted((a, b) => a.start - b.start)) {
    const last = joined.at(-1);
    if (last && start <= last.end + GAP_BYTES) last.end = Math.max(last.end, end);
    else joined.push({ start, end });
  }
  let sizeBytes = base;
  const runs = joined.map(({ start, end }) => {
    const at = sizeBytes + ((((start - sizeBytes) % 8) + 8) % 8);
    sizeBytes = at + end - start;
    return { start, end, at };
  });
  const offsetOf = ({ start, end }: ParquetChunk): number => {
    const run = runs.find((each) => start >= each.start && end <= each.end);
    return run ? run.at + start - run.start : base;
  };
  return { runs, sizeBytes, offsetOf };
}

export async function fetchChunks(source: ByteSource, runs: readonly Run[], into: Uint8Array): Promise<void> {
  await Promise.all(runs.map(({ start, end, at }) => readInto(source, start, into.subarray(at, at + end - start))));
}

export async function readInto(source: ByteSource, start: number, target: Uint8Array): Promise<void> {
  if (source.readInto) return source.readInto(start, target);
  target.set(await source.slice(start, start + target.length));
}

export function roomFor(scratch: Uint8Array, size: number): Uint8Array {
  return scratch.length >= size ? scratch.subarray(0, size) : new Uint8Array(size);
}
