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

/** A fitted ridge regression: the JSON artifact, complete and without code. Arrays over columns follow `features`. */
export interface RidgeModelArtifact {
  readonly format: typeof MODEL_FORMAT;
  readonly type: 'RidgeCV';
  /** Version of the numeric core that fitted it. */
  readonly coreVersion: string;
  readonly features: readonly string[];
  readonly target: string;
  /** Rows fitted on. */
  readonly n: number;
  /** Transformers between raw columns and `coef`, in order; empty when fitted on raw columns. */
  readonly chain: readonly TransformerState[];
  readonly fitIntercept: boolean;
  /** The chosen alpha; when one was given it is that, and `alphas` has length 1. */
  readonly alpha: number;
  readonly alphas: readonly number[];
  /** Mean squared leave-one-out error per alpha, unit of the target squared; empty when `alpha` is 0. */
  readonly mse: readonly number[];
  /** `-min(mse)`, as scikit-learn's `best_score_`; null when there was no sweep. */
  readonly bestScore: number | null;
  /** Share of the target's variance explained on the rows fitted on; absent for more rows than were kept in memory. */
  readonly r2?: number;
  /** How alpha was chosen. */
  readonly cv: 'leave-one-out' | 'none';
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
