import type { LeaveOneOutIntervals, Scoring } from '../contracts/model.ts';
import { checkNumbers, columnsOf, isArrayLike } from './array-input.ts';
import type { Matrix } from './array-input.ts';
import type { Columns, Core } from './core.ts';
import { checkCv } from './fold-fit.ts';
import { FoldSearch } from './fold-search.ts';
import { checkFlags, checkOptionNames } from './known-options.ts';
import { IntervalFit } from './interval-fit.ts';
import { IntervalPredictor } from './interval-predict.ts';
import type { Interval, IntervalMethod } from './interval-predict.ts';
import { alphasOf, checkAlphaOptions } from './ridge-checks.ts';
import type { RidgeResult } from './ridge-fit.ts';
import { isColumns } from './ridge-pass.ts';
import type { ScalerFit } from './scaler-fit.ts';
import { LeaveOneOutScores, checkScoring } from './scoring.ts';

export interface RidgeCVOptions {
  /** Alphas > 0 to choose from; default logspace(-3, 1, 30), which is 0.001 to 10. With `cv` an alpha may be 0. */
  readonly alphas?: ArrayLike<number>;
  /** One alpha in place of a grid; 0 is ordinary least squares. */
  readonly alpha?: number;
  /** Default true; the intercept is not penalised. */
  readonly fitIntercept?: boolean;
  /** Folds of consecutive rows to cross-validate over in place of leave-one-out, as scikit-learn's `cv=k`. */
  readonly cv?: number;
  /** What alpha is chosen by, over leave-one-out predictions. Default the mean squared error; with `cv` r2. */
  readonly scoring?: Scoring;
  /** Keeps what every row came to at every alpha: `cvResults`. */
  readonly storeCvResults?: boolean;
  /** Keeps what `predictInterval` needs. Default false. */
  readonly intervals?: boolean;
  /** Of several targets each chooses an alpha by its own scores, in place of one for all by their mean. Default false. */
  readonly alphaPerTarget?: boolean;
}

/** What the estimator over tables has besides. */
const INSTEAD = {
  standardize: 'fit a StandardScaler and give fit what it transforms',
  sampleWeight: 'give the weights to fit: fit(x, y, weights)',
  features: 'give the columns to fit: fit(x, y)',
};

export const ARRAY_OPTIONS: readonly (keyof RidgeCVOptions)[] = [
  'alphas',
  'alpha',
  'fitIntercept',
  'cv',
  'scoring',
  'storeCvResults',
  'intervals',
  'alphaPerTarget',
];

export const ARRAY_FLAGS = ['fitIntercept', 'storeCvResults', 'intervals', 'alphaPerTarget'] as const;

/** Standardises columns: (x - mean) / scale, over arrays. */
export class StandardScaler {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  /**
   * @param weights of the rows, each >= 0
   * @throws {RidgelineError} NON_FINITE at an infinity, NOT_NUMERIC, BAD_SHAPE, BAD_WEIGHT, EMPTY_INPUT; NaN means missing and
   *   is ignored.
   */
  fit(x: Matrix, weights?: ArrayLike<number>): FittedStandardScaler {
    const columns = columnsOf('fit', x);
    if (weights !== undefined) checkNumbers('fit', 'weights', weights);
    const fit = this.#core.scalerFit(columns.length, { weighted: weights !== undefined });
    fit.push(columns, weights);
    return new FittedStandardScaler(this.#core, fit);
  }
}

export class FittedStandardScaler {
  readonly #core: Core;
  readonly #fit: ScalerFit;
  readonly nSamplesSeen: Float64Array;
  readonly mean: Float64Array;
  readonly var: Float64Array;
  readonly scale: Float64Array;

  /** @param fit the rows it has seen */
  constructor(core: Core, fit: ScalerFit) {
    this.#core = core;
    this.#fit = fit;
    const result = fit.finish();
    this.nSamplesSeen = result.nSamplesSeen;
    this.mean = result.mean;
    this.var = result.var;
    this.scale = result.scale;
  }

  /** A scaler of these rows too, with the bits of one fit on all of them; this one stays as it is. */
  partialFit(x: Matrix, weights?: ArrayLike<number>): FittedStandardScaler {
    const columns = columnsOf('fit', x);
    if (weights !== undefined) checkNumbers('fit', 'weights', weights);
    const fit = this.#fit.copy(weights !== undefined);
    fit.push(columns, weights);
    return new FittedStandardScaler(this.#core, fit);
  }

  /** Standardised columns, f64[n] each. @throws {RidgelineError} BAD_SHAPE, NOT_NUMERIC */
  transform(x: Matrix): readonly Float64Array[] {
    return this.#core.transform(columnsOf('transform', x), this);
  }

  /** Columns in their own units again, f64[n] each. @throws {RidgelineError} as `transform` */
  inverseTransform(x: Matrix): readonly Float64Array[] {
    return this.#core.inverseTransform(columnsOf('inverseTransform', x), this);
  }
}

/**
 * Ridge regression that chooses alpha by exact leave-one-out, over arrays.
 *
 * @example
 * const core = await createCore();
 * const model = new RidgeCV(core).fit([Float64Array.of(1, 2, 3, 4)], [2, 4, 6, 8.1]);
 * model.predict([[5]])[0]; // 10.1 or so
 *
 * @example
 * const [low, high] = new RidgeCV(core, { alphaPerTarget: true }).fit(x, [lows, highs]); // a model for each target
 */
export class RidgeCV {
  readonly #core: Core;
  readonly options: RidgeCVOptions;

  constructor(core: Core, options: RidgeCVOptions = {}) {
    this.#core = core;
    this.options = options;
    // The name of a target changes no number: options may be those of a fit over tables.
    checkOptionNames('RidgeCV', options, [...ARRAY_OPTIONS, 'target'], INSTEAD);
    checkFlags('RidgeCV', options, ARRAY_FLAGS);
    checkScoring(options.scoring);
    checkCv(options);
    checkAlphaOptions(options);
  }

  /**
   * @param y the target, or a column for each of several: then a model for each, with the bits of a fit of it alone (but
   *   for the alpha that they choose together)
   * @param weights of the rows, each >= 0; a row of weight 0 is left out
   * @throws {RidgelineError} NON_FINITE and NOT_NUMERIC with row and column, BAD_SHAPE, EMPTY_INPUT, TOO_FEW_ROWS,
   *   BAD_ALPHA, BAD_FOLDS, BAD_WEIGHT.
   */
  fit(x: Matrix, y: ArrayLike<number>, weights?: ArrayLike<number>): FittedRidge;
  fit(x: Matrix, y: readonly ArrayLike<number>[], weights?: ArrayLike<number>): readonly FittedRidge[];
  fit(
    x: Matrix,
    y: ArrayLike<number> | readonly ArrayLike<number>[],
    given?: ArrayLike<number>,
  ): FittedRidge | readonly FittedRidge[] {
    const { fitIntercept = true, scoring, storeCvResults = false, intervals, alphaPerTarget } = this.options;
    const alphas = alphasOf(this.options, () => this.#core.logspace(-3, 1, 30));
    const columns = columnsOf('fit', x);
    const targets = targetsOf(y);
    const weights = weightsOf(given);
    if (this.options.cv !== undefined) {
      const weighted = weights !== undefined;
      const shape = { p: columns.length, targets: targets.length, alphas, fitIntercept, scoring, weighted };
      const search = new FoldSearch(this.#core, targets[0]?.length ?? 0, this.options.cv, shape);
      do search.push(columns, targets, weights);
      while (search.next());
      const models = search.finish().map((result) => new FittedRidge(this.#core, result));
      return isColumns(y) ? models : models[0]!;
    }
    const weighted = weights !== undefined;
    const fit = this.#core.ridgeFit({ p: columns.length, targets: targets.length, alphas, fitIntercept, weighted });
    do fit.push(columns, targets, weights);
    while (fit.next());
    const judged =
      scoring !== undefined || storeCvResults
        ? targets.map((values, target) => {
            const of = fit.leaveOneOutErrors(target).job;
            const scores = new LeaveOneOutScores({ of, scoring, store: storeCvResults });
            scores.push(columns, values, weights);
            return scores;
          })
        : undefined;
    const results = fit.finishEach(judged && ((mse, target) => judged[target]!.scores(mse)), alphaPerTarget);
    const models = results.map((result, target) => {
      const kept = intervals === true ? new IntervalFit(fit.leaveOneOut(result, target).job) : undefined;
      kept?.push(columns, targets[target]!, weights);
      return new FittedRidge(this.#core, result, kept?.finish(), judged?.[target]!.cvResults);
    });
    return isColumns(y) ? models : models[0]!;
  }
}

export class FittedRidge {
  readonly #core: Core;
  /** All there is to know of the fit. */
  readonly result: RidgeResult;
  readonly alpha: number;
  readonly bestScore: number | null;
  readonly coef: Float64Array;
  readonly intercept: number;
  /** When the fit was asked for `intervals`. */
  readonly intervals: LeaveOneOutIntervals | undefined;
  /** Per alpha f64[n], with `storeCvResults`: squared leave-one-out errors, or with `scoring` the predictions. */
  readonly cvResults: readonly Float64Array[] | undefined;

  constructor(core: Core, result: RidgeResult, intervals?: LeaveOneOutIntervals, cvResults?: readonly Float64Array[]) {
    this.#core = core;
    this.cvResults = cvResults;
    this.result = result;
    this.alpha = result.alpha;
    this.bestScore = result.bestScore;
    this.coef = result.coef;
    this.intercept = result.intercept;
    this.intervals = intervals;
  }

  /** Predictions, f64[n]. @throws {RidgelineError} NON_FINITE and NOT_NUMERIC with row and column, BAD_SHAPE. */
  predict(x: Matrix): Float64Array {
    return this.#core.predict(this, columnsOf('predict', x));
  }

  /**
   * Prediction intervals, f64[n] each. @param level such as 0.9 @param method default jackknife+ where the fit is small enough
   * @throws {RidgelineError} BAD_INTERVAL, NO_INTERVALS, NO_JACKKNIFE_PLUS, INTERVAL_UNBOUNDED; as `predict`
   */
  predictInterval(x: Matrix, level: number, method?: IntervalMethod): Interval {
    const { result, intervals } = this;
    const source = { n: result.n, p: this.coef.length, intervals };
    const columns = columnsOf('predict', x);
    return new IntervalPredictor(this.#core, source, level, method).predict(this, columns, this.predict(columns));
  }
}

/** As numbers: false is 0, and a row of weight 0 is left out. */
function weightsOf(weights: ArrayLike<number> | undefined): ArrayLike<number> | undefined {
  if (weights === undefined) return undefined;
  checkNumbers('fit', 'weights', weights);
  return ArrayBuffer.isView(weights) ? weights : Float64Array.from(weights);
}

function targetsOf(y: ArrayLike<number> | Columns): Columns {
  const several = isArrayLike(y) && isColumns(y);
  const targets = several ? y : [y];
  for (let k = 0; k < targets.length; k++) checkNumbers('fit', several ? `y[${k}]` : 'y', targets[k]);
  return targets;
}
