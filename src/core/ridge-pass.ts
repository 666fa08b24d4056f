import type { Arena } from './arena.ts';
import { ChunkFeed } from './chunk-feed.ts';
import { Forest, MOMENTS, SUMS } from './forest.ts';
import type { Kernels } from './kernels.ts';
import { rowsPerCall } from './rows-per-call.ts';
import { statusError } from './status.ts';

/** One read of all rows, as plain data: what another thread needs to do a part of it. */
export interface RidgeJob {
  readonly pass: 'moments' | 'sweep';
  readonly p: number;
  readonly targets: number;
  readonly fitIntercept: boolean;
  /** Of the fused scaler: rows come raw and are standardised on the way in. */
  readonly mean?: Float64Array;
  readonly scale?: Float64Array;
  readonly features?: readonly string[];
  readonly target?: string;
  /** For the sweep. */
  readonly factor?: Float64Array;
  readonly alphas?: Float64Array;
}

/** A pass over some rows: all of them, or a range that starts at a multiple of `chunkRows`. */
export class RidgePass {
  readonly #kernels: Kernels;
  readonly #arena: Arena;
  readonly #job: RidgeJob;
  readonly #feed: ChunkFeed;
  readonly forest: Forest;
  #rows: number;

  constructor(kernels: Kernels, arena: Arena, job: RidgeJob, firstRow = 0) {
    this.#kernels = kernels;
    this.#arena = arena;
    this.#job = job;
    this.#rows = firstRow;
    const chunkRows = kernels.rl_chunk_rows();
    const q = job.p + job.targets;
    const [kind, width] = job.pass === 'moments' ? [MOMENTS, q] : [SUMS, job.targets * job.alphas!.length];
    this.forest = new Forest(kernels, arena, kind, width, firstRow / chunkRows);
    this.#feed = new ChunkFeed(q, chunkRows, rowsPerCall(q, chunkRows), (rows, fill) => this.#update(rows, fill));
  }

  /** Takes the next rows: p columns and the target (or targets), all of equal length. */
  push(columns: readonly ArrayLike<number>[], y: ArrayLike<number> | readonly ArrayLike<number>[]): void {
    this.#feed.push([...columns, ...(isColumns(y) ? y : [y])]);
  }

  /** Ends the range and gives its statistics as bytes, for `append` elsewhere. */
  save(): Uint8Array {
    this.#feed.flush();
    return this.forest.save();
  }

  /** Takes in what `save` gave for the rows that follow directly. */
  append(part: Uint8Array): void {
    this.forest.append(part);
  }

  #update(rows: number, fill: (column: number, block: Float64Array) => void): void {
    const { p, targets, alphas, factor, fitIntercept, mean, scale } = this.#job;
    const kernels = this.#kernels;
    const arena = this.#arena;
    this.forest.update(Math.ceil(rows / kernels.rl_chunk_rows()), (forest) => {
      const x = arena.f64(rows * (p + targets));
      const y = x + rows * p * 8;
      const means = arena.put(mean);
      const scales = arena.put(scale);
      const info = arena.bytes(16);
      const grid = arena.put(alphas);
      const factored = arena.put(factor);
      const scratch = arena.bytes(
        factor === undefined
          ? kernels.rl_ridge_accumulate_scratch(p, targets)
          : kernels.rl_ridge_sweep_scratch(p, targets, alphas!.length),
      );
      const view = arena.view;
      for (let j = 0; j < p + targets; j++) fill(j, view.subarray(x / 8 + j * rows, x / 8 + (j + 1) * rows));
      const centre = fitIntercept ? 1 : 0;
      const status =
        factor === undefined
          ? kernels.rl_ridge_accumulate(
              ...([forest, x, 1, rows, p, y, 1, rows, rows, means, scales, centre, scratch, info] as const),
            )
          : kernels.rl_ridge_sweep(
              ...([forest, factored, grid, alphas!.length, x, 1, rows, y, 1, rows, rows, means, scales] as const),
              scratch,
              info,
            );
      if (status < 0) throw this.#failure(status, info, x, rows);
    });
    this.#rows += rows;
  }

  #failure(status: number, info: number, x: number, rows: number) {
    const [row, column, operand] = [4, 8, 12].map((at) => this.#arena.i32(info + at)) as [number, number, number];
    const value = this.#arena.view[x / 8 + (operand === 1 ? this.#job.p + column : column) * rows + row];
    const { features, target } = this.#job;
    return statusError(status, {
      subject: 'fit',
      features,
      target,
      rowOffset: this.#rows,
      row,
      column,
      operand,
      value,
    });
  }
}

function isColumns(y: ArrayLike<number> | readonly ArrayLike<number>[]): y is readonly ArrayLike<number>[] {
  return typeof y[0] === 'object';
}
