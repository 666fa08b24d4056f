import type { Table } from '../../contracts/table.ts';

/** Rows of some columns of a table, in order: f64[n] per column. Arrays may die with the next block. */
export type Block = readonly Float64Array[];

/** Blocks are kept for later passes up to this many bytes; beyond it the table is read again each time. */
const KEPT_BYTES = 32 * 2 ** 20;

/** Numeric columns of a table, to be gone through more than once: a small table is decoded once only. */
export class RepeatedRows {
  readonly #table: Table;
  readonly #names: readonly string[];
  #kept: Block[] | undefined;

  constructor(table: Table, names: readonly string[]) {
    this.#table = table;
    this.#names = names;
  }

  /** All blocks, once the table has been gone through; undefined when they are too much to keep. */
  get kept(): readonly Block[] | undefined {
    return this.#kept;
  }

  /** Goes through a table that is small enough to be kept. */
  async keep(): Promise<void> {
    const { numRows = Infinity } = this.#table;
    if (numRows * this.#names.length * Float64Array.BYTES_PER_ELEMENT > KEPT_BYTES) return;
    const blocks = this.blocks();
    while (!(await blocks.next()).done);
  }

  async *blocks(): AsyncGenerator<Block> {
    if (this.#kept !== undefined) {
      yield* this.#kept;
      return;
    }
    let kept: Block[] | undefined = [];
    let bytes = 0;
    for await (const batch of this.#table.batches({ columns: this.#names })) {
      const block = this.#names.map((name) => batch.float64(name));
      bytes += batch.numRows * block.length * Float64Array.BYTES_PER_ELEMENT;
      if (bytes > KEPT_BYTES) kept = undefined;
      // Columns in memory stay as they are.
      kept?.push(this.#table.memory ? block : block.map((column) => column.slice()));
      yield block;
    }
    this.#kept = kept;
  }
}
