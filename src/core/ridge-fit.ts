import { RidgelineError } from '../contracts/errors.ts';
import type { Arena } from './arena.ts';
import { emptyInput } from './forest.ts';
import type { Kernels } from './kernels.ts';
import { RidgePass } from './ridge-pass.ts';
import type { RidgeJob } from './ridge-pass.ts';
import { ALPHA_AT_GRID_EDGE, warningCodes } from './status.ts';

export interface RidgeOptions {
  /** Columns. */
  readonly p: number;
  /** Alphas to choose from by leave-one-out error, or one alpha. A single 0 is ordinary least squares, without a sweep. */
  readonly alphas: ArrayLike<number>;
  /** Default true; the intercept is not penalised. */
  readonly fitIntercept?: boolean;
  /** A fused standard scaler: rows come raw, the result is that of standardised rows, to the bit. */
  readonly mean?: Float64Array | undefined;
  readonly scale?: Float64Array | undefined;
  /** Names for messages. */
  readonly features?: readonly string[] | undefined;
  readonly target?: string | undefined;
}

export interface RidgeResult {
  /** Rows. */
  readonly n: number;
  readonly alpha: number;
  readonly alphas: Float64Array;
  /** Mean squared leave-one-out error per alpha; empty when alpha is 0. */
  readonly mse: Float64Array;
  /** -min(mse), scikit-learn's `best_score_`; null without a sweep. */
  readonly bestScore: number | null;
  /** f64[p], on the (standardised) columns. */
  readonly coef: Float64Array;
  readonly intercept: number;
  /** Codes such as CONSTANT_FEATURE, ALPHA_AT_GRID_EDGE. */
  readonly warnings: readonly string[];
}

/**
 * A ridge fit over rows that come in blocks of any length, as many times as it asks for them.
 *
 * @example
 * const fit = core.ridgeFit({ p: 8, alphas: core.logspace(-3, 1, 30) });
 * do {
 *   for (const { x, y } of blocks()) fit.push(x, y);
 * } while (fit.next()); // true: it needs the same rows once more
 * const { alpha, coef, intercept } = fit.finish();
 */
export class RidgeFit {
  readonly #kernels: Kernels;
  readonly #arena: Arena;
  readonly #alphas: Float64Array;
  #job: RidgeJob;
  #pass: RidgePass;
  #factor: Float64Array | undefined;
  #sums: Float64Array | undefined;
  #status = 0;

  constructor(kernels: Kernels, arena: Arena, options: RidgeOptions) {
    const { p, mean, scale, features, target, fitIntercept = true } = options;
    this.#kernels = kernels;
    this.#arena = arena;
    this.#alphas = checkAlphas(options.alphas);
    this.#job = {
      pass: 'moments',
      p,
      targets: 1,
      fitIntercept,
      ...(mean && { mean }),
      ...(scale && { scale }),
      ...(features && { features }),
      ...(target !== undefined && { target }),
    };
    this.#pass = new RidgePass(kernels, arena, this.#job);
  }

  /** The current pass as plain data, for threads that do ranges of it (`core.ridgePass`); `append` what they saved. */
  get job(): RidgeJob {
    return this.#job;
  }

  /** Takes the next rows of the current pass. @throws {RidgelineError} NON_FINITE with row and column. */
  push(columns: readonly ArrayLike<number>[], y: ArrayLike<number>): void {
    this.#pass.push(columns, y);
  }

  /** Takes in a range of the current pass done elsewhere; ranges in row order. */
  append(part: Uint8Array): void {
    this.#pass.append(part);
  }

  /** Ends a pass. @returns true when the same rows are needed once more. @throws {RidgelineError} EMPTY_INPUT. */
  next(): boolean {
    this.#pass.save();
    if (this.#job.pass === 'sweep') {
      this.#sums = this.#pass.forest.fold((node) => this.#arena.take(node, this.#alphas.length));
      return false;
    }
    this.#factor = this.#solve();
    const rows = this.#factor[3]!;
    if (this.#alphas[0] === 0 || (rows < 2 && this.#alphas.length === 1)) return false;
    if (rows < 2) throw tooFewRows(rows);
    this.#job = { ...this.#job, pass: 'sweep', factor: this.#factor, alphas: this.#alphas };
    this.#pass = new RidgePass(this.#kernels, this.#arena, this.#job);
    return true;
  }

  /** The fitted model, after `next` returned false. */
  finish(): RidgeResult {
    const factor = this.#factor;
    if (factor === undefined) throw emptyInput();
    const n = factor[3]!;
    const mse = (this.#sums ?? new Float64Array()).map((sum) => sum / n);
    let best = 0;
    mse.forEach((error, i) => {
      if (error < mse[best]!) best = i;
    });
    const alpha = this.#alphas[best]!;
    if (mse.length > 1 && isExtreme(alpha, this.#alphas)) this.#status |= ALPHA_AT_GRID_EDGE;
    const { coef, intercept } = this.#coefficients(factor, alpha);
    return {
      n,
      alpha,
      alphas: this.#alphas,
      mse,
      bestScore: mse.length > 0 ? -mse[best]! : null,
      coef,
      intercept,
      warnings: warningCodes(this.#status),
    };
  }

  #solve(): Float64Array {
    const { p, targets, fitIntercept } = this.#job;
    return this.#pass.forest.fold((node) => {
      const length = this.#kernels.rl_ridge_factor_length(p, targets);
      const factor = this.#arena.f64(length);
      const scratch = this.#arena.f64(2 * p);
      const status = this.#kernels.rl_ridge_factor(node, p, targets, fitIntercept ? 1 : 0, factor, scratch);
      if (status < 0) throw noConvergence();
      this.#status = status;
      return this.#arena.take(factor, length);
    });
  }

  #coefficients(factor: Float64Array, alpha: number): { coef: Float64Array; intercept: number } {
    const { p } = this.#job;
    return this.#arena.scope(() => {
      const coef = this.#arena.f64(p);
      const intercept = this.#arena.f64(1);
      this.#kernels.rl_ridge_coefficients(this.#arena.put(factor), alpha, 0, coef, intercept);
      return { coef: this.#arena.take(coef, p), intercept: this.#arena.take(intercept, 1)[0]! };
    });
  }
}

function checkAlphas(values: ArrayLike<number>): Float64Array {
  const alphas = Float64Array.from(values);
  const bad = alphas.find((alpha) => !(alpha >= 0 && alpha < Infinity));
  if (alphas.length > 0 && bad === undefined && (alphas.length === 1 || alphas.every((alpha) => alpha > 0))) {
    return alphas;
  }
  throw new RidgelineError(
    'BAD_ALPHA',
    'usage',
    `fit: alphas must be finite and > 0, got ${alphas.length === 0 ? 'none' : (bad ?? 0)}`,
    { remedy: 'a single alpha of 0 is ordinary least squares; a grid holds positive alphas only' },
  );
}

function isExtreme(alpha: number, alphas: Float64Array): boolean {
  return alpha === Math.min(...alphas) || alpha === Math.max(...alphas);
}

function tooFewRows(rows: number): RidgelineError {
  return new RidgelineError('TOO_FEW_ROWS', 'content', `fit: leave-one-out needs at least 2 rows, got ${rows}`, {
    remedy: 'give one alpha instead of a grid',
  });
}

function noConvergence(): RidgelineError {
  return new RidgelineError('NO_CONVERGENCE', 'content', 'fit: the singular values did not converge', {
    remedy: 'standardise the columns first',
  });
}
