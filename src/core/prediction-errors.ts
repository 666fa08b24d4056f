import { RidgelineError } from '../contracts/errors.ts';

/** How predictions compare with the truth; all but `n` and `r2` in the unit of the target. */
export interface Evaluation {
  readonly n: number;
  /** Share of the variance explained; of a constant target 1 when every prediction is right, else 0, as scikit-learn. */
  readonly r2: number;
  readonly rmse: number;
  readonly mae: number;
  readonly maxError: number;
}

/**
 * Errors of predictions, added up batch by batch; batches are merged by their means, so that a target far from zero
 * costs no digits.
 *
 * Source: Chan, Golub & LeVeque, Algorithms for computing the sample variance (1983).
 */
export class PredictionErrors {
  #n = 0;
  #squared = 0;
  #absolute = 0;
  #largest = 0;
  #mean = 0;
  /** Sum of squared distances of the truth from its mean. */
  #spread = 0;

  /** @param truth f64[n], finite @param predicted f64[n], finite */
  add(truth: Float64Array, predicted: Float64Array): void {
    const n = truth.length;
    if (n === 0) return;
    let [sum, squared, absolute] = [0, 0, 0];
    for (let i = 0; i < n; i += 1) {
      const error = truth[i]! - predicted[i]!;
      const size = Math.abs(error);
      sum += truth[i]!;
      squared += error * error;
      absolute += size;
      if (size > this.#largest) this.#largest = size;
    }
    const mean = sum / n;
    let spread = 0;
    for (let i = 0; i < n; i += 1) spread += (truth[i]! - mean) ** 2;
    const distance = mean - this.#mean;
    const total = this.#n + n;
    this.#spread += spread + distance * distance * ((this.#n * n) / total);
    this.#mean += distance * (n / total);
    this.#n = total;
    this.#squared += squared;
    this.#absolute += absolute;
  }

  /** @param name of the rows, for the error. @throws {RidgelineError} EMPTY_INPUT */
  finish(name: string): Evaluation {
    const n = this.#n;
    if (n === 0) throw new RidgelineError('EMPTY_INPUT', 'content', `${name}: expected at least one row, got none`);
    const r2 = this.#spread > 0 ? 1 - this.#squared / this.#spread : this.#squared === 0 ? 1 : 0;
    return { n, r2, rmse: Math.sqrt(this.#squared / n), mae: this.#absolute / n, maxError: this.#largest };
  }
}
