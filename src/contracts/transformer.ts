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

/** A fitted transformer as data. Further ones join this union, told apart by `type`. */
export type TransformerState = StandardScalerState;
