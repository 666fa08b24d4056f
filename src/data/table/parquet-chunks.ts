import type { ByteSource } from '../../contracts/store.ts';
import {
  badParquet,
  numberAt,
  structAt,
  type OpenRowGroup,
  type ParquetChunk,
  type ParquetColumn,
} from './parquet-footer.ts';

/** Chunks nearer than this are read with what lies between them: a request costs more than the bytes. */
const GAP_BYTES = 128 * 1024;

/** Bytes `[start, end)` of the file, and where they go in memory. */
interface Run {
  readonly start: number;
  readonly end: number;
  readonly at: number;
}

/** The chunks of these columns in a row group, one per leaf. */
export function chunksOf(group: OpenRowGroup, columns: readonly ParquetColumn[]): ParquetChunk[] {
  return columns
    .flatMap((column) => column.leaves)
    .map((leaf) => {
      const chunk = group.chunks[leaf];
      if (!chunk) throw badParquet('it lacks a column in a row group');
      return chunk;
    });
}

/** Whether its pages are compressed. */
export function isPacked({ struct }: ParquetChunk): boolean {
  return numberAt(structAt(struct, 3), 4) !== 0;
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

/** Memory to be used again and again: first touch of memory costs more than what is read into it. */
export class Scratch {
  #bytes: Uint8Array = new Uint8Array();

  /** `size` bytes, aligned to eight; what was in them before is overwritten. */
  room(size: number): Uint8Array {
    // Row groups differ a little in length: with some room to spare, the largest is not made step by step.
    if (this.#bytes.length < size) this.#bytes = new Uint8Array(Math.ceil(size * 1.125));
    return this.#bytes.subarray(0, size);
  }
}
