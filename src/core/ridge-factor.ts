import type { RidgeShape } from './ridge-pass.ts';

/** A factored ridge problem as one target sees it: views of the factor, laid out as `assembly/ridge/factor.ts` says. */
export interface RidgeFactor {
  readonly rank: number;
  /** Rows of weight > 0. */
  readonly rows: number;
  /** Sum of weights with an intercept, else 0. */
  readonly weight: number;
  readonly interpolated: boolean;
  /** Of the columns as standardised, f64[p], and what a double leaves over of each; 0 without intercept. */
  readonly mean: Float64Array;
  readonly low: Float64Array;
  readonly targetMean: number;
  /** f64[p, p], column-major: right singular vectors. */
  readonly v: Float64Array;
  /** f64[p]: singular values. */
  readonly s: Float64Array;
  /** f64[p]: left singular vectors times the centred target. */
  readonly g: Float64Array;
}

/** Element that says how rows are interpolated: 0 not, 1 they are, 2 and none of them can be set aside. */
export const INTERPOLATED = 7;

const HEADER = 9;

export function readFactor(
  { p, targets }: Pick<RidgeShape, 'p' | 'targets'>,
  factor: Float64Array,
  target = 0,
): RidgeFactor {
  const v = HEADER + p + targets;
  const s = v + p * p;
  const g = s + p + target * p;
  const low = s + p + targets * p;
  return {
    rank: factor[2]!,
    rows: factor[3]!,
    weight: factor[4]!,
    interpolated: factor[INTERPOLATED] !== 0,
    mean: factor.subarray(HEADER, HEADER + p),
    low: factor.subarray(low, low + p),
    targetMean: factor[HEADER + p + target]!,
    v: factor.subarray(v, s),
    s: factor.subarray(s, s + p),
    g: factor.subarray(g, g + p),
  };
}
