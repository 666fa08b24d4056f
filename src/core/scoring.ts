import { RidgelineError } from '../contracts/errors.ts';
import type { Scoring } from '../contracts/model.ts';
import { LeaveOneOutErrors } from './leave-one-out-errors.ts';
import type { ErrorsJob } from './leave-one-out-errors.ts';

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

/** What to make of the leave-one-out errors of one target: plain data. */
export interface ScoresJob {
  readonly of: ErrorsJob;
  readonly scoring: Scoring | undefined;
  /** Keeps per-row results too. */
  readonly store: boolean;
}

/** What a range of rows came to: plain data, to be sent and appended. */
export interface ScoresPart {
  /** Of every SUMMED_ROWS rows: rows, weight, mean and spread of the target, and per alpha the sum of absolute errors. */
  readonly sums: readonly Float64Array[];
  /** Per alpha f64[rows]. */
  readonly stored: readonly Float64Array[];
}

/** Rows whose sums are added up before they are merged, from row 0 on: so ranges have the bits of the whole. */
const SUMMED_ROWS = 1024;

/** Elements of a sum: rows, then these, then one for each alpha. */
const [WEIGHT, MEAN, SPREAD, HEADER] = [1, 2, 3, 4];

/**
 * What is made of leave-one-out predictions, from rows that come in blocks: the score of every alpha, and what they were.
 * The same bits however the rows are cut, and for ranges done elsewhere that are appended in order.
 *
 * Source: Welford (1962) and West (1979) for the spread of the target; Chan, Golub & LeVeque (1983) for merging it.
 */
export class LeaveOneOutScores {
  readonly job: ScoresJob;
  readonly #rows: LeaveOneOutErrors;
  /** Of a range they are kept apart. */
  readonly #isRange: boolean;
  readonly #sums: Float64Array[] = [];
  readonly #total: Float64Array;
  /** Of the rows since the last multiple of SUMMED_ROWS. */
  #open: Float64Array;
  readonly #stored: Float64Array[] = [];
  #n = 0;

  /**
   * @param rows a range of them: the first is a multiple of SUMMED_ROWS
   * @throws {RidgelineError} OUT_OF_MEMORY when rows x alphas are too many to be stored
   */
  constructor(job: ScoresJob, rows?: readonly [start: number, end: number]) {
    const { of, store } = job;
    const { alphas } = of;
    this.job = job;
    this.#rows = new LeaveOneOutErrors(of, rows?.[0]);
    this.#isRange = rows !== undefined;
    this.#total = new Float64Array(HEADER + alphas.length);
    this.#open = this.#total.slice();
    if (!store) return;
    const n = rows ? rows[1] - rows[0] : of.n;
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
    const { scoring } = this.job;
    this.#stored.forEach((stored, a) => {
      const [error, from] = [errors[a]!, this.#n];
      for (let i = 0; i < error.length; i += 1) {
        stored[from + i] = scoring === undefined ? (weights?.[i] ?? 1) * (error[i]! * error[i]!) : y[i]! - error[i]!;
      }
    });
    for (let from = 0; from < y.length;) {
      const to = Math.min(y.length, from + SUMMED_ROWS - (this.#n % SUMMED_ROWS));
      addRows(this.#open, errors, y, weights, from, to);
      this.#n += to - from;
      from = to;
      if (this.#n % SUMMED_ROWS === 0) this.#close();
    }
  }

  /** Takes in a range done elsewhere; ranges in row order. */
  append({ sums, stored }: ScoresPart): void {
    stored.forEach((values, a) => this.#stored[a]!.set(values, this.#n));
    for (const sum of sums) {
      this.#n += sum[0]!;
      this.#merge(sum);
    }
  }

  /** Of a range, after all of its rows. */
  save(): ScoresPart {
    this.#close();
    return { sums: this.#sums, stored: this.#stored };
  }

  /** The score of every alpha. @param mse mean squared leave-one-out error per alpha */
  scores(mse: Float64Array): Float64Array {
    this.#close();
    const { scoring } = this.job;
    const [n = 0, weight = 0, , spread = 0] = this.#total;
    if (scoring === undefined) return mse.map((error) => -error);
    if (scoring === 'neg_mean_absolute_error') return this.#total.subarray(HEADER).map((sum) => -(sum / weight));
    // A mean of weighted errors is over rows (as scikit-learn's without scoring), a score over weights.
    if (scoring !== 'r2') return mse.map((error) => -error * (n / weight));
    // Of a constant target 1 when every prediction is right, else 0, as scikit-learn.
    return mse.map((error) => (spread > 0 ? 1 - (error * n) / spread : error === 0 ? 1 : 0));
  }

  /**
   * Per alpha f64[n], when asked for: squared leave-one-out errors, or with `scoring` the predictions, as scikit-learn's
   * `cv_results_`.
   */
  get cvResults(): readonly Float64Array[] | undefined {
    return this.job.store ? this.#stored : undefined;
  }

  #close(): void {
    if (this.#open[0] === 0) return;
    if (this.#isRange) this.#sums.push(this.#open);
    else this.#merge(this.#open);
    this.#open = new Float64Array(this.#open.length);
  }

  #merge(sum: Float64Array): void {
    const total = this.#total;
    const [, before = 0, mean = 0] = total;
    const [, added = 0, addedMean = 0] = sum;
    for (let i = 0; i < sum.length; i += 1) if (i !== MEAN) total[i]! += sum[i]!;
    if (added === 0) return;
    const distance = addedMean - mean;
    total[MEAN] = mean + distance * (added / (before + added));
    total[SPREAD]! += distance * distance * ((before * added) / (before + added));
  }
}

/** Adds rows of one block to a sum. */
function addRows(
  sum: Float64Array,
  errors: readonly Float64Array[],
  y: ArrayLike<number>,
  weights: ArrayLike<number> | undefined,
  from: number,
  to: number,
): void {
  sum[0]! += to - from;
  for (let i = from; i < to; i += 1) {
    const weight = weights?.[i] ?? 1;
    if (weight === 0) continue;
    const distance = y[i]! - sum[MEAN]!;
    sum[WEIGHT]! += weight;
    sum[MEAN]! += (distance * weight) / sum[WEIGHT]!;
    sum[SPREAD]! += weight * (distance * (y[i]! - sum[MEAN]!));
  }
  errors.forEach((error, a) => {
    let absolute = sum[HEADER + a]!;
    for (let i = from; i < to; i += 1) absolute += (weights?.[i] ?? 1) * Math.abs(error[i]!);
    sum[HEADER + a] = absolute;
  });
}
