import { readFactor } from './ridge-factor.ts';
import type { RidgeFactor } from './ridge-factor.ts';
import type { RidgeShape } from './ridge-pass.ts';

/** What errors of single rows are made from: plain data, to be sent to who does a range of them. */
export interface ErrorsJob {
  readonly shape: RidgeShape;
  /** Rows. */
  readonly n: number;
  /** Of all rows. */
  readonly factor: Float64Array;
  readonly target: number;
  readonly alphas: Float64Array;
  /** By row, errors of rows that were set aside: f64[alphas]. */
  readonly aside: ReadonlyMap<number, Float64Array>;
}

/**
 * Leave-one-out errors of single rows at every alpha, of one target, from the factor of all rows:
 *
 *     z := (x - mean) v / s,   w[a] := s^2 / (s^2 + alpha_a)
 *     error[a] := (y - mean(y) - sum_k z_k g_k w_k[a]) / (1 - 1/n - sum_k z_k^2 w_k[a])
 *
 * With sample weights the leverage, 1/n and the sum, is multiplied by that of the row, and n is their sum. Interpolated rows
 * take both from the dual form, as the sweep does; errors of rows of leverage near 1 are those solved with the row removed.
 *
 * Cost: 2 p^2 + 4 p a flops a row, in plain JavaScript. Accuracy: as the sweep.
 * Source: Golub, Heath & Wahba (1979).
 */
export class LeaveOneOutErrors {
  readonly job: ErrorsJob;
  readonly #factor: RidgeFactor;
  #row: number;

  /** @param firstRow index of the first row that will come */
  constructor(job: ErrorsJob, firstRow = 0) {
    this.job = job;
    this.#factor = readFactor(job.shape, job.factor, job.target);
    this.#row = firstRow;
  }

  /**
   * Errors of the next rows, in the order they were fitted in: y minus what the fit on all other rows predicts.
   *
   * @param columns p columns, as they were pushed into the fit
   * @param sampleWeights of a weighted fit
   * @returns f64[rows] per alpha
   */
  next(
    columns: readonly ArrayLike<number>[],
    y: ArrayLike<number>,
    sampleWeights?: ArrayLike<number>,
  ): readonly Float64Array[] {
    const { shape, alphas, aside } = this.job;
    const { p, mean, scale } = shape;
    const { rank, weight: total, interpolated, mean: means, low, targetMean, v, s, g } = this.#factor;
    // Of an alpha: w[k], or when interpolated -alpha / (s_k^2 + alpha).
    const weights = Array.from(alphas, (alpha) =>
      Float64Array.from({ length: rank }, (_, k) => {
        const square = s[k]! ** 2;
        return (interpolated ? -alpha : square) / (square + alpha);
      }),
    );
    const errors = weights.map(() => new Float64Array(y.length));
    const x = new Float64Array(p);
    const z = new Float64Array(rank);
    for (let i = 0; i < y.length; i += 1) {
      const solved = aside.get(this.#row++);
      if (solved !== undefined) {
        errors.forEach((error, a) => (error[i] = solved[a]!));
        continue;
      }
      for (let j = 0; j < p; j += 1) {
        x[j] = (columns[j]![i]! - (mean?.[j] ?? 0)) / (scale?.[j] ?? 1) - means[j]! - low[j]!;
      }
      for (let k = 0; k < rank; k += 1) {
        let along = 0;
        for (let j = 0; j < p; j += 1) along += x[j]! * v[k * p + j]!;
        z[k] = along / s[k]!;
      }
      const weight = sampleWeights?.[i] ?? 1;
      // A row without weight has no part in the fit, interpolated or not: its error is that of a prediction.
      const dual = interpolated && weight > 0;
      const free = dual ? 0 : total !== 0 ? 1 - weight / total : 1;
      const target = dual ? 0 : y[i]! - targetMean;
      for (let a = 0; a < weights.length; a += 1) {
        const w = weights[a]!;
        let [residual, freedom] = [target, free];
        for (let k = 0; k < rank; k += 1) {
          const part = z[k]! * (interpolated && !dual ? 1 + w[k]! : w[k]!);
          residual -= part * g[k]!;
          freedom -= weight * (part * z[k]!);
        }
        errors[a]![i] = residual / freedom;
      }
    }
    return errors;
  }
}
