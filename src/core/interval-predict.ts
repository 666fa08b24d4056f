import { RidgelineError } from '../contracts/errors.ts';
import type { LeaveOneOutIntervals } from '../contracts/model.ts';
import { told } from './array-input.ts';
import type { Columns, Core, LinearModel } from './core.ts';
import { JACKKNIFE_PLUS_VALUES, JACKKNIFE_VALUES } from './interval-fit.ts';
import { orderStatistic } from './order-statistic.ts';

export type IntervalMethod = 'jackknife' | 'jackknife+';

const METHODS: readonly IntervalMethod[] = ['jackknife', 'jackknife+'];

export interface Interval {
  /** f64[n], unit of the target. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

/** What the intervals of a model are made from. */
export interface IntervalSource {
  readonly n: number;
  readonly p: number;
  /** Absent when the fit was not asked for it. */
  readonly intervals: LeaveOneOutIntervals | undefined;
}

/**
 * Prediction intervals at one level. With mu the model, mu_(-i) the model without row i and e_i its residual there:
 *
 *     jackknife   mu(x) - q, mu(x) + q                     q := k-th smallest of |e_i|
 *     jackknife+  (n+1-k)-th smallest of mu_(-i)(x) - |e_i|,  k-th smallest of mu_(-i)(x) + |e_i|
 *     k := ceil(level (n + 1))
 *
 * For exchangeable rows, jackknife+ holds the truth with probability at least 2 level - 1 (and about `level` in practice),
 * whatever the distribution, if alpha and transformers do not depend on the rows. The plain jackknife promises nothing of
 * the kind: with p near n it can fail badly.
 *
 * Cost of jackknife+: n (2 p + a few) flops for every row predicted.
 * Source: Barber, Candes, Ramdas & Tibshirani, Predictive inference with the jackknife+ (2021).
 */
export class IntervalPredictor {
  readonly method: IntervalMethod;
  readonly #core: Core;
  readonly #rank: number;
  readonly #intervals: LeaveOneOutIntervals;
  readonly #width: number;

  /**
   * @param level in (0, 1), such as 0.9
   * @param method default jackknife+ where the model has it
   * @throws {RidgelineError} BAD_INTERVAL, NO_INTERVALS, NO_JACKKNIFE_PLUS, INTERVAL_UNBOUNDED
   */
  constructor(core: Core, { n, p, intervals }: IntervalSource, level: number, method?: IntervalMethod) {
    if (!(typeof level === 'number' && level > 0 && level < 1)) {
      throw new RidgelineError(
        'BAD_INTERVAL',
        'usage',
        `interval: expected a level between 0 and 1, got ${told(level)}`,
        {
          remedy: 'give the share of the truth it is to hold, such as 0.9',
        },
      );
    }
    if (method !== undefined && !METHODS.includes(method)) {
      throw new RidgelineError(
        'BAD_INTERVAL',
        'usage',
        `interval: expected the method ${METHODS.join(' or ')}, got ${told(method)}`,
        { remedy: 'leave it out for jackknife+ where the model has it' },
      );
    }
    if (intervals === undefined) {
      throw new RidgelineError(
        'NO_INTERVALS',
        'content',
        'interval: the model was fitted without leave-one-out residuals',
        {
          remedy: 'fit it again with --intervals (in code: intervals: true)',
        },
      );
    }
    this.method = method ?? (intervals.jackknifePlus === undefined ? 'jackknife' : 'jackknife+');
    if (this.method === 'jackknife+' && intervals.jackknifePlus === undefined) {
      throw new RidgelineError(
        'NO_JACKKNIFE_PLUS',
        'content',
        `interval: jackknife+ is kept for rows x (columns + 2) up to ${JACKKNIFE_PLUS_VALUES}, got ${n * (p + 2)}`,
        { remedy: 'take the plain jackknife, --interval-method jackknife, or fit on fewer rows' },
      );
    }
    const kept = intervals.jackknife;
    const plus = intervals.jackknifePlus;
    const rows = plus?.residual.length ?? intervals.rows ?? (kept.length < JACKKNIFE_VALUES ? kept.length : n);
    const rank = rankOf(level, rows + 1);
    if (rank > rows) {
      const needs = Math.ceil(level / (1 - level) - 1e-9);
      throw new RidgelineError(
        'INTERVAL_UNBOUNDED',
        'content',
        `interval: a level of ${level} needs at least ${needs} rows to fit on, got ${rows}`,
        { remedy: 'ask for a lower level, or fit on more rows' },
      );
    }
    this.#core = core;
    this.#intervals = intervals;
    this.#rank = rank;
    // Of a thinned list the next level that it has: never narrower than the whole list would make it.
    this.#width = kept.length === rows ? kept[rank - 1]! : kept[rankOf(level, JACKKNIFE_VALUES) - 1]!;
  }

  /** @param model the fitted model @param columns as for `core.predict` @param predicted f64[n] of it */
  predict(model: LinearModel, columns: Columns, predicted: Float64Array): Interval {
    const plus = this.#intervals.jackknifePlus;
    if (this.method === 'jackknife' || plus === undefined) {
      return {
        lower: predicted.map((value) => value - this.#width),
        upper: predicted.map((value) => value + this.#width),
      };
    }
    const { residual, intercept } = plus;
    const n = residual.length;
    const p = model.coef.length;
    const coef = Float64Array.from(plus.coef);
    const scaled = this.#core.transform(columns, model);
    const [lower, upper] = [new Float64Array(predicted.length), new Float64Array(predicted.length)];
    const [lows, highs] = [new Float64Array(n), new Float64Array(n)];
    const x = new Float64Array(p);
    for (let row = 0; row < predicted.length; row++) {
      for (let j = 0; j < p; j++) x[j] = scaled[j]![row]!;
      for (let i = 0; i < n; i++) {
        let mu = intercept[i]!;
        for (let j = 0; j < p; j++) mu += coef[i * p + j]! * x[j]!;
        lows[i] = mu - residual[i]!;
        highs[i] = mu + residual[i]!;
      }
      lower[row] = orderStatistic(lows, n + 1 - this.#rank);
      upper[row] = orderStatistic(highs, this.#rank);
    }
    return { lower, upper };
  }
}

/** ceil(level * of), where a product such as 0.07 * 100 that is whole but for rounding counts as whole. */
function rankOf(level: number, of: number): number {
  return Math.max(1, Math.ceil(level * of * (1 - 2 ** -50)));
}
