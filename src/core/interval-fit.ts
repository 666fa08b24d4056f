import type { LeaveOneOutIntervals } from '../contracts/model.ts';
import { LeaveOneOut } from './leave-one-out.ts';
import type { LeaveOneOutJob } from './leave-one-out.ts';

/** Numbers a model keeps for jackknife+, at most: n (p + 2) of them, about 20 bytes each in its JSON. */
export const JACKKNIFE_PLUS_VALUES = 100_000;

/** Absolute residuals a model keeps for the plain jackknife, at most. */
export const JACKKNIFE_VALUES = 1000;

/** Of some rows: plain data, to be sent and appended. */
export interface IntervalPart {
  /** f64[n]: absolute residuals. */
  readonly residual: Float64Array;
  /** Of a fit small enough for jackknife+: f64[n] and f64[n, p]. */
  readonly models: { readonly intercept: Float64Array; readonly coef: Float64Array } | undefined;
}

/**
 * Gathers from the rows fitted on, in blocks and in order, what prediction intervals need; of ranges done elsewhere what is
 * appended in order. Rows of weight 0 have no residual.
 *
 * Memory: 16 bytes a row, and 8 n (p + 2) for a fit small enough for jackknife+.
 */
export class IntervalFit {
  readonly job: LeaveOneOutJob;
  readonly #leaveOneOut: LeaveOneOut;
  readonly #residual: Float64Array;
  readonly #models: IntervalPart['models'];
  #rows = 0;

  /** @param rows a range of them @throws {RidgelineError} TOO_FEW_ROWS */
  constructor(job: LeaveOneOutJob, rows?: readonly [start: number, end: number]) {
    const { p } = job.shape;
    const n = rows ? rows[1] - rows[0] : job.result.n;
    this.job = job;
    this.#leaveOneOut = new LeaveOneOut(job, rows?.[0]);
    this.#residual = new Float64Array(n);
    this.#models =
      job.result.n * (p + 2) > JACKKNIFE_PLUS_VALUES
        ? undefined
        : { intercept: new Float64Array(n), coef: new Float64Array(n * p) };
  }

  /**
   * @param columns p columns and y, as they were pushed into the fit
   * @param weights of a weighted fit
   * @throws {RidgelineError} LEVERAGE_ONE
   */
  push(columns: readonly ArrayLike<number>[], y: ArrayLike<number>, weights?: ArrayLike<number>): void {
    for (const { residual, intercept, coef } of this.#leaveOneOut.rows(columns, y, weights)) {
      this.#residual[this.#rows] = Math.abs(residual);
      if (this.#models !== undefined) {
        this.#models.intercept[this.#rows] = intercept + 0; // never a negative zero, which JSON would lose
        this.#models.coef.set(coef, this.#rows * coef.length);
      }
      this.#rows++;
    }
  }

  /** Takes in a range done elsewhere; ranges in row order. */
  append({ residual, models }: IntervalPart): void {
    this.#residual.set(residual, this.#rows);
    if (models !== undefined) {
      this.#models!.intercept.set(models.intercept, this.#rows);
      this.#models!.coef.set(models.coef, this.#rows * this.job.shape.p);
    }
    this.#rows += residual.length;
  }

  save(): IntervalPart {
    const n = this.#rows;
    const models = this.#models && {
      intercept: this.#models.intercept.slice(0, n),
      coef: this.#models.coef.slice(0, n * this.job.shape.p),
    };
    return { residual: this.#residual.slice(0, n), models };
  }

  finish(): LeaveOneOutIntervals {
    const { residual, models } = this.save();
    const n = residual.length;
    const sorted = residual.toSorted();
    const jackknife =
      n <= JACKKNIFE_VALUES
        ? Array.from(sorted)
        : Array.from({ length: JACKKNIFE_VALUES }, (_, j) => {
            const rank = Math.ceil(((j + 1) * (n + 1)) / JACKKNIFE_VALUES);
            return sorted[Math.min(rank, n) - 1]!;
          });
    const kept = { jackknife, ...(n !== this.job.result.n && { rows: n }) };
    if (models === undefined) return kept;
    const { intercept, coef } = models;
    return {
      ...kept,
      jackknifePlus: {
        residual: Array.from(residual),
        intercept: Array.from(intercept),
        coef: Array.from(coef, (value) => value + 0),
      },
    };
  }
}
