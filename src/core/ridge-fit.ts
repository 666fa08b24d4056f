import type { Arena } from './arena.ts';
import { emptyInput } from './forest.ts';
import type { Kernels } from './kernels.ts';
import { LeaveOneOut } from './leave-one-out.ts';
import { LeaveOneOutErrors } from './leave-one-out-errors.ts';
import { readSolution, startSolution, unscaled } from './least-squares.ts';
import type { Coefficients } from './least-squares.ts';
import { badScale, checkAlphas, checkColumns, noConvergence, noSweep, tooFewRows } from './ridge-checks.ts';
import { RidgePass } from './ridge-pass.ts';
import type { PassWork, RidgeJob, RidgePart, RidgeShape } from './ridge-pass.ts';
import { ALPHA_AT_GRID_EDGE, BAD_SCALE, warningCodes } from './status.ts';

export interface RidgeOptions {
  /** Columns. */
  readonly p: number;
  /** Alphas to choose from by leave-one-out error, or one alpha. A single 0 is ordinary least squares, without a sweep. */
  readonly alphas: ArrayLike<number>;
  /** Default true; the intercept is not penalised. */
  readonly fitIntercept?: boolean;
  /** A fused standard scaler: rows come raw, the result is that of standardised rows, to the bit (alpha > 0). */
  readonly mean?: ArrayLike<number> | undefined;
  readonly scale?: ArrayLike<number> | undefined;
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
  /** What alpha was chosen by, greater is better: -mse, unless `finish` was given others; empty when alpha is 0. */
  readonly scores: Float64Array;
  /** The greatest of `scores`, scikit-learn's `best_score_`; null without a sweep. */
  readonly bestScore: number | null;
  /** f64[p], on the columns as they come out of the fused scaler. */
  readonly coef: Float64Array;
  readonly intercept: number;
  /** f64[p], on the columns as they were pushed: all digits of the solution, not `coef` divided by `scale` in doubles. */
  readonly coefRaw: Float64Array;
  readonly interceptRaw: number;
  /** Codes such as CONSTANT_FEATURE, ALPHA_AT_GRID_EDGE, ILL_CONDITIONED. */
  readonly warnings: readonly string[];
  /** Times the rows were read. */
  readonly passes: number;
}

/** Most passes that only improve the factor, and most that only improve the solution at alpha = 0. */
const MAX_PRECONDITION = 5;
const MAX_REFINE = 8;
/** Relative size of the next step of refinement from which on it is not worth another pass. */
const REFINED = 1e-18;

/**
 * A ridge fit over rows that come in blocks of any length, as many times as it asks for them: twice for ordinary data, more
 * often where columns are nearly collinear, rows have a leverage near 1, or alpha is 0.
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
  readonly #shape: RidgeShape;
  #pass: RidgePass;
  #job: RidgeJob;
  #passes = 0;
  #status = 0;
  #factor: Float64Array | undefined;
  /** Of the rows that are not set aside. */
  #restFactor: Float64Array | undefined;
  #sums: Float64Array | undefined;
  #aside: Float64Array = new Float64Array();
  #solution: Float64Array | undefined;
  #lastChange = 1;

  constructor(kernels: Kernels, arena: Arena, options: RidgeOptions) {
    const { p, mean, scale, features, target, fitIntercept = true } = options;
    this.#kernels = kernels;
    this.#arena = arena;
    this.#alphas = checkAlphas(options.alphas);
    checkColumns(p);
    this.#shape = {
      p,
      targets: 1,
      fitIntercept,
      ...(mean && { mean: Float64Array.from(mean) }),
      ...(scale && { scale: Float64Array.from(scale) }),
      ...(features && { features }),
      ...(target !== undefined && { target }),
    };
    this.#job = { ...this.#shape, pass: 'moments' };
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
  append(part: RidgePart): void {
    this.#pass.append(part);
  }

  /**
   * Ends a pass.
   * @returns true when the same rows are needed once more
   * @throws {RidgelineError} EMPTY_INPUT, TOO_FEW_ROWS
   */
  next(): boolean {
    const { aside } = this.#pass.save();
    this.#passes++;
    const work = this.#decide(aside);
    if (work === undefined) return false;
    this.#job = { ...this.#shape, ...work };
    this.#pass = new RidgePass(this.#kernels, this.#arena, this.#job);
    return true;
  }

  /** What the pass that just ended makes necessary. */
  #decide(aside: Float64Array): PassWork | undefined {
    const job = this.#job;
    switch (job.pass) {
      case 'moments': {
        const { factor, settled } = this.#solve();
        return settled ? this.#settle(factor) : { pass: 'precondition', factor, skip: this.#skip() };
      }
      case 'precondition': {
        const { factor, settled } = this.#improve(job.factor);
        return settled ? this.#settle(factor) : { pass: 'precondition', factor, skip: this.#skip() };
      }
      case 'sweep': {
        this.#sums = this.#sumsAtAlphas(job.factor, job.nodes);
        if (aside.length === 0) return undefined;
        if (aside.length === job.factor[3]! * (1 + job.p + job.targets)) {
          // Every row: they are interpolated, if barely, and only the dual form is left.
          this.#factor = job.factor.with(7, 1);
          return { ...job, factor: this.#factor, nodes: new Float64Array() };
        }
        this.#aside = aside;
        return { pass: 'precondition', factor: this.#factor!, skip: this.#skip() };
      }
      case 'residuals':
        return this.#refine() ? { pass: 'residuals', solution: this.#solution! } : undefined;
    }
  }

  /** What a finished factor is good for next. */
  #settle(factor: Float64Array): PassWork | undefined {
    if (this.#factor !== undefined) {
      this.#restFactor = factor;
      return undefined;
    }
    this.#factor = factor;
    if (this.#alphas[0] === 0) {
      const { coef, intercept } = this.#solveFor(factor, 0);
      this.#solution = startSolution(this.#shape, coef, intercept, factor.subarray(8));
      return { pass: 'residuals', solution: this.#solution };
    }
    const rows = factor[3]!;
    if (rows >= 2) return { pass: 'sweep', factor, alphas: this.#alphas, nodes: this.#nodes(factor) };
    if (this.#alphas.length > 1) throw tooFewRows(rows);
    return undefined;
  }

  /**
   * Leave-one-out errors of the same rows at every alpha, after `next` returned false.
   *
   * @throws {RidgelineError} TOO_FEW_ROWS; BAD_ALPHA at alpha 0, for which there is no sweep
   */
  leaveOneOutErrors(): LeaveOneOutErrors {
    const factor = this.#factor;
    if (factor === undefined) throw emptyInput();
    if (this.#sums === undefined) throw this.#alphas[0] === 0 ? noSweep() : tooFewRows(factor[3]!);
    const [rows, errors] = [this.#skip(), this.#asideErrors()];
    const at = (k: number): Float64Array => this.#alphas.map((_, a) => errors[a * rows.length + k]!);
    return new LeaveOneOutErrors(
      this.#shape,
      factor,
      this.#alphas,
      new Map(Array.from(rows, (row, k) => [row, at(k)])),
    );
  }

  /**
   * The fitted model, after `next` returned false.
   *
   * @param scoring the score of every alpha from its mean squared leave-one-out error; default its negative
   */
  finish(scoring: (mse: Float64Array) => Float64Array = (mse) => mse.map((error) => -error)): RidgeResult {
    const factor = this.#factor;
    if (factor === undefined) throw emptyInput();
    const mse = this.#meanSquares(factor[3]!);
    const scores = scoring(mse);
    let best = 0;
    scores.forEach((score, i) => {
      if (score > scores[best]!) best = i;
    });
    const alpha = this.#alphas[best]!;
    const atEdge = mse.length > 1 && isExtreme(alpha, this.#alphas);
    return {
      n: factor[3]!,
      alpha,
      alphas: this.#alphas,
      mse,
      scores,
      bestScore: scores[best] ?? null,
      ...this.#coefficients(factor, alpha),
      warnings: warningCodes(this.#status | (atEdge ? ALPHA_AT_GRID_EDGE : 0)),
      passes: this.#passes,
    };
  }

  /** Leave-one-out residuals and models of the same rows. @param result what `finish` gave @throws {RidgelineError} EMPTY_INPUT */
  leaveOneOut(result: RidgeResult): LeaveOneOut {
    const factor = this.#factor;
    if (factor === undefined) throw emptyInput();
    const [rows, errors] = [this.#skip(), this.#asideErrors()];
    const chosen = this.#alphas.indexOf(result.alpha) * rows.length;
    const aside = new Map(Array.from(rows, (row, k) => [row, errors[chosen + k]!]));
    return new LeaveOneOut(this.#shape, factor, result, aside);
  }

  /** Factors the moments. */
  #solve(): { factor: Float64Array; settled: boolean } {
    const { p, targets, fitIntercept } = this.#shape;
    return this.#pass.forest.fold((node) => {
      const length = this.#kernels.rl_ridge_factor_length(p, targets);
      const factor = this.#arena.f64(length);
      const scratch = this.#arena.bytes(this.#kernels.rl_ridge_factor_scratch(p, targets));
      const least = Math.min(...this.#alphas);
      const intercept = fitIntercept ? 1 : 0;
      const status = this.#kernels.rl_ridge_factor(node, p, targets, intercept, least, factor, scratch);
      if (status === BAD_SCALE) {
        const q = p + targets;
        const lengths = Array.from({ length: p }, (_, j) => this.#arena.view[node / 8 + 1 + q + j * (q + 1)]!);
        throw badScale(lengths, this.#shape.features);
      }
      if (status < 0) throw noConvergence();
      this.#status = status;
      const settled = this.#kernels.rl_ridge_settle(factor, 0) === 1;
      return { factor: this.#arena.take(factor, length), settled };
    });
  }

  /** Factors the moments that came through a factor. */
  #improve(from: Float64Array): { factor: Float64Array; settled: boolean } {
    const { p, targets } = this.#shape;
    return this.#pass.forest.fold((node) => {
      const factor = this.#arena.put(from);
      const scratch = this.#arena.bytes(this.#kernels.rl_ridge_factor_scratch(p, targets));
      if (this.#kernels.rl_ridge_refactor(factor, node, scratch) < 0) throw noConvergence();
      const force = this.#passes > MAX_PRECONDITION ? 1 : 0;
      const settled = this.#kernels.rl_ridge_settle(factor, force) === 1;
      return { factor: this.#arena.take(factor, from.length), settled };
    });
  }

  /** Where the sweep is to be evaluated; empty: at the alphas. */
  #nodes(from: Float64Array): Float64Array {
    const na = this.#alphas.length;
    return this.#arena.scope(() => {
      const [factor, alphas, nodes] = [this.#arena.put(from), this.#arena.put(this.#alphas), this.#arena.f64(na)];
      const count = this.#kernels.rl_ridge_nodes(factor, alphas, na, nodes);
      return this.#arena.take(nodes, count === na ? 0 : count);
    });
  }

  #sumsAtAlphas(from: Float64Array, at: Float64Array): Float64Array {
    const na = this.#alphas.length;
    return this.#pass.forest.fold((node) => {
      if (at.length === 0) return this.#arena.take(node, na);
      const [factor, nodes, alphas] = [this.#arena.put(from), this.#arena.put(at), this.#arena.put(this.#alphas)];
      const sums = node + at.length * 8;
      this.#kernels.rl_ridge_interpolate(factor, nodes, node, at.length, alphas, na, sums);
      return this.#arena.take(sums, na);
    });
  }

  /** Indices of the rows set aside. */
  #skip(): Float64Array {
    const entry = 1 + this.#shape.p + this.#shape.targets;
    return Float64Array.from({ length: this.#aside.length / entry }, (_, i) => this.#aside[i * entry]!);
  }

  #meanSquares(n: number): Float64Array {
    const errors = this.#asideErrors();
    const count = errors.length / this.#alphas.length;
    return (this.#sums ?? new Float64Array()).map((sum, a) => {
      const own = errors.subarray(a * count, (a + 1) * count).reduce((total, error) => total + error * error, 0);
      return (sum + own) / n;
    });
  }

  /** Leave-one-out errors of the rows set aside: f64[alphas, rows]. */
  #asideErrors(): Float64Array {
    const rest = this.#restFactor;
    if (rest === undefined) return new Float64Array();
    const arena = this.#arena;
    return arena.scope(() => {
      const count = this.#skip().length;
      const na = this.#alphas.length;
      const [factor, alphas, errors] = [arena.put(rest), arena.put(this.#alphas), arena.f64(na * count)];
      const aside = arena.put(Float64Array.of(count, count, ...this.#aside));
      const scratch = arena.bytes(this.#kernels.rl_ridge_aside_scratch(this.#shape.p, count));
      this.#kernels.rl_ridge_aside(factor, alphas, na, aside, errors, scratch);
      return arena.take(errors, na * count);
    });
  }

  #coefficients(factor: Float64Array, alpha: number): Coefficients {
    if (this.#solution !== undefined) return readSolution(this.#shape, this.#solution);
    const { coef, intercept } = this.#solveFor(factor, alpha);
    return unscaled(this.#shape, coef, intercept);
  }

  #solveFor(factor: Float64Array, alpha: number): { coef: Float64Array; intercept: number } {
    const { p } = this.#shape;
    return this.#arena.scope(() => {
      const coef = this.#arena.f64(p);
      const intercept = this.#arena.f64(1);
      this.#kernels.rl_ridge_coefficients(this.#arena.put(factor), alpha, 0, coef, intercept);
      return { coef: this.#arena.take(coef, p), intercept: this.#arena.take(intercept, 1)[0]! };
    });
  }

  /** Takes one step of refinement. @returns whether another pass is worth it */
  #refine(): boolean {
    const { p, scale } = this.#shape;
    const arena = this.#arena;
    return this.#pass.forest.fold((sums) => {
      const [factor, scales, solution] = [arena.put(this.#factor), arena.put(scale), arena.put(this.#solution)];
      const change = this.#kernels.rl_ridge_correct(factor, scales, sums, solution, arena.f64(2 * p));
      const shrinks = change <= this.#lastChange;
      const worth = shrinks && change * (change / this.#lastChange) > REFINED;
      // A step that grows, or overflowed, is not taken.
      if (shrinks) this.#solution = arena.take(solution, 2 + 3 * p);
      this.#lastChange = change;
      return worth && this.#passes < MAX_PRECONDITION + MAX_REFINE;
    });
  }
}

function isExtreme(alpha: number, alphas: Float64Array): boolean {
  return alpha === Math.min(...alphas) || alpha === Math.max(...alphas);
}
