import type { Arena } from './arena.ts';
import { ChunkFeed } from './chunk-feed.ts';
import { COLUMNS, Forest } from './forest.ts';
import type { Kernels } from './kernels.ts';
import { rowsPerCall } from './rows-per-call.ts';
import { statusError } from './status.ts';

/** Per column of the data, all f64[p]. */
export interface ScalerResult {
  /** Values seen, or their weight; NaN does not count. */
  readonly nSamplesSeen: Float64Array;
  readonly mean: Float64Array;
  /** Biased variance (ddof = 0). */
  readonly var: Float64Array;
  /** sqrt(var), 1 for a constant column; never 0. */
  readonly scale: Float64Array;
}

export interface FitOptions {
  /** Names of the columns, for messages. */
  readonly features?: readonly string[] | undefined;
  /** First row of the range, a multiple of `chunkRows`; for fits in parts. */
  readonly firstRow?: number;
  /** Rows come with a weight each, `push(columns, weights)`. Default false. */
  readonly weighted?: boolean;
  /** Name of the weights, for messages. */
  readonly weights?: string | undefined;
}

/** A standard scaler's fit over rows that come in blocks of any length. NaN means missing and is ignored. */
export class ScalerFit {
  readonly #kernels: Kernels;
  readonly #arena: Arena;
  readonly #p: number;
  readonly #options: FitOptions;
  readonly #forest: Forest;
  readonly #feed: ChunkFeed;
  /** Row of the fit that messages count from. */
  #origin = 0;

  constructor(kernels: Kernels, arena: Arena, p: number, options: FitOptions = {}) {
    this.#kernels = kernels;
    this.#arena = arena;
    this.#p = p;
    this.#options = options;
    const chunkRows = kernels.rl_chunk_rows();
    this.#forest = new Forest(kernels, arena, COLUMNS, p, (options.firstRow ?? 0) / chunkRows);
    const width = p + (options.weighted ? 1 : 0);
    const maxRows = rowsPerCall(width, chunkRows);
    this.#feed = new ChunkFeed(width, chunkRows, maxRows, (rows, fill) => this.#update(rows, fill));
  }

  /**
   * Takes the next rows, p columns of equal length.
   *
   * @param weights each >= 0; a weighted fit takes rows without as rows of weight 1
   * @throws {RidgelineError} NON_FINITE at an infinity, BAD_WEIGHT
   */
  push(columns: readonly ArrayLike<number>[], weights?: ArrayLike<number>): void {
    const ones = this.#options.weighted && !weights ? [new Float64Array(columns[0]?.length ?? 0).fill(1)] : [];
    this.#feed.push([...columns, ...(weights ? [weights] : ones)]);
  }

  /** Ends a part and gives its statistics as bytes, to be appended elsewhere in row order. */
  save(): Uint8Array {
    this.#feed.flush();
    return this.#forest.save();
  }

  /** Takes in what `save` gave for the rows that follow directly. */
  append(part: Uint8Array): void {
    this.#forest.append(part);
  }

  /**
   * A fit of its own that has seen the same rows; what follows in one does not in the other. Messages count rows anew.
   *
   * @param weighted rows to come have weights
   */
  copy(weighted = false): ScalerFit {
    const copy = this.#same(weighted || this.#options.weighted);
    copy.#origin = this.#forest.nextChunk * this.#kernels.rl_chunk_rows() + this.#feed.tailRows;
    return copy;
  }

  #same(weighted = this.#options.weighted): ScalerFit {
    const options = { ...this.#options, ...(weighted && { weighted }) };
    const same = new ScalerFit(this.#kernels, this.#arena, this.#p, options);
    same.#forest.append(this.#forest.save());
    const tail = this.#feed.tail();
    same.push(tail.slice(0, this.#p), tail[this.#p]);
    same.#origin = this.#origin;
    return same;
  }

  /** Statistics of all rows so far; more may follow. @throws {RidgelineError} EMPTY_INPUT without rows. */
  finish(): ScalerResult {
    const p = this.#p;
    const all = this.#same();
    all.#feed.flush();
    return finishScaler(this.#kernels, this.#arena, all.#forest, p, p);
  }

  #update(rows: number, fill: (view: Float64Array, at: number) => void): void {
    const chunks = Math.ceil(rows / this.#kernels.rl_chunk_rows());
    this.#forest.update(chunks, (forest) => {
      const { weighted, weights, features } = this.#options;
      const x = this.#arena.f64(rows * (this.#p + (weighted ? 1 : 0)));
      const w = weighted ? x + rows * this.#p * 8 : 0;
      const info = this.#arena.bytes(16);
      fill(this.#arena.view, x / 8);
      const status = this.#kernels.rl_scaler_update(forest, x, rows, 1, rows, w, info);
      if (status < 0) {
        const [row, column, operand] = [4, 8, 12].map((at) => this.#arena.i32(info + at)) as [number, number, number];
        const value = this.#arena.view[x / 8 + (operand === 2 ? this.#p : column) * rows + row];
        const rowOffset = this.#forest.nextChunk * this.#kernels.rl_chunk_rows() - this.#origin;
        throw statusError(status, { subject: 'fit', features, weights, rowOffset, row, column, operand, value });
      }
    });
  }
}

/**
 * The scaler of the first p of `width` columns, from their statistics or from their moments: the same bits.
 *
 * @throws {RidgelineError} EMPTY_INPUT without rows.
 */
export function finishScaler(kernels: Kernels, arena: Arena, forest: Forest, width: number, p: number): ScalerResult {
  return forest.fold((node) =>
    forest.read((state) => {
      const out = arena.f64(4 * width);
      const at = (k: number) => out + k * width * 8;
      kernels.rl_scaler_finish(state, at(0), at(1), at(2), at(3), node);
      const [nSamplesSeen, mean, variance, scale] = [0, 1, 2, 3].map((k) => arena.take(at(k), p));
      return { nSamplesSeen: nSamplesSeen!, mean: mean!, var: variance!, scale: scale! };
    }),
  );
}
