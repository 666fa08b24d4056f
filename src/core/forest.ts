import { RidgelineError } from '../contracts/errors.ts';
import type { Arena } from './arena.ts';
import type { Kernels } from './kernels.ts';

/** Kinds of statistics, as the core numbers them. */
export const COLUMNS = 0;
export const MOMENTS = 1;
export const SUMS = 2;
export const PAIRS = 3;

const HEADER_BYTES = 32;

/**
 * Statistics of aligned chunks of rows between two calls of the core: plain bytes, so they can be saved and sent. The layout
 * is that of `assembly/linalg/forest.ts`; only the nodes in use are kept.
 */
export class Forest {
  readonly #kernels: Kernels;
  readonly #arena: Arena;
  readonly #nodeBytes: number;
  /** Where the statistics lie between two calls, longer than they are: memory made anew for each call costs more than the call. */
  #kept: Uint8Array;
  #length = HEADER_BYTES;

  constructor(kernels: Kernels, arena: Arena, kind: number, width: number, firstChunk: number) {
    this.#kernels = kernels;
    this.#arena = arena;
    this.#nodeBytes = kernels.rl_forest_bytes(kind, width, 1) - HEADER_BYTES;
    this.#kept = arena.scope(() => {
      const forest = arena.bytes(HEADER_BYTES);
      kernels.rl_forest_init(forest, kind, width, 1, firstChunk);
      return arena.takeBytes(forest, HEADER_BYTES);
    });
  }

  /** Lets `work` push `chunks` more chunks to the forest, in memory for that long. */
  update(chunks: number, work: (forest: number) => void): void {
    // One node a level at most remains of the new ones, twice that when the first is not at the start of a pair.
    this.#grow(2 * Math.ceil(Math.log2(chunks + 1)) + 2, work);
  }

  #grow(nodes: number, work: (forest: number) => void): void {
    const capacity = used(this.#kept) + nodes;
    const most = HEADER_BYTES + capacity * this.#nodeBytes;
    this.#arena.scope(() => {
      const forest = this.#arena.putBytes(this.#bytes, most);
      new DataView(this.#kernels.memory.buffer).setInt32(forest + 8, capacity, true);
      work(forest);
      this.#length = HEADER_BYTES + this.#arena.i32(forest + 4) * this.#nodeBytes;
      if (this.#length > this.#kept.length) this.#kept = new Uint8Array(most);
      this.#kept.set(new Uint8Array(this.#kernels.memory.buffer, forest, this.#length));
    });
  }

  /** Takes in statistics saved elsewhere, of the rows that follow directly. */
  append(bytes: Uint8Array): void {
    this.#grow(used(bytes), (forest) => {
      if (this.#kernels.rl_forest_append(forest, this.#arena.putBytes(bytes)) !== 0) {
        throw new RidgelineError('CORE_STATE', 'usage', 'fit: states of row ranges must be appended in row order');
      }
    });
  }

  /** Calls `work` with the forest in memory, unchanged. */
  read<T>(work: (forest: number) => T): T {
    return this.#arena.scope(() => work(this.#arena.putBytes(this.#bytes)));
  }

  /** Statistics of all rows, as one node; `work` reads them in place. */
  fold<T>(work: (node: number) => T): T {
    return this.read((forest) => {
      const node = this.#arena.bytes(this.#nodeBytes);
      if (this.#kernels.rl_forest_fold(forest, node) !== 0) throw emptyInput();
      return work(node);
    });
  }

  save(): Uint8Array {
    return this.#bytes.slice();
  }

  get #bytes(): Uint8Array {
    return this.#kept.subarray(0, this.#length);
  }

  /** Rows so far, of a forest that starts with the first of them. */
  get rows(): number {
    const header = new DataView(this.#kept.buffer);
    const [chunkRows, ragged] = [this.#kernels.rl_chunk_rows(), header.getInt32(24, true)];
    return this.nextChunk * chunkRows - (ragged > 0 ? chunkRows - ragged : 0);
  }

  /** Index of the chunk that follows. */
  get nextChunk(): number {
    return new DataView(this.#kept.buffer).getInt32(20, true);
  }
}

function used(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getInt32(4, true);
}

export function emptyInput(): RidgelineError {
  return new RidgelineError('EMPTY_INPUT', 'content', 'fit: expected at least one row, got none');
}
