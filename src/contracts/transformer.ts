/** Columns centred on `mean` and divided by `scale`; in the unit of each column. */
export interface StandardScalerState {
  readonly type: 'StandardScaler';
  readonly columns: readonly string[];
  /** Rows seen in fitting, per column (missing values do not count). */
  readonly nSamplesSeen: readonly number[];
  /** Absent when `withMean` is off. */
  readonly mean?: readonly number[];
  /** Biased variance (ddof = 0). Absent when `withStd` is off, as is `scale`. */
  readonly var?: readonly number[];
  /** sqrt(var), 1 for a constant column; never 0. */
  readonly scale?: readonly number[];
}

/** Columns of categories turned into columns of 0 and 1, one per category, named `column_category` as pandas' get_dummies. */
export interface OneHotEncoderState {
  readonly type: 'OneHotEncoder';
  readonly columns: readonly string[];
  /** Per column, in ascending order: all text, or all numbers. */
  readonly categories: readonly (readonly string[] | readonly number[])[];
  /** What becomes of a category that was not seen in fitting: an error, or 0 in every column. */
  readonly handleUnknown: 'error' | 'ignore';
  /** A missing value has a column of its own, `column_nan`; else it is 0 in every column. */
  readonly dummyNa: boolean;
}

/** Missing values of columns filled, each with one value, in the unit of its column. */
export interface SimpleImputerState {
  readonly type: 'SimpleImputer';
  readonly columns: readonly string[];
  readonly strategy: 'mean' | 'median';
  readonly fill: readonly number[];
}

/** A fitted transformer as data, told apart by `type`. */
export type TransformerState = StandardScalerState | OneHotEncoderState | SimpleImputerState;
