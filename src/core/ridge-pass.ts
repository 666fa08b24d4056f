import type { RidgelineError } from '../contracts/errors.ts';
import type { Arena } from './arena.ts';
import { ChunkFeed } from './chunk-feed.ts';
import { Forest, MOMENTS, PAIRS, SUMS } from './forest.ts';
import type { Kernels } from './kernels.ts';
import { rowsPerCall } from './rows-per-call.ts';
import { statusError } from './status.ts';

/** What every pass of one fit has in common. */
export interface RidgeShape {
  readonly p: number;
  readonly targets: number;
  readonly fitIntercept: boolean;
  /** Rows come with a weight each. */
  readonly weighted?: boolean;
  /** Of the fused scaler: rows come raw and are standardised on the way in. */
  readonly mean?: Float64Array;
  readonly scale?: Float64Array;
  readonly features?: readonly string[];
  readonly target?: readonly string[];
  /** Name of the weights. */
  readonly weights?: string;
}

/** What one pass does with the rows. */
export type PassWork =
  /** @param ranges the smallest and largest value of each column too */
  | { readonly pass: 'moments'; readonly ranges?: boolean }
  /** Moments through a factor, without the rows of `skip`. */
  | { readonly pass: 'precondition'; readonly factor: Float64Array; readonly skip: Float64Array }
  | {
      readonly pass: 'sweep';
      readonly factor: Float64Array;
      readonly alphas: Float64Array;
      /** Evaluated in place of the alphas where that is exact; empty: every alpha. */
      readonly nodes: Float64Array;
    }
  | { readonly pass: 'residuals'; readonly solution: Float64Array };

/** One read of all rows, as plain data: what another thread needs to do a part of it. */
export type RidgeJob = RidgeShape & PassWork;

/** What a range of rows came to: plain data, to be sent and appended. */
export interface RidgePart {
  readonly statistics: Uint8Array;
  /** Rows set aside in a sweep: index, weight, x, y of each. */
  readonly aside: Float64Array;
  /** f64[p, 2], smallest and largest value of each column as it came; empty unless asked for. */
  readonly range: Float64Array;
}

/** A pass over some rows: all of them, or a range that starts at a multiple of `chunkRows`. */
export class RidgePass {
  readonly #kernels: Kernels;
  readonly #arena: Arena;
  readonly #job: RidgeJob;
  readonly #feed: ChunkFeed;
  readonly forest: Forest;
  #aside: Float64Array = new Float64Array();
  #range: Float64Array;
  #rows: number;

  constructor(kernels: Kernels, arena: Arena, job: RidgeJob, firstRow = 0) {
    this.#kernels = kernels;
    this.#arena = arena;
    this.#job = job;
    this.#rows = firstRow;
    const ranges = job.pass === 'moments' && job.ranges ? job.p : 0;
    this.#range = Float64Array.from({ length: 2 * ranges }, (_, i) => (i % 2 === 0 ? Infinity : -Infinity));
    const chunkRows = kernels.rl_chunk_rows();
    const q = widthOf(job);
    this.forest = new Forest(kernels, arena, ...statistics(job), firstRow / chunkRows);
    this.#feed = new ChunkFeed(q, chunkRows, rowsPerCall(q, chunkRows), (rows, fill) => this.#update(rows, fill));
  }

  /** Takes the next rows: p columns, the target (or targets) and the weights of a weighted fit, all of equal length. */
  push(
    columns: readonly ArrayLike<number>[],
    y: ArrayLike<number> | readonly ArrayLike<number>[],
    weights?: ArrayLike<number>,
  ): void {
    this.#feed.push([...columns, ...(isColumns(y) ? y : [y]), ...(weights ? [weights] : [])]);
  }

  /** Ends the range. */
  end(): Omit<RidgePart, 'statistics'> {
    this.#feed.flush();
    return { aside: this.#aside, range: this.#range };
  }

  /** Ends the range and gives what it came to, for `append` elsewhere. */
  save(): RidgePart {
    const rest = this.end();
    return { statistics: this.forest.save(), ...rest };
  }

  /** Takes in what `save` gave for the rows that follow directly. */
  append(part: RidgePart): void {
    this.forest.append(part.statistics);
    this.#keep(part.aside);
    this.#range = this.#range.map((end, i) => (i % 2 === 0 ? Math.min : Math.max)(end, part.range[i]!));
  }

  #update(rows: number, fill: (view: Float64Array, at: number) => void): void {
    const arena = this.#arena;
    this.forest.update(Math.ceil(rows / this.#kernels.rl_chunk_rows()), (forest) => {
      const x = arena.f64(rows * widthOf(this.#job));
      const info = arena.bytes(16);
      fill(arena.view, x / 8);
      const status = this.#run(forest, x, rows, info);
      if (status < 0) throw this.#failure(status, info, x, rows);
    });
    this.#rows += rows;
  }

  #run(forest: number, x: number, rows: number, info: number): number {
    const job = this.#job;
    const { p, targets: t } = job;
    const kernels = this.#kernels;
    const arena = this.#arena;
    const y = x + rows * p * 8;
    const w = job.weighted ? y + rows * t * 8 : 0;
    const [mean, scale] = [arena.put(job.mean), arena.put(job.scale)];
    switch (job.pass) {
      case 'moments': {
        const scratch = arena.bytes(kernels.rl_ridge_accumulate_scratch(p, t));
        const status = kernels.rl_ridge_accumulate(forest, x, 1, rows, p, y, 1, rows, w, rows, scratch, info);
        if (this.#range.length > 0) {
          const range = arena.put(this.#range);
          for (let j = 0; j < p; j++) kernels.rl_range(x + j * rows * 8, rows, range + j * 16);
          this.#range = arena.take(range, 2 * p);
        }
        return status;
      }
      case 'precondition': {
        const [factor, skip] = [arena.put(job.factor), arena.put(job.skip)];
        const scratch = arena.bytes(kernels.rl_ridge_precondition_scratch(p, t));
        const block = [forest, factor, x, 1, rows, y, 1, rows, w, rows, this.#rows, skip, job.skip.length] as const;
        return kernels.rl_ridge_precondition(...block, mean, scale, scratch, info);
      }
      case 'sweep': {
        const [nn, na] = [job.nodes.length, job.alphas.length];
        const [factor, alphas] = [arena.put(job.factor), arena.put(job.alphas)];
        const nodes = nn > 0 ? arena.put(job.nodes) : 0;
        const aside = arena.put(Float64Array.of(0, kernels.rl_ridge_aside_capacity(p)));
        arena.f64(kernels.rl_ridge_aside_length(p, t)); // directly behind: the rows
        const scratch = arena.bytes(kernels.rl_ridge_sweep_scratch(p, t, na));
        const grid = [forest, factor, nodes, nn, alphas, na] as const;
        const block = [x, 1, rows, y, 1, rows, w, rows, this.#rows, aside] as const;
        const status = kernels.rl_ridge_sweep(...grid, ...block, mean, scale, scratch, info);
        this.#keep(arena.take(aside + 16, arena.view[aside / 8]! * (2 + p + t)));
        return status;
      }
      case 'residuals':
        return kernels.rl_ridge_residuals(forest, arena.put(job.solution), p, x, 1, rows, y, 1, rows, w, rows, info);
    }
  }

  #keep(aside: Float64Array): void {
    if (aside.length === 0) return;
    const both = new Float64Array(this.#aside.length + aside.length);
    both.set(this.#aside);
    both.set(aside, this.#aside.length);
    this.#aside = both;
  }

  #failure(status: number, info: number, x: number, rows: number): RidgelineError {
    const [row, column, operand] = [4, 8, 12].map((at) => this.#arena.i32(info + at)) as [number, number, number];
    const { p, targets, features, target, weights } = this.#job;
    const value = this.#arena.view[x / 8 + ([0, p, p + targets][operand]! + column) * rows + row];
    return statusError(status, {
      subject: 'fit',
      features,
      target,
      weights,
      rowOffset: this.#rows,
      row,
      column,
      operand,
      value,
    });
  }
}

/** Columns of a row: x, y, weight. */
function widthOf({ p, targets, weighted }: RidgeShape): number {
  return p + targets + (weighted ? 1 : 0);
}

/** Kind and width of the statistics a pass gathers. */
function statistics(job: RidgeJob): [kind: number, width: number] {
  const { p, targets } = job;
  switch (job.pass) {
    case 'moments':
      return [MOMENTS, p + targets];
    case 'precondition':
      return [MOMENTS, job.factor[2]! + targets];
    case 'sweep':
      return [SUMS, targets * (job.alphas.length + job.nodes.length)];
    case 'residuals':
      return [PAIRS, targets * (1 + p)];
  }
}

/** Several columns rather than one: an array of arrays. */
export function isColumns(y: ArrayLike<number> | readonly ArrayLike<number>[]): y is readonly ArrayLike<number>[] {
  return typeof y[0] === 'object' && y[0] !== null;
}
