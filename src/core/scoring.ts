import { RidgelineError } from '../contracts/errors.ts';
import type { Scoring } from '../contracts/model.ts';
import type { LeaveOneOutErrors } from './leave-one-out-errors.ts';

export const SCORINGS: readonly Scoring[] = ['neg_mean_squared_error', 'r2', 'neg_mean_absolute_error'];

/** Most values of per-row results: 1 GB. */
const MAX_STORED = 2 ** 27;

/** @throws {RidgelineError} BAD_SCORING for another than those above */
export function checkScoring(scoring: Scoring | undefined): void {
  if (scoring === undefined || SCORINGS.includes(scoring)) return;
  throw new RidgelineError(
    'BAD_SCORING',
    'usage',
    `fit: scoring must be one of ${SCORINGS.join(', ')}, got "${String(scoring)}"`,
    { remedy: 'leave it out for the mean squared error' },
  );
}

/** Share of a target's weighted variance that predictions explain; of a constant target 1 when each is right, else 0. */
export function weightedR2(truth: ArrayLike<number>, predicted: ArrayLike<number>, weights: ArrayLike<number>): number {
  let [total, sum, error, spread] = [0, 0, 0, 0];
  for (let i = 0; i < truth.length; i += 1) {
    total += weights[i]!;
    sum += weights[i]! * truth[i]!;
  }
  for (let i = 0; i < truth.length; i += 1) {
    error += weights[i]! * (truth[i]! - predicted[i]!) ** 2;
    spread += weights[i]! * (truth[i]! - sum / total) ** 2;
  }
  return spread > 0 ? 1 - error / spread : error === 0 ? 1 : 0;
}

/**
 * What is made of leave-one-out predictions, from rows that come in blocks: the score of every alpha, and what they were.
 * The same bits however the rows are cut.
 */
export class LeaveOneOutScores {
  readonly #rows: LeaveOneOutErrors;
  readonly #scoring: Scoring | undefined;
  readonly #stored: readonly Float64Array[] | undefined;
  readonly #absolute: Float64Array;
  #n = 0;
  /** Sum of weights; without weights the rows. */
  #weight = 0;
  #mean = 0;
  /** Weighted sum of squared distances of the target from its mean. */
  #spread = 0;

  /** @throws {RidgelineError} OUT_OF_MEMORY when rows x alphas are too many to be stored */
  constructor(rows: LeaveOneOutErrors, scoring: Scoring | undefined, store: boolean) {
    const { n, alphas } = rows;
    this.#rows = rows;
    this.#scoring = scoring;
    this.#absolute = new Float64Array(alphas.length);
    if (!store) return;
    if (n * alphas.length > MAX_STORED) {
      const size = Math.ceil((8 * n * alphas.length) / 2 ** 20);
      throw new RidgelineError('OUT_OF_MEMORY', 'usage', `fit: storeCvResults would take ${size} MB, at most 1024`, {
        remedy: 'give fewer alphas, or leave storeCvResults out',
      });
    }
    this.#stored = Array.from(alphas, () => new Float64Array(n));
  }

  /**
   * Takes the next rows that were fitted on.
   *
   * @param columns p columns, as they were pushed into the fit
   * @param weights of a weighted fit
   */
  push(columns: readonly ArrayLike<number>[], y: ArrayLike<number>, weights?: ArrayLike<number>): void {
    const errors = this.#rows.next(columns, y, weights);
    const weightOf = (i: number): number => weights?.[i] ?? 1;
    errors.forEach((error, a) => {
      let sum = this.#absolute[a]!;
      for (let i = 0; i < error.length; i += 1) sum += weightOf(i) * Math.abs(error[i]!);
      this.#absolute[a] = sum;
      const what =
        this.#scoring === undefined ? error.map((e, i) => weightOf(i) * (e * e)) : error.map((e, i) => y[i]! - e);
      this.#stored?.[a]!.set(what, this.#n);
    });
    this.#n += y.length;
    // Welford (1962), row by row; West (1979) for weights.
    for (let i = 0; i < y.length; i += 1) {
      const weight = weightOf(i);
      if (weight === 0) continue;
      const distance = y[i]! - this.#mean;
      this.#weight += weight;
      this.#mean += (distance * weight) / this.#weight;
      this.#spread += weight * (distance * (y[i]! - this.#mean));
    }
  }

  /** The score of every alpha. @param mse mean squared leave-one-out error per alpha */
  scores(mse: Float64Array): Float64Array {
    const [n, weight, spread] = [this.#n, this.#weight, this.#spread];
    if (this.#scoring === undefined) return mse.map((error) => -error);
    if (this.#scoring === 'neg_mean_absolute_error') return this.#absolute.map((sum) => -(sum / weight));
    // A mean of weighted errors is over rows (as scikit-learn's without scoring), a score over weights.
    if (this.#scoring !== 'r2') return mse.map((error) => -error * (n / weight));
    // Of a constant target 1 when every prediction is right, else 0, as scikit-learn.
    return mse.map((error) => (spread > 0 ? 1 - (error * n) / spread : error === 0 ? 1 : 0));
  }

  /**
   * Per alpha f64[n], when asked for: squared leave-one-out errors, or with `scoring` the predictions, as scikit-learn's
   * `cv_results_`.
   */
  get cvResults(): readonly Float64Array[] | undefined {
    return this.#stored;
  }
}
