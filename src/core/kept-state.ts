import type { Scoring } from '../contracts/model.ts';
import type { FoldState } from './fold-fit.ts';

/**
 * The statistics of a fit that can go on with more rows, as a file:
 *
 *     one line of JSON: format, what is fitted and how, per fold its finished chunks and its rows of the unfinished one,
 *     smallest and largest value of each feature, and `bytes`, the length of what follows
 *
 *     per fold, little-endian f64 (q = features + 1, the target last):
 *       per bit set in `chunks`, the highest first:  mean[q], upper triangle of R by rows [q (q + 1) / 2]
 *       the rows of the unfinished chunk, column after column [q, tailRows]
 *
 * Of weighted rows (format 2) the sum of weights stands before each mean, and the weights behind the columns of the last rows.
 * It depends on nothing but the rows in their order: the same bytes in one fit or in many. A model names its state by
 * SHA-256. A chunk is FACTOR_ROWS rows.
 */
export const STATE_FORMAT = 'ridgeline.state/1';
export const WEIGHTED_FORMAT = 'ridgeline.state/2';

export interface KeptOptions {
  readonly features: readonly string[];
  readonly target: string;
  /** Column of the weights of the rows; absent when all count alike. */
  readonly sampleWeight?: string;
  readonly folds: number;
  /** Standardised features; without an intercept they are scaled and not centred. */
  readonly scale: boolean;
  readonly fitIntercept: boolean;
  readonly alphas: readonly number[];
  readonly scoring: Scoring;
}

export interface KeptState extends KeptOptions {
  /** Of each feature, raw. */
  readonly min: readonly number[];
  readonly max: readonly number[];
  readonly states: readonly FoldState[];
}

/** f64 elements of one fold. */
export function foldLength(
  q: number,
  { chunks, tailRows }: { chunks: number; tailRows: number },
  weighted: boolean,
): number {
  const extra = weighted ? 1 : 0;
  return levels(chunks).length * (extra + q + (q * (q + 1)) / 2) + (q + extra) * tailRows;
}

/** Levels of the nodes that so many chunks leave, the highest first. */
export function levels(chunks: number): number[] {
  const bits = chunks.toString(2);
  return [...bits].flatMap((bit, i) => (bit === '1' ? [bits.length - 1 - i] : []));
}
