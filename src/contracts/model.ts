import type { SourceInfo } from './table.ts';
import type { TransformerState } from './transformer.ts';

export type { OneHotEncoderState, SimpleImputerState, StandardScalerState, TransformerState } from './transformer.ts';

/** The version of a dataset that something was made from. */
export interface DatasetVersionRef {
  readonly name: string;
  readonly version: number;
  /** SHA-256 of the version's bytes, hex. */
  readonly sha256: string;
}

export const MODEL_FORMAT = 'ridgeline.model/1';

/**
 * What prediction intervals need of the rows fitted on: leave-one-out residuals `y_i - mu_(-i)(x_i)`, at the chosen alpha
 * and with the transformers fitted on all rows.
 */
export interface LeaveOneOutIntervals {
  /**
   * Absolute residuals in ascending order, unit of the target, of the n rows of a weight above 0: all of them up to 1,000 rows,
   * else 1,000 of them, value j the one of rank `ceil((j + 1) / 1000 * (n + 1))`, the last the largest.
   */
  readonly jackknife: readonly number[];
  /** How many rows have a weight above 0; absent: all. */
  readonly rows?: number;
  /** The n models that each leave one row out, on the columns as they come out of `chain`; absent for a large fit. */
  readonly jackknifePlus?: {
    /** Absolute residual of each row. */
    readonly residual: readonly number[];
    readonly intercept: readonly number[];
    /** f64[n, p], row after row. */
    readonly coef: readonly number[];
  };
}

/** By what leave-one-out predictions are judged, in scikit-learn's words; a greater score is better. */
export type Scoring = 'neg_mean_squared_error' | 'r2' | 'neg_mean_absolute_error';

/** A fitted ridge regression: the JSON artifact, complete and without code. Arrays over columns follow `features`. */
export interface RidgeModelArtifact {
  readonly format: typeof MODEL_FORMAT;
  readonly type: 'RidgeCV';
  /** Version of the numeric core that fitted it. */
  readonly coreVersion: string;
  readonly features: readonly string[];
  readonly target: string;
  /** Column of the weights of the rows; absent when all counted alike. */
  readonly sampleWeight?: string;
  /** Rows fitted on. */
  readonly n: number;
  /** Transformers between raw columns and `coef`, in order; empty when fitted on raw columns. */
  readonly chain: readonly TransformerState[];
  readonly fitIntercept: boolean;
  /** The chosen alpha; when one was given it is that, and `alphas` has length 1. */
  readonly alpha: number;
  readonly alphas: readonly number[];
  /**
   * Mean squared error per alpha, unit of the target squared: leave-one-out, or the mean over folds. Empty when there was no
   * sweep.
   */
  readonly mse: readonly number[];
  /** What alpha was chosen by; absent: the mean squared leave-one-out error. */
  readonly scoring?: Scoring;
  /** The score of each alpha by `scoring`, greater is better; absent with it. */
  readonly scores?: readonly number[];
  /** `-min(mse)`, or the greatest of `scores`, as scikit-learn's `best_score_`; null when there was no sweep. */
  readonly bestScore: number | null;
  /** Share of the target's (weighted) variance explained on the rows fitted on; absent for more rows than were kept in memory. */
  readonly r2?: number;
  /** How alpha was chosen. */
  readonly cv: 'leave-one-out' | 'k-fold' | 'none';
  /** Of `k-fold`: which rows share a fold, neighbours (as scikit-learn's KFold) or those a hash of their index brings together. */
  readonly folds?: { readonly count: number; readonly rows: 'in-order' | 'by-hash' };
  /** Statistics of the rows kept in a file beside the model: more rows can be fitted with these unread. */
  readonly state?: { readonly file: string; readonly sha256: string };
  /** On the columns as they come out of `chain`. */
  readonly coef: readonly number[];
  readonly intercept: number;
  /** In the data's own units; the same as `coef` when `chain` is empty. */
  readonly coefRaw: readonly number[];
  readonly interceptRaw: number;
  /** Smallest and largest value of each feature over the rows fitted on, as it comes out of `chain`. */
  readonly min: readonly number[];
  readonly max: readonly number[];
  /** Codes such as `CONSTANT_FEATURE`, `ALPHA_AT_GRID_EDGE`, `ILL_CONDITIONED`. */
  readonly warnings: readonly string[];
  /** Kept when the fit was asked for it. */
  readonly intervals?: LeaveOneOutIntervals;
  readonly dataset?: DatasetVersionRef;
  readonly source?: SourceInfo;
}

/** True on every fitted model, of whichever copy of the package. */
export const MODEL_BRAND = Symbol.for('ridgeline.model');

/** What a task may return as a model: its artifact is what is stored. */
export interface FittedModel {
  readonly [MODEL_BRAND]: true;
  readonly artifact: RidgeModelArtifact;
}

export function isModel(value: unknown): value is FittedModel {
  return typeof value === 'object' && value !== null && (value as { [MODEL_BRAND]?: unknown })[MODEL_BRAND] === true;
}
