import type { LeaveOneOutIntervals } from '../contracts/model.ts';
import type { LeaveOneOut } from './leave-one-out.ts';

/** Numbers a model keeps for jackknife+, at most: n (p + 2) of them, about 20 bytes each in its JSON. */
export const JACKKNIFE_PLUS_VALUES = 100_000;

/** Absolute residuals a model keeps for the plain jackknife, at most. */
export const JACKKNIFE_VALUES = 1000;

/**
 * Gathers from the rows fitted on, in blocks and in order, what prediction intervals need.
 *
 * Memory: 16 bytes a row, and 8 n (p + 2) for a fit small enough for jackknife+.
 */
export class IntervalFit {
  readonly #leaveOneOut: LeaveOneOut;
  readonly #residual: Float64Array;
  readonly #models: { readonly intercept: Float64Array; readonly coef: Float64Array } | undefined;
  #rows = 0;

  constructor(leaveOneOut: LeaveOneOut) {
    const { n, p } = leaveOneOut;
    this.#leaveOneOut = leaveOneOut;
    this.#residual = new Float64Array(n);
    this.#models =
      n * (p + 2) > JACKKNIFE_PLUS_VALUES
        ? undefined
        : { intercept: new Float64Array(n), coef: new Float64Array(n * p) };
  }

  /** @param columns p columns and y, as they were pushed into the fit @throws {RidgelineError} LEVERAGE_ONE */
  push(columns: readonly ArrayLike<number>[], y: ArrayLike<number>): void {
    for (const { residual, intercept, coef } of this.#leaveOneOut.rows(columns, y)) {
      this.#residual[this.#rows] = Math.abs(residual);
      if (this.#models !== undefined) {
        this.#models.intercept[this.#rows] = intercept + 0; // never a negative zero, which JSON would lose
        this.#models.coef.set(coef, this.#rows * coef.length);
      }
      this.#rows++;
    }
  }

  finish(): LeaveOneOutIntervals {
    const n = this.#rows;
    const sorted = this.#residual.toSorted();
    const jackknife =
      n <= JACKKNIFE_VALUES
        ? Array.from(sorted)
        : Array.from({ length: JACKKNIFE_VALUES }, (_, j) => {
            const rank = Math.ceil(((j + 1) * (n + 1)) / JACKKNIFE_VALUES);
            return sorted[Math.min(rank, n) - 1]!;
          });
    if (this.#models === undefined) return { jackknife };
    const { intercept, coef } = this.#models;
    return {
      jackknife,
      jackknifePlus: {
        residual: Array.from(this.#residual),
        intercept: Array.from(intercept),
        coef: Array.from(coef, (value) => value + 0),
      },
    };
  }
}
