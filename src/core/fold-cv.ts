import { RidgelineError } from '../contracts/errors.ts';
import type { Scoring } from '../contracts/model.ts';
import type { Arena } from './arena.ts';
import type { Kernels } from './kernels.ts';
import { unscaled } from './least-squares.ts';
import { isConstant, isLost, RFactors, spread } from './r-factor.ts';
import type { RFactor } from './r-factor.ts';
import { checkAlphas, noConvergence, noWeight, overflow, rangeOf, tooSmall } from './ridge-checks.ts';
import { isIllConditioned, readFactor, withoutRounding } from './ridge-factor.ts';
import type { RidgeOptions, RidgeResult } from './ridge-fit.ts';
import { ALPHA_AT_GRID_EDGE, CONSTANT_FEATURE, FEWER_ROWS_THAN_COLUMNS } from './status.ts';
import { ILL_CONDITIONED, warningCodes } from './status.ts';

/** As of a ridge fit, but that a grid of alphas may hold 0. */
export interface FoldCvOptions extends RidgeOptions {
  readonly scoring: Scoring;
}

/** Coefficients of one target at one alpha, on standardised columns. */
export interface Solution {
  readonly coef: Float64Array;
  readonly intercept: number;
}

/** One fold, and what the rows of all others say about it. */
export interface HeldOut {
  readonly weight: number;
  /** [target][alpha] */
  readonly solutions: readonly (readonly Solution[])[];
  /** [target][alpha]: (weighted) mean squared error over the fold's rows. */
  readonly mse: readonly (readonly number[])[];
  /** [target]: variance over the fold's rows, 0 for a constant. */
  readonly variance: readonly number[];
}

/**
 * Exact K-fold cross-validation from the statistics of the folds, without their rows: all folds but one are merged and
 * factored once, every alpha is solved from that factor, and its mean squared error on the fold left out is
 *
 *     |R [-b; 1]|^2 / n + (mean(y) - c - mean(x) b)^2,   R, n and means of the fold
 *
 * The score of an alpha is the mean over folds of the fold's score, as in scikit-learn's GridSearchCV. Conditional on the
 * scaling, which is that of all rows. With weights n is their sum, and scores are weighted, as there.
 */
export class FoldCv {
  readonly #kernels: Kernels;
  readonly #arena: Arena;
  readonly #factors: RFactors;
  readonly #options: FoldCvOptions & { readonly targets: number; readonly fitIntercept: boolean };
  readonly #alphas: Float64Array;
  readonly #all: RFactor;
  readonly heldOut: readonly HeldOut[];

  /**
   * @param folds two or more, each of one row or more
   * @throws {RidgelineError} BAD_ALPHA, NON_FINITE, BAD_SCALE, TOO_FEW_ROWS; BAD_WEIGHT when a fold has none
   */
  constructor(kernels: Kernels, arena: Arena, folds: readonly RFactor[], options: FoldCvOptions) {
    this.#kernels = kernels;
    this.#arena = arena;
    const { p, targets = 1, fitIntercept = true } = options;
    this.#factors = new RFactors(kernels, arena, p + targets);
    this.#options = { ...options, targets, fitIntercept };
    this.#alphas = checkAlphas(options.alphas, true);
    this.#all = this.#factors.mergeAll(folds);
    this.#check(folds);
    const others = this.#factors.mergeOthers(folds);
    this.heldOut = folds.map((fold, k) => this.#holdOut(fold, others[k]!));
  }

  /**
   * The fitted model of every target, on all rows, at the one alpha of the greatest mean score.
   *
   * @param absolute [target][alpha]: mean absolute errors, for scoring by them
   */
  finish(absolute?: readonly Float64Array[]): RidgeResult[] {
    const { p, targets, fitIntercept } = this.#options;
    const each = Array.from({ length: targets }, (_, t) => this.#scores(t, absolute?.[t]));
    const scores = this.#alphas.map((_, a) => average(each.map((own) => own[a]!)));
    const best = scores.indexOf(scores.reduce((most, score) => Math.max(most, score)));
    const alpha = this.#alphas[best]!;
    const { factor, constant } = this.#factor(this.#all);
    const atEdge = scores.length > 1 && rangeOf(this.#alphas).includes(alpha);
    const fewRows = this.#all.rows < p + (fitIntercept ? 1 : 0);
    const status =
      (constant ? CONSTANT_FEATURE : 0) |
      (atEdge ? ALPHA_AT_GRID_EDGE : 0) |
      (fewRows ? FEWER_ROWS_THAN_COLUMNS : 0) |
      (isIllConditioned(readFactor(this.#options, factor), alpha) ? ILL_CONDITIONED : 0);
    return Array.from({ length: targets }, (_, t): RidgeResult => {
      const { coef, intercept } = this.#solve(factor, t, [alpha])[0]!;
      return {
        n: this.#all.rows,
        alpha,
        alphas: this.#alphas,
        mse: this.#alphas.map((__, a) => average(this.heldOut.map(({ mse }) => mse[t]![a]!))),
        scores,
        bestScore: scores[best]!,
        ...unscaled(this.#options, coef, intercept),
        warnings: warningCodes(status),
        passes: 1,
      };
    });
  }

  /** Share of a target's (weighted) variance that its model explains, on all rows. */
  r2({ coef, intercept }: Solution, target = 0): number {
    const variance = spread(this.#all, this.#options.p + target) / this.#all.weight;
    return explained(this.#meanSquare(this.#standardised(this.#all), { coef, intercept }, target), variance);
  }

  #scores(target: number, absolute: Float64Array | undefined): Float64Array {
    const { scoring } = this.#options;
    if (scoring === 'neg_mean_absolute_error') return absolute!.map((error) => -error);
    return this.#alphas.map((_, a) =>
      average(
        this.heldOut.map(({ mse, variance }) => {
          const error = mse[target]![a]!;
          return scoring === 'r2' ? explained(error, variance[target]!) : -error;
        }),
      ),
    );
  }

  #holdOut(fold: RFactor, others: RFactor): HeldOut {
    const { p, targets } = this.#options;
    const { factor } = this.#factor(others);
    const scaled = this.#standardised(fold);
    const solutions = Array.from({ length: targets }, (_, t) => this.#solve(factor, t, this.#alphas));
    return {
      weight: fold.weight,
      solutions,
      mse: solutions.map((own, t) => own.map((solution) => this.#meanSquare(scaled, solution, t))),
      variance: solutions.map((_, t) => (isConstant(fold, p + t) ? 0 : spread(fold, p + t) / fold.weight)),
    };
  }

  /** Mean squared error of a solution on the rows of a factor. */
  #meanSquare({ weight, mean, r }: RFactor, { coef, intercept }: Solution, target: number): number {
    const { p } = this.#options;
    const { q } = this.#factors;
    const y = p + target;
    let bias = mean[y]! - intercept;
    for (let j = 0; j < p; j++) bias -= mean[j]! * coef[j]!;
    let sum = 0;
    for (let i = 0; i <= y; i++) {
      let error = r[i * q + y]!;
      for (let j = i; j < p; j++) error -= r[i * q + j]! * coef[j]!;
      sum += error * error;
    }
    return sum / weight + bias * bias;
  }

  /** The singular values and vectors of the standardised columns. */
  #factor(raw: RFactor): { factor: Float64Array; constant: boolean } {
    const { p, targets, fitIntercept } = this.#options;
    const { q } = this.#factors;
    const scaled = this.#standardised(raw);
    let constant = false;
    for (let j = 0; j < p; j++) {
      if (!fitIntercept || !isConstant(raw, j)) continue;
      constant = true;
      for (let i = 0; i <= j; i++) scaled.r[i * q + j] = 0;
    }
    const { rows, mean, r } = fitIntercept ? scaled : this.#factors.uncentred(scaled);
    const arena = this.#arena;
    return arena.scope(() => {
      const length = this.#kernels.rl_ridge_factor_length(p, targets);
      const factor = arena.f64(length);
      const [triangle, means] = [arena.put(r), arena.put(mean)];
      const intercept = fitIntercept ? 1 : 0;
      const status = this.#kernels.rl_ridge_factor_triangle(triangle, means, p, targets, rows, intercept, factor);
      if (status < 0) throw noConvergence();
      return { factor: withoutRounding(this.#options, arena.take(factor, length), this.#lengths(raw)), constant };
    });
  }

  /** Of the columns with their means, in units of the scaler. */
  #lengths(raw: RFactor): Float64Array {
    const { p, scale } = this.#options;
    return Float64Array.from({ length: p }, (_, j) => {
      return Math.sqrt(spread(raw, j) + raw.weight * raw.mean[j]! ** 2) / (scale?.[j] ?? 1);
    });
  }

  #standardised({ rows, weight, mean, r }: RFactor): RFactor {
    const { p, mean: shift, scale } = this.#options;
    const { q } = this.#factors;
    const scaled = { rows, weight, mean: mean.slice(), r: r.slice() };
    for (let j = 0; j < p; j++) {
      const unit = scale?.[j] ?? 1;
      scaled.mean[j] = (mean[j]! - (shift?.[j] ?? 0)) / unit;
      for (let i = 0; i <= j; i++) scaled.r[i * q + j] = r[i * q + j]! / unit;
    }
    return scaled;
  }

  #solve(from: Float64Array, target: number, alphas: ArrayLike<number>): Solution[] {
    const { p } = this.#options;
    const arena = this.#arena;
    return arena.scope(() => {
      const [factor, coef, intercept] = [arena.put(from), arena.f64(p), arena.f64(1)];
      return Array.from(alphas, (alpha) => {
        this.#kernels.rl_ridge_coefficients(factor, alpha, target, coef, intercept);
        return { coef: arena.take(coef, p), intercept: arena.take(intercept, 1)[0]! };
      });
    });
  }

  #check(folds: readonly RFactor[]): void {
    const { p, targets, target, scoring } = this.#options;
    const { q } = this.#factors;
    const longest = this.#all.r.findIndex((value) => !Number.isFinite(value)) % q;
    if (longest >= 0) throw overflow(longest, this.#options);
    for (let t = 0; t < targets; t++) if (isLost(this.#all, p + t)) throw tooSmall(t, target);
    if (folds.some(({ weight }) => weight === 0)) {
      throw noWeight(this.#options.weights, this.#all.weight === 0 ? undefined : folds.length);
    }
    const least = Math.min(...folds.map(({ rows }) => rows));
    if (scoring === 'r2' && least < 2) {
      throw new RidgelineError('TOO_FEW_ROWS', 'content', `fit: r2 needs 2 rows in every fold, got ${least}`, {
        remedy: 'take fewer folds, or scoring by the mean squared error',
      });
    }
  }
}

/** r2 as scikit-learn: of a constant target 1 when every prediction is right, else 0. */
function explained(meanSquare: number, variance: number): number {
  if (variance > 0) return 1 - meanSquare / variance;
  return meanSquare === 0 ? 1 : 0;
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
