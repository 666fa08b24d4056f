import { RidgelineError } from '../contracts/errors.ts';

/** Called with whole chunks, or with the last rows: `fill(j, block)` writes column j of the rows into `block`. */
export type ChunkSink = (rows: number, fill: (column: number, block: Float64Array) => void) => void;

/**
 * Cuts blocks of any length into runs of whole chunks. Rows of an unfinished chunk are kept until it is full, or until
 * `flush`: so the core sees the same chunks however the rows came.
 */
export class ChunkFeed {
  readonly #chunkRows: number;
  readonly #maxRows: number;
  readonly #width: number;
  readonly #sink: ChunkSink;
  readonly #tail: Float64Array[] = [];
  #tailRows = 0;

  /** @param maxRows most rows handed to the sink at once; a multiple of `chunkRows` */
  constructor(width: number, chunkRows: number, maxRows: number, sink: ChunkSink) {
    this.#width = width;
    this.#chunkRows = chunkRows;
    this.#maxRows = maxRows;
    this.#sink = sink;
  }

  /** Takes rows of `width` columns of equal length. */
  push(columns: readonly ArrayLike<number>[]): void {
    const n = columns[0]?.length ?? 0;
    if (columns.length !== this.#width || columns.some((column) => column.length !== n))
      throw this.#shapeError(columns);
    let from = 0;
    while (this.#tailRows + n - from >= this.#chunkRows) {
      const available = this.#tailRows + n - from;
      const rows = Math.min(this.#maxRows, available - (available % this.#chunkRows));
      const take = rows - this.#tailRows;
      this.#emit(rows, columns, from, take);
      from += take;
    }
    if (from < n) this.#keep(columns, from, n);
  }

  /** Hands over the rows of the unfinished chunk; nothing may follow. */
  flush(): void {
    if (this.#tailRows > 0) this.#emit(this.#tailRows, [], 0, 0);
  }

  /** Columns of the rows of the unfinished chunk. */
  get tail(): readonly Float64Array[] {
    return this.#tail.map((column) => column.subarray(0, this.#tailRows));
  }

  #emit(rows: number, columns: readonly ArrayLike<number>[], from: number, take: number): void {
    const tailRows = this.#tailRows;
    this.#sink(rows, (j, block) => {
      if (tailRows > 0) block.set(this.#tail[j]!.subarray(0, tailRows));
      if (take > 0) block.set(slice(columns[j]!, from, from + take), tailRows);
    });
    this.#tailRows = 0;
  }

  #keep(columns: readonly ArrayLike<number>[], from: number, n: number): void {
    for (let j = 0; j < this.#width; j++) {
      let column = this.#tail[j];
      if (column === undefined || column.length < this.#tailRows + n - from) {
        const longer = new Float64Array(this.#tailRows === 0 && column === undefined ? n - from : this.#chunkRows);
        if (column !== undefined) longer.set(column.subarray(0, this.#tailRows));
        column = this.#tail[j] = longer;
      }
      column.set(slice(columns[j]!, from, n), this.#tailRows);
    }
    this.#tailRows += n - from;
  }

  #shapeError(columns: readonly ArrayLike<number>[]): RidgelineError {
    const lengths = [...new Set(columns.map((column) => column.length))];
    return new RidgelineError(
      'BAD_SHAPE',
      'usage',
      `fit: expected ${this.#width} columns of one length, got ${columns.length} of length ${lengths.join(', ')}`,
    );
  }
}

function slice(column: ArrayLike<number>, from: number, to: number): ArrayLike<number> {
  if (column instanceof Float64Array) return from === 0 && to === column.length ? column : column.subarray(from, to);
  return Array.prototype.slice.call(column, from, to) as number[];
}
