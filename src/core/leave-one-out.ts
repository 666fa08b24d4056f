import { RidgelineError } from '../contracts/errors.ts';
import { tooFewRows } from './ridge-checks.ts';
import { readFactor } from './ridge-factor.ts';
import type { RidgeFactor } from './ridge-factor.ts';
import type { RidgeShape } from './ridge-pass.ts';

/** `1 - h` below this has no more than four digits left: the row alone decides what is predicted for it. */
const LEAST_FREEDOM = 1e-12;

/** What the fits that leave one row out are made from: plain data, to be sent to who does a range of them. */
export interface LeaveOneOutJob {
  readonly shape: RidgeShape;
  /** Of all rows. */
  readonly factor: Float64Array;
  readonly target: number;
  /** The fit on all rows; coefficients are of the columns as they come out of the fused scaler. */
  readonly result: {
    readonly n: number;
    readonly alpha: number;
    readonly coef: Float64Array;
    readonly intercept: number;
  };
  /** Residuals of rows of leverage near 1 that were solved with the row removed, by index. */
  readonly aside: ReadonlyMap<number, number>;
}

/** A row left out: what the fit on all other rows says. */
export interface LeftOut {
  /** y - prediction by the other rows. */
  residual: number;
  intercept: number;
  /** f64[p], on the columns as they come out of the fused scaler; overwritten by the next row. */
  readonly coef: Float64Array;
}

/**
 * The n fits of one target that each leave one row out, at the chosen alpha, all from the one factor of all rows:
 *
 *     z := (x - mean) v / s,   w := s^2 / (s^2 + alpha)
 *     f := y - fitted,   h := 1/n + sum_k z_k^2 w_k,   e := f / (1 - h)              (residual of the row left out)
 *     d := sum_k v_k z_k s_k / (s_k^2 + alpha)
 *     coef_(-i) := coef - e d,   intercept_(-i) := intercept - e (1/n - mean . d)
 *
 * With sample weights h and d are multiplied by that of the row, and w / sum(w) takes the place of 1/n. Interpolated rows take
 * f and 1 - h from the dual form, as the sweep does. Scaler and alpha are those of all rows.
 *
 * Cost: 4 p^2 flops a row. Accuracy: eps / (1 - h) relative; rows of leverage near 1 that the sweep set aside are exact.
 * Source: Golub, Heath & Wahba (1979); Sherman & Morrison (1950).
 */
export class LeaveOneOut {
  readonly job: LeaveOneOutJob;
  readonly #factor: RidgeFactor;
  #row: number;

  /** @param firstRow index of the first row that will come @throws {RidgelineError} TOO_FEW_ROWS */
  constructor(job: LeaveOneOutJob, firstRow = 0) {
    this.job = job;
    this.#factor = readFactor(job.shape, job.factor, job.target);
    this.#row = firstRow;
    if (this.#factor.rows < 2) throw tooFewRows(this.#factor.rows);
  }

  /**
   * Goes through rows that were fitted on, in order.
   *
   * @param columns p columns and y, as they were pushed into the fit
   * @param weights of a weighted fit; a row of weight 0 has no part in it and none here
   * @throws {RidgelineError} LEVERAGE_ONE when without a row nothing is known of it (alpha is 0, or next to it)
   */
  *rows(columns: readonly ArrayLike<number>[], y: ArrayLike<number>, weights?: ArrayLike<number>): Generator<LeftOut> {
    const { shape, result, aside } = this.job;
    const { p, mean, scale } = shape;
    const { alpha, coef, intercept } = result;
    const { rank, weight: total, interpolated, mean: means, low, v, s, g } = this.#factor;
    const hasIntercept = total !== 0;
    const x = new Float64Array(p);
    const d = new Float64Array(p);
    const left: LeftOut = { residual: 0, intercept: 0, coef: new Float64Array(p) };
    for (let i = 0; i < y.length; i++) {
      const row = this.#row++;
      const own = weights?.[i] ?? 1;
      if (own === 0) continue;
      const share = hasIntercept ? own / total : 0;
      let f = y[i]! - intercept;
      for (let j = 0; j < p; j++) {
        x[j] = (columns[j]![i]! - (mean?.[j] ?? 0)) / (scale?.[j] ?? 1);
        f -= x[j]! * coef[j]!;
      }
      d.fill(0);
      let [h, dualF, freedom] = [share, 0, 0];
      for (let k = 0; k < rank; k++) {
        let along = 0;
        for (let j = 0; j < p; j++) along += (x[j]! - means[j]! - low[j]!) * v[k * p + j]!;
        const weight = 1 / (s[k]! * s[k]! + alpha);
        const z = along / s[k]!;
        h += own * (along * along * weight);
        freedom += own * (z * z * alpha * weight);
        dualF += z * g[k]! * alpha * weight;
        for (let j = 0; j < p; j++) d[j]! += own * (v[k * p + j]! * along * weight);
      }
      if (interpolated) f = dualF;
      else freedom = 1 - h;
      const solved = aside.get(row);
      if (solved === undefined && !(freedom > (interpolated ? 0 : LEAST_FREEDOM))) throw leverageOne(row + 1);
      const e = solved ?? f / freedom;
      let centre = 0;
      for (let j = 0; j < p; j++) {
        left.coef[j] = coef[j]! - e * d[j]!;
        centre += means[j]! * d[j]!;
      }
      left.residual = e;
      left.intercept = hasIntercept ? intercept - e * (share - centre) : intercept;
      yield left;
    }
  }
}

function leverageOne(row: number): RidgelineError {
  return new RidgelineError(
    'LEVERAGE_ONE',
    'content',
    `fit: intervals need every row to be predictable from the others, got row ${row}, which alone decides a coefficient`,
    { remedy: 'fit with a larger alpha, or without intervals', position: { row } },
  );
}
