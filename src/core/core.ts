import { copyValues } from '../contracts/copy-values.ts';
import { RidgelineError } from '../contracts/errors.ts';
import { Arena } from './arena.ts';
import { badShape, checkBlock, checkNumbers, checkPerColumn } from './array-input.ts';
import { FoldCv } from './fold-cv.ts';
import type { FoldCvOptions } from './fold-cv.ts';
import { FoldFit } from './fold-fit.ts';
import type { FoldOptions } from './fold-fit.ts';
import { instantiateKernels } from './kernels.ts';
import type { Kernels } from './kernels.ts';
import { RFactors } from './r-factor.ts';
import type { RFactor } from './r-factor.ts';
import { RidgeFit } from './ridge-fit.ts';
import type { RidgeOptions } from './ridge-fit.ts';
import { RidgePass } from './ridge-pass.ts';
import type { RidgeJob } from './ridge-pass.ts';
import { rowsPerCall } from './rows-per-call.ts';
import { ScalerFit } from './scaler-fit.ts';
import type { FitOptions } from './scaler-fit.ts';
import { statusError } from './status.ts';

/** Columns of equal length. */
export type Columns = readonly ArrayLike<number>[];

/** What standardises columns; either part may be absent. f64[p]. */
export interface Scaling {
  readonly mean?: ArrayLike<number> | undefined;
  readonly scale?: ArrayLike<number> | undefined;
}

/** What predicts: coefficients on the columns as they come out of the scaling. */
export interface LinearModel extends Scaling {
  readonly coef: ArrayLike<number>;
  readonly intercept: number;
  /** Names of the columns, for messages. */
  readonly features?: readonly string[] | undefined;
}

export interface Metrics {
  readonly mse: number;
  readonly rmse: number;
  readonly mae: number;
  readonly r2: number;
  readonly maxError: number;
  /** Mean of prediction minus truth. */
  readonly bias: number;
}

/** The numeric core in one host: a WebAssembly instance and its memory. Everything here is synchronous. */
export class Core {
  readonly #kernels: Kernels;
  readonly #arena: Arena;
  /** Version of the numbers: two cores with the same one give the same bits. */
  readonly version: string;
  /** Rows of a chunk: ranges of a fit done in parts start at multiples of it. */
  readonly chunkRows: number;
  /** The compiled module, to be sent to other threads. */
  readonly module: WebAssembly.Module;

  constructor(module: WebAssembly.Module) {
    this.module = module;
    this.#kernels = instantiateKernels(module);
    this.#arena = new Arena(this.#kernels);
    const abi = this.#kernels.rl_abi_version();
    this.version = `${abi >> 16}.${abi & 0xffff}`;
    this.chunkRows = this.#kernels.rl_chunk_rows();
  }

  /** Numbers evenly spaced on a log scale, base^start to base^stop, as numpy.logspace; the same bits in every host. */
  logspace(start: number, stop: number, num = 50, base = 10): Float64Array {
    return this.#arena.scope(() => {
      const out = this.#arena.f64(Math.max(num, 0));
      if (this.#kernels.rl_logspace(start, stop, num, base, out) !== 0) {
        throw new RidgelineError(
          'BAD_ARGUMENT',
          'usage',
          `logspace: expected finite bounds, num >= 1 and base > 0, got ${start}, ${stop}, ${num}, ${base}`,
        );
      }
      return this.#arena.take(out, num);
    });
  }

  /** A standard scaler's fit over p columns in blocks. */
  scalerFit(p: number, options: FitOptions = {}): ScalerFit {
    return new ScalerFit(this.#kernels, this.#arena, p, options);
  }

  /** A ridge fit over blocks of rows, as many times as it asks for them. */
  ridgeFit(options: RidgeOptions): RidgeFit {
    return new RidgeFit(this.#kernels, this.#arena, options);
  }

  /** A range of a pass of a ridge fit that runs elsewhere. @param firstRow a multiple of `chunkRows` */
  ridgePass(job: RidgeJob, firstRow: number): RidgePass {
    return new RidgePass(this.#kernels, this.#arena, job, firstRow);
  }

  /** Statistics of the rows of every fold, over blocks of rows: one read. */
  foldFit(options: FoldOptions): FoldFit {
    return new FoldFit(this.#kernels, this.#arena, options);
  }

  /** Cross-validation over the statistics of folds. */
  foldCv(folds: readonly RFactor[], options: FoldCvOptions): FoldCv {
    return new FoldCv(this.#kernels, this.#arena, folds, options);
  }

  /** Of all runs of rows, in order. */
  mergeRuns(runs: readonly RFactor[]): RFactor {
    return new RFactors(this.#kernels, this.#arena, runs[0]!.mean.length).mergeAll(runs);
  }

  /**
   * (x - mean) / scale, column by column; NaN stays NaN.
   *
   * @param out f64[n] per column, may be `columns`; default new
   * @throws {RidgelineError} BAD_SHAPE
   */
  transform(columns: Columns, scaling: Scaling, out?: readonly Float64Array[]): readonly Float64Array[] {
    return this.#transform('rl_scaler_transform', columns, scaling, out);
  }

  /**
   * x * scale + mean, column by column.
   *
   * @param out f64[n] per column, may be `columns`; default new
   * @throws {RidgelineError} BAD_SHAPE
   */
  inverseTransform(columns: Columns, scaling: Scaling, out?: readonly Float64Array[]): readonly Float64Array[] {
    return this.#transform('rl_scaler_inverse', columns, scaling, out);
  }

  /**
   * Predictions of a linear model, with the bits of transforming first when the model scales.
   *
   * @param columns p columns, f64[n] each
   * @param out f64[n]; default new
   * @param rowOffset index of the first row, for messages
   * @throws {RidgelineError} NON_FINITE with row and column, BAD_SHAPE
   */
  predict(model: LinearModel, columns: Columns, out?: Float64Array, rowOffset = 0): Float64Array {
    const p = model.coef.length;
    const n = checkBlock('predict', columns, p);
    checkPerColumn('predict', 'mean', model.mean, p);
    checkPerColumn('predict', 'scale', model.scale, p);
    const result = out ?? new Float64Array(n);
    if (result.length < n) throw badShape(`predict: expected room for ${n} rows in out, got ${result.length}`);
    const step = rowsPerCall(p + 1, this.chunkRows);
    const arena = this.#arena;
    arena.scope(() => {
      const rows = Math.min(step, n);
      const coef = arena.put(model.coef);
      const mean = arena.put(model.mean);
      const scale = arena.put(model.scale);
      const info = arena.bytes(16);
      // A cache line more than the rows take: whole chunks would put all columns in the same sets of the cache.
      const stride = rows + 8;
      const x = arena.f64(stride * p);
      const y = arena.f64(rows);
      for (let from = 0; from < n; from += step) {
        const count = Math.min(step, n - from);
        columns.forEach((column, j) => copyValues(slice(column, from, from + count), arena.view, x / 8 + j * stride));
        const status = this.#kernels.rl_predict(
          ...([x, count, p, 1, stride, mean, scale, coef, model.intercept, y, 1, info] as const),
        );
        if (status < 0) {
          const [row, column] = [arena.i32(info + 4), arena.i32(info + 8)];
          const at = { subject: 'predict', features: model.features, operand: 0, row, column };
          throw statusError(status, { ...at, rowOffset: rowOffset + from, value: columns[column]?.[from + row] });
        }
        result.set(arena.view.subarray(y / 8, y / 8 + count), from);
      }
    });
    return result;
  }

  /** How predictions compare with the truth. @throws {RidgelineError} NON_FINITE, EMPTY_INPUT, BAD_SHAPE, NOT_NUMERIC */
  metrics(y: ArrayLike<number>, yhat: ArrayLike<number>): Metrics {
    checkNumbers('metrics', 'y', y);
    checkNumbers('metrics', 'yhat', yhat);
    if (y.length !== yhat.length) {
      throw badShape(`metrics: expected as many predictions as truths, got ${yhat.length} and ${y.length}`);
    }
    return this.#arena.scope(() => {
      const out = this.#arena.f64(6);
      const info = this.#arena.bytes(16);
      const status = this.#kernels.rl_metrics(this.#arena.put(y), this.#arena.put(yhat), y.length, out, info);
      if (status < 0) {
        if (y.length === 0)
          throw new RidgelineError('EMPTY_INPUT', 'content', 'metrics: expected at least one row, got none');
        const row = this.#arena.i32(info + 4);
        const operand = this.#arena.i32(info + 12);
        const value = operand === 1 ? y[row] : yhat[row];
        throw statusError(status, {
          subject: 'metrics',
          features: ['prediction'],
          rowOffset: 0,
          column: 0,
          row,
          operand,
          value,
        });
      }
      const [mse, rmse, mae, r2, maxError, bias] = this.#arena.take(out, 6) as unknown as number[];
      return { mse: mse!, rmse: rmse!, mae: mae!, r2: r2!, maxError: maxError!, bias: bias! };
    });
  }

  #transform(
    kernel: 'rl_scaler_transform' | 'rl_scaler_inverse',
    columns: Columns,
    { mean, scale }: Scaling,
    out: readonly Float64Array[] | undefined,
  ): readonly Float64Array[] {
    const n = checkBlock('transform', columns, mean?.length ?? scale?.length);
    checkPerColumn('transform', 'scale', scale, columns.length);
    if (out !== undefined && (out.length < columns.length || out.some((column) => column.length < n))) {
      throw badShape(`transform: expected room for ${columns.length} columns of ${n} rows in out, got less`);
    }
    const results = out ?? columns.map(() => new Float64Array(n));
    const arena = this.#arena;
    arena.scope(() => {
      const means = arena.put(mean);
      const scales = arena.put(scale);
      const step = rowsPerCall(1, this.chunkRows);
      const block = arena.f64(Math.min(step, n));
      columns.forEach((column, j) => {
        for (let from = 0; from < n; from += step) {
          const rows = Math.min(step, n - from);
          arena.view.set(slice(column, from, from + rows), block / 8);
          const [m, s] = [means && means + 8 * j, scales && scales + 8 * j];
          this.#kernels[kernel](block, rows, 1, 1, rows, m, s, block, 1, rows);
          results[j]!.set(arena.view.subarray(block / 8, block / 8 + rows), from);
        }
      });
    });
    return results;
  }
}

function slice(column: ArrayLike<number>, from: number, to: number): ArrayLike<number> {
  if (column instanceof Float64Array) return from === 0 && to === column.length ? column : column.subarray(from, to);
  return Array.prototype.slice.call(column, from, to) as number[];
}
