import type { Arena } from './arena.ts';
import { checkPerColumn } from './array-input.ts';
import { emptyInput } from './forest.ts';
import type { Kernels } from './kernels.ts';
import { LeaveOneOut } from './leave-one-out.ts';
import { LeaveOneOutErrors } from './leave-one-out-errors.ts';
import { readSolution, startSolution, unscaled } from './least-squares.ts';
import type { Coefficients } from './least-squares.ts';
import { badScale, checkAlphas, checkColumns, noConvergence, noSweep, noWeight } from './ridge-checks.ts';
import { longestOf, otherRows, overflow, rangeOf, tooFewRows } from './ridge-checks.ts';
import { INTERPOLATED, fitsClosely, hangOnRounding, readFactor, startOfRest } from './ridge-factor.ts';
import { RidgePass } from './ridge-pass.ts';
import type { PassWork, RidgeJob, RidgePart, RidgeShape } from './ridge-pass.ts';
import { finishScaler } from './scaler-fit.ts';
import type { ScalerResult } from './scaler-fit.ts';
import { ALPHA_AT_GRID_EDGE, BAD_SCALE, BAD_WEIGHT, ILL_CONDITIONED, NON_FINITE, warningCodes } from './status.ts';

export interface RidgeOptions {
  /** Columns. */
  readonly p: number;
  /** Alphas to choose from by leave-one-out error, or one alpha. A single 0 is ordinary least squares, without a sweep. */
  readonly alphas: ArrayLike<number>;
  /** Default true; the intercept is not penalised. */
  readonly fitIntercept?: boolean;
  /** A standard scaler the rows are seen through: they come raw, the result is that of standardised rows. */
  readonly mean?: ArrayLike<number> | undefined;
  readonly scale?: ArrayLike<number> | undefined;
  /** Fits that scaler too, in the first pass, in place of `mean` and `scale`: `fit.scaler`. Default false. */
  readonly standardize?: boolean;
  /** Keeps the smallest and largest value of each column: `fit.range`. Default false. */
  readonly ranges?: boolean;
  /** Targets, fitted at once: each has the bits of a fit of it alone. Default 1. */
  readonly targets?: number;
  /** Rows come with a weight each, `push(columns, y, weights)`. Default false. */
  readonly weighted?: boolean;
  /** Names for messages. */
  readonly weights?: string | undefined;
  readonly features?: readonly string[] | undefined;
  readonly target?: string | readonly string[] | undefined;
}

/** The fit of one target. */
export interface RidgeResult {
  /** Rows. */
  readonly n: number;
  readonly alpha: number;
  readonly alphas: Float64Array;
  /** Mean squared leave-one-out error per alpha, of weighted rows sum(w e^2) / n; empty when alpha is 0. */
  readonly mse: Float64Array;
  /**
   * What alpha was chosen by, greater is better: -mse, unless `finish` was given others; of several targets with one alpha
   * their mean. Empty when alpha is 0.
   */
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

/** Most passes that only improve one factor, and most that only improve the solution at alpha = 0. */
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
  /** With `ranges`, after the first pass: f64[p, 2], smallest and largest value of each column as it was pushed. */
  range: Float64Array = new Float64Array();
  readonly #kernels: Kernels;
  readonly #arena: Arena;
  readonly #alphas: Float64Array;
  readonly #standardize: boolean;
  #shape: RidgeShape;
  #scaler: ScalerResult | undefined;
  #pass: RidgePass;
  #job: RidgeJob;
  #passes = 0;
  #n = 0;
  #status = 0;
  #factor: Float64Array | undefined;
  /** Passes that improved the factor that is being made. */
  #turns = 0;
  /** f64[targets, alphas]. */
  #sums: Float64Array | undefined;
  #aside: Float64Array = new Float64Array();
  /** Of the rows set aside, f64[targets, alphas, rows]. */
  #errors: Float64Array = new Float64Array();
  /** Of all targets, one after the other. */
  #solution: Float64Array | undefined;
  /** Per target, relative size of the last step of refinement; 0 when it is not worth another. */
  #lastChange: Float64Array;

  constructor(kernels: Kernels, arena: Arena, options: RidgeOptions) {
    const { p, targets = 1, mean, scale, weighted = false, weights, features, target, fitIntercept = true } = options;
    this.#standardize = options.standardize ?? false;
    this.#kernels = kernels;
    this.#arena = arena;
    this.#alphas = checkAlphas(options.alphas);
    checkColumns(p, targets);
    checkPerColumn('fit', 'mean', mean, p);
    checkPerColumn('fit', 'scale', scale, p);
    this.#lastChange = new Float64Array(targets).fill(1);
    this.#shape = {
      p,
      targets,
      fitIntercept,
      weighted,
      ...(mean && { mean: Float64Array.from(mean) }),
      ...(scale && { scale: Float64Array.from(scale) }),
      ...(features && { features }),
      ...(weights !== undefined && { weights }),
      ...(target !== undefined && { target: typeof target === 'string' ? [target] : target }),
    };
    this.#job = { ...this.#shape, pass: 'moments', ranges: options.ranges ?? false };
    this.#pass = new RidgePass(kernels, arena, this.#job);
  }

  /** The current pass as plain data, for threads that do ranges of it (`core.ridgePass`); `append` what they saved. */
  get job(): RidgeJob {
    return this.#job;
  }

  /** With `standardize`, after the first pass: the scaler of the rows; without weights it has the bits of `core.scalerFit`. */
  get scaler(): ScalerResult | undefined {
    return this.#scaler;
  }

  /**
   * Takes the next rows of the current pass.
   *
   * @param y the target, or a column for each of several
   * @param weights of a weighted fit, each >= 0; a row of weight 0 is left out
   * @throws {RidgelineError} NON_FINITE and BAD_WEIGHT with row and column.
   */
  push(
    columns: readonly ArrayLike<number>[],
    y: ArrayLike<number> | readonly ArrayLike<number>[],
    weights?: ArrayLike<number>,
  ): void {
    this.#pass.push(columns, y, weights);
  }

  /** Takes in a range of the current pass done elsewhere; ranges in row order. */
  append(part: RidgePart): void {
    this.#pass.append(part);
  }

  /**
   * Ends a pass.
   * @returns true when the same rows are needed once more
   * @throws {RidgelineError} EMPTY_INPUT, TOO_FEW_ROWS; BAD_SHAPE when the rows were not as many as in the first pass
   */
  next(): boolean {
    const { aside, range } = this.#pass.end();
    const { rows } = this.#pass.forest;
    if (this.#passes++ === 0) this.range = range;
    else if (rows !== this.#n) throw otherRows(this.#n, rows, this.#passes);
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
        this.#n = this.#pass.forest.rows;
        if (this.#standardize) this.#fitScaler();
        const { factor, settled } = this.#solve();
        return settled ? this.#settle(factor) : { pass: 'precondition', factor, skip: this.#skip() };
      }
      case 'precondition': {
        const { factor, settled } = this.#improve(job.factor);
        return settled ? this.#settle(factor) : { pass: 'precondition', factor, skip: this.#skip() };
      }
      case 'sweep': {
        this.#sums = this.#sumsAtAlphas(job.factor, job.nodes);
        if (job.nodes.length > 0 && fitsClosely(this.#shape, job.factor, this.#sums))
          return { ...job, nodes: new Float64Array() };
        if (aside.length === 0) return undefined;
        if (aside.length === readFactor(this.#shape, job.factor).rows * this.#asideEntry) {
          // Every row: they are interpolated, if barely, and only the dual form is left, in the end for each of them.
          this.#factor = job.factor.with(INTERPOLATED, job.factor[INTERPOLATED]! + 1);
          return { ...job, factor: this.#factor, nodes: new Float64Array() };
        }
        this.#aside = aside;
        // Without those rows columns may be dependent: turns of its own, one fewer as it starts from a good factor.
        this.#turns = 1;
        return { pass: 'precondition', factor: startOfRest(this.#shape, this.#factor!, aside), skip: this.#skip() };
      }
      case 'residuals':
        return this.#refine() ? { pass: 'residuals', solution: this.#solution! } : undefined;
    }
  }

  /** What a finished factor is good for next. */
  #settle(factor: Float64Array): PassWork | undefined {
    if (this.#factor !== undefined) {
      this.#errors = this.#solveAside(factor);
      if (this.#hangsOnRounding(factor)) this.#status |= ILL_CONDITIONED;
      return undefined;
    }
    this.#factor = factor;
    if (this.#alphas[0] === 0) {
      const { p, targets } = this.#shape;
      this.#solution = new Float64Array(targets * (2 + 3 * p));
      for (let target = 0; target < targets; target++) {
        const { coef, intercept } = this.#solveFor(factor, 0, target);
        const start = startSolution(this.#shape, coef, intercept, readFactor(this.#shape, factor).mean);
        this.#solution.set(start, target * start.length);
      }
      return { pass: 'residuals', solution: this.#solution };
    }
    const { rows } = readFactor(this.#shape, factor);
    if (rows >= 2) return { pass: 'sweep', factor, alphas: this.#alphas, nodes: this.#nodes(factor) };
    if (this.#alphas.length > 1) throw tooFewRows(rows);
    return undefined;
  }

  /**
   * Leave-one-out errors of the same rows at every alpha, of one target, after `next` returned false.
   *
   * @throws {RidgelineError} TOO_FEW_ROWS; BAD_ALPHA at alpha 0, for which there is no sweep
   */
  leaveOneOutErrors(target = 0): LeaveOneOutErrors {
    const factor = this.#factor;
    if (factor === undefined) throw emptyInput();
    if (this.#sums === undefined)
      throw this.#alphas[0] === 0 ? noSweep() : tooFewRows(readFactor(this.#shape, factor).rows);
    const [rows, errors] = [this.#skip(), this.#asideErrors(target)];
    const at = (k: number): Float64Array => this.#alphas.map((_, a) => errors[a * rows.length + k]!);
    const aside = new Map(Array.from(rows, (row, k) => [row, at(k)]));
    const job = { shape: this.#shape, n: this.#n, factor, target, alphas: this.#alphas, aside };
    return new LeaveOneOutErrors(job);
  }

  /** The fitted model of one target, after `next` returned false. @param scoring as `finishEach` */
  finish(scoring?: Scores): RidgeResult {
    return this.finishEach(scoring)[0]!;
  }

  /**
   * The fitted model of every target, after `next` returned false.
   *
   * @param scoring the score of every alpha; default the negative of its mean squared leave-one-out error
   * @param alphaPerTarget an alpha for each target by its own scores, in place of one for all by their mean
   */
  finishEach(scoring: Scores = (mse) => mse.map((error) => -error), alphaPerTarget = false): readonly RidgeResult[] {
    const factor = this.#factor;
    if (factor === undefined) throw emptyInput();
    const targets = Array.from({ length: this.#shape.targets }, (_, target) => {
      const mse = this.#meanSquares(target);
      return { mse, scores: scoring(mse, target) };
    });
    const mean = meanOf(targets.map(({ scores }) => scores));
    return targets.map(({ mse, scores: own }, target) => {
      const scores = alphaPerTarget ? own : mean;
      let best = 0;
      scores.forEach((score, i) => {
        if (score > scores[best]!) best = i;
      });
      const alpha = this.#alphas[best]!;
      const atEdge = mse.length > 1 && rangeOf(this.#alphas).includes(alpha);
      return {
        n: this.#n,
        alpha,
        alphas: this.#alphas,
        mse,
        scores,
        bestScore: scores[best] ?? null,
        ...this.#coefficients(factor, alpha, target),
        warnings: warningCodes(this.#status | (atEdge ? ALPHA_AT_GRID_EDGE : 0)),
        passes: this.#passes,
      };
    });
  }

  /**
   * Leave-one-out residuals and models of the same rows, of one target.
   *
   * @param result what `finish` gave for it
   * @throws {RidgelineError} EMPTY_INPUT, TOO_FEW_ROWS
   */
  leaveOneOut(result: RidgeResult, target = 0): LeaveOneOut {
    const factor = this.#factor;
    if (factor === undefined) throw emptyInput();
    const [rows, errors] = [this.#skip(), this.#asideErrors(target)];
    const chosen = this.#alphas.indexOf(result.alpha) * rows.length;
    const aside = new Map(Array.from(rows, (row, k) => [row, errors[chosen + k]!]));
    const { n, alpha, coef, intercept } = result;
    return new LeaveOneOut({ shape: this.#shape, factor, target, result: { n, alpha, coef, intercept }, aside });
  }

  #fitScaler(): void {
    const { p, targets } = this.#shape;
    this.#scaler = finishScaler(this.#kernels, this.#arena, this.#pass.forest, p + targets, p);
    const { mean, scale } = this.#scaler;
    this.#shape = { ...this.#shape, mean, scale };
  }

  /** Factors the moments. */
  #solve(): { factor: Float64Array; settled: boolean } {
    const { p, targets, fitIntercept, mean, scale } = this.#shape;
    return this.#pass.forest.fold((node) => {
      const length = this.#kernels.rl_ridge_factor_length(p, targets);
      const factor = this.#arena.f64(length);
      const scratch = this.#arena.bytes(this.#kernels.rl_ridge_factor_scratch(p, targets));
      const problem = [
        node,
        p,
        targets,
        fitIntercept ? 1 : 0,
        rangeOf(this.#alphas)[0],
        this.#arena.put(mean),
        this.#arena.put(scale),
      ] as const;
      const status = this.#kernels.rl_ridge_factor(...problem, factor, scratch);
      const q = p + targets;
      const moments = this.#arena.take(node + 8 * (1 + q), q * q);
      if (status === BAD_SCALE) throw badScale(moments, this.#shape);
      if (status === NON_FINITE) throw overflow(longestOf(moments), this.#shape);
      if (status === BAD_WEIGHT) throw noWeight(this.#shape.weights);
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
      const force = ++this.#turns >= MAX_PRECONDITION ? 1 : 0;
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
    const [na, nn, { targets }] = [this.#alphas.length, at.length, this.#shape];
    return this.#pass.forest.fold((node) => {
      const sums = node + targets * nn * 8;
      if (nn > 0) {
        const [factor, nodes, alphas] = [this.#arena.put(from), this.#arena.put(at), this.#arena.put(this.#alphas)];
        for (let target = 0; target < targets; target++) {
          const [values, out] = [node + target * nn * 8, sums + target * na * 8];
          this.#kernels.rl_ridge_interpolate(factor, nodes, values, nn, alphas, na, out);
        }
      }
      return this.#arena.take(sums, targets * na);
    });
  }

  /** f64 elements of a row set aside. */
  get #asideEntry(): number {
    return 2 + this.#shape.p + this.#shape.targets;
  }

  /** Indices of the rows set aside. */
  #skip(): Float64Array {
    const entry = this.#asideEntry;
    return Float64Array.from({ length: this.#aside.length / entry }, (_, i) => this.#aside[i * entry]!);
  }

  #meanSquares(target: number): Float64Array {
    const errors = this.#asideErrors(target);
    const na = this.#alphas.length;
    const count = errors.length / na;
    return (this.#sums ?? new Float64Array()).subarray(target * na, (target + 1) * na).map((sum, a) => {
      let own = 0;
      for (let i = 0; i < count; i++) {
        const [error, weight] = [errors[a * count + i]!, this.#aside[i * this.#asideEntry + 1]!];
        own += weight * (error * error);
      }
      return (sum + own) / this.#n;
    });
  }

  /** Leave-one-out errors of the rows set aside, of one target: f64[alphas, rows]. */
  #asideErrors(target: number): Float64Array {
    const length = this.#errors.length / this.#shape.targets;
    return this.#errors.subarray(target * length, (target + 1) * length);
  }

  /** Those of all targets, by the factor of the other rows. */
  #solveAside(rest: Float64Array): Float64Array {
    const arena = this.#arena;
    return arena.scope(() => {
      const count = this.#skip().length;
      const [na, { p, targets }] = [this.#alphas.length, this.#shape];
      const length = targets * na * count;
      const [factor, alphas, errors] = [arena.put(rest), arena.put(this.#alphas), arena.f64(length)];
      const aside = arena.put([count, count]);
      arena.put(this.#aside); // directly behind
      const scratch = arena.bytes(this.#kernels.rl_ridge_aside_scratch(p, count));
      this.#kernels.rl_ridge_aside(factor, alphas, na, aside, errors, scratch);
      return arena.take(errors, length);
    });
  }

  /** Whether rounding of the other rows decides digits of the errors of those set aside. */
  #hangsOnRounding(rest: Float64Array): boolean {
    const alpha = rangeOf(this.#alphas)[0];
    const [at, count] = [this.#alphas.indexOf(alpha), this.#skip().length];
    return Array.from({ length: this.#shape.targets }, (_, target) => {
      const errors = this.#asideErrors(target).subarray(at * count, (at + 1) * count);
      const squares = this.#meanSquares(target)[at]! * this.#n;
      return hangOnRounding(this.#shape, rest, { rows: this.#aside, errors, alpha, squares });
    }).some(Boolean);
  }

  #coefficients(factor: Float64Array, alpha: number, target: number): Coefficients {
    if (this.#solution !== undefined) {
      const length = 2 + 3 * this.#shape.p;
      return readSolution(this.#shape, this.#solution.subarray(target * length, (target + 1) * length));
    }
    const { coef, intercept } = this.#solveFor(factor, alpha, target);
    return unscaled(this.#shape, coef, intercept);
  }

  #solveFor(factor: Float64Array, alpha: number, target: number): { coef: Float64Array; intercept: number } {
    const { p } = this.#shape;
    return this.#arena.scope(() => {
      const coef = this.#arena.f64(p);
      const intercept = this.#arena.f64(1);
      this.#kernels.rl_ridge_coefficients(this.#arena.put(factor), alpha, target, coef, intercept);
      return { coef: this.#arena.take(coef, p), intercept: this.#arena.take(intercept, 1)[0]! };
    });
  }

  /** Takes one step of refinement, of every target that gains by it. @returns whether another pass is worth it */
  #refine(): boolean {
    const { p, scale, targets } = this.#shape;
    const arena = this.#arena;
    return this.#pass.forest.fold((sums) => {
      const [factor, scales, scratch] = [arena.put(this.#factor), arena.put(scale), arena.f64(2 * p)];
      for (let target = 0; target < targets; target++) {
        const last = this.#lastChange[target]!;
        if (last === 0) continue;
        const at = target * (2 + 3 * p);
        const solution = arena.put(this.#solution!.subarray(at, at + 2 + 3 * p));
        const change = this.#kernels.rl_ridge_correct(factor, scales, sums + target * (1 + p) * 16, solution, scratch);
        // A step that grows, or overflowed, is not taken.
        const shrinks = change <= last;
        if (shrinks) this.#solution!.set(arena.take(solution, 2 + 3 * p), at);
        this.#lastChange[target] = shrinks && change * (change / last) > REFINED ? change : 0;
      }
      return this.#lastChange.some((change) => change > 0) && this.#passes < MAX_PRECONDITION + MAX_REFINE;
    });
  }
}

/** The score of every alpha, greater is better, from its mean squared leave-one-out error. */
export type Scores = (mse: Float64Array, target: number) => Float64Array;

function meanOf(columns: readonly Float64Array[]): Float64Array {
  if (columns.length === 1) return columns[0]!;
  return columns[0]!.map((first, i) => {
    const sum = columns.slice(1).reduce((total, column) => total + column[i]!, first);
    return sum / columns.length;
  });
}
