import { copyValues } from '../contracts/copy-values.ts';
import { RidgelineError } from '../contracts/errors.ts';

/** Called with whole chunks, or with the last rows: `fill(view, at)` writes them to `view[at]` on, column after column. */
export type ChunkSink = (rows: number, fill: (view: Float64Array, at: number) => void) => void;

/** What the feed that ended last kept its rows in, if it is small: making one takes a tenth of a small fit. */
let spare: Float64Array = new Float64Array();
const SPARE_MAX_BYTES = 1 << 20;

/**
 * Cuts blocks of any length into runs of whole chunks. Rows of an unfinished chunk are kept until it is full, or until
 * `flush`: so the core sees the same chunks however the rows came.
 */
export class ChunkFeed {
  readonly #chunkRows: number;
  readonly #maxRows: number;
  readonly #width: number;
  readonly #sink: ChunkSink;
  /** Column after column, room for `#capacity` rows each: one array, because making many takes longer than a small fit. */
  #tail: Float64Array = new Float64Array();
  #capacity = 0;
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
    if (this.#tail.length > spare.length && this.#tail.byteLength <= SPARE_MAX_BYTES) spare = this.#tail;
    this.#tail = new Float64Array();
    this.#capacity = 0;
  }

  /** Rows of the unfinished chunk. */
  get tailRows(): number {
    return this.#tailRows;
  }

  /** Columns of the unfinished chunk. */
  tail(): readonly Float64Array[] {
    return Array.from({ length: this.#width }, (_, j) =>
      this.#tail.subarray(j * this.#capacity, j * this.#capacity + this.#tailRows),
    );
  }

  #emit(rows: number, columns: readonly ArrayLike<number>[], from: number, take: number): void {
    const tailRows = this.#tailRows;
    const capacity = this.#capacity;
    this.#sink(rows, (view, at) => {
      if (rows === capacity && tailRows === rows) return view.set(this.#tail.subarray(0, rows * this.#width), at);
      for (let j = 0; j < this.#width; j++) {
        const to = at + j * rows;
        if (tailRows > 0) view.set(this.#tail.subarray(j * capacity, j * capacity + tailRows), to);
        if (take > 0) copyValues(slice(columns[j]!, from, from + take), view, to + tailRows);
      }
    });
    this.#tailRows = 0;
  }

  #keep(columns: readonly ArrayLike<number>[], from: number, n: number): void {
    const rows = this.#tailRows + n - from;
    if (rows > this.#capacity) this.#grow(this.#capacity === 0 ? rows : this.#chunkRows);
    for (let j = 0; j < this.#width; j++) {
      this.#tail.set(slice(columns[j]!, from, n), j * this.#capacity + this.#tailRows);
    }
    this.#tailRows = rows;
  }

  #grow(capacity: number): void {
    const length = this.#width * capacity;
    const taken = spare.length >= length;
    const longer = taken ? spare : new Float64Array(length);
    if (taken) spare = new Float64Array();
    for (let j = 0; j < this.#width && this.#tailRows > 0; j++) {
      longer.set(this.#tail.subarray(j * this.#capacity, j * this.#capacity + this.#tailRows), j * capacity);
    }
    this.#tail = longer;
    this.#capacity = capacity;
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
