import type { Table } from '../../contracts/table.ts';

/** Rows of some columns of a table, in order: f64[n] per column. Arrays may die with the next block. */
export interface Block {
  readonly columns: readonly Float64Array[];
  readonly n: number;
  /** Index in the table of the first row, from 0. */
  readonly rowOffset: number;
}

/** Blocks are kept for the second pass up to this many bytes; beyond it the table is read again. */
const KEPT_BYTES = 32 * 2 ** 20;

/** Numeric columns of a table, to be gone through more than once: a small table is decoded once only. */
export class TwoPassRows {
  readonly #table: Table;
  readonly #names: readonly string[];
  #kept: Block[] | undefined;

  constructor(table: Table, names: readonly string[]) {
    this.#table = table;
    this.#names = names;
  }

  async *blocks(): AsyncGenerator<Block> {
    if (this.#kept !== undefined) {
      yield* this.#kept;
      return;
    }
    let kept: Block[] | undefined = [];
    let bytes = 0;
    for await (const batch of this.#table.batches({ columns: this.#names })) {
      const n = batch.numRows;
      const block = { columns: this.#names.map((name) => batch.float64(name)), n, rowOffset: batch.rowOffset };
      bytes += n * this.#names.length * Float64Array.BYTES_PER_ELEMENT;
      if (bytes > KEPT_BYTES) kept = undefined;
      kept?.push({ ...block, columns: block.columns.map((column) => column.slice()) });
      yield block;
    }
    this.#kept = kept;
  }
}
