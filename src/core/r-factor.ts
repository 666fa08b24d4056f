import type { Arena } from './arena.ts';
import type { Kernels } from './kernels.ts';

/** Rows factored at once: their number decides the bits, and how many raw rows a kept state holds at most. */
export const FACTOR_ROWS = 128;

/** Of a target whose mean square is below this, what the columns leave would be short enough to count as 0 in a factor. */
const SMALLEST = 1e-260;

const ONES = new Float64Array(FACTOR_ROWS).fill(1);

/** Statistics of some rows of [x y], q columns: all that a ridge fit at any alpha, and its errors on them, depend on. */
export interface RFactor {
  readonly rows: number;
  /** Sum of their weights; `rows` when each counts alike. */
  readonly weight: number;
  /** f64[q] */
  readonly mean: Float64Array;
  /** f64[q, q], row-major, upper triangle: R'R = the (weighted) cross-products of the rows less their mean. */
  readonly r: Float64Array;
}

/**
 * R factors by Householder QR of rows less their own mean; of two runs of rows, as Chan, Golub & LeVeque (1983) merge means:
 *
 *     d := mean_b - mean_a,   R := qr [R_a; R_b; sqrt(n_a n_b / n) d],   mean := mean_a + d n_b / n
 *
 * With weights rows are multiplied by sqrt(w), and n is the sum of weights.
 *
 * Cross-products are never formed: what is left of a column keeps its digits where a Gram matrix has lost twice as many.
 */
export class RFactors {
  readonly #kernels: Kernels;
  readonly #arena: Arena;
  readonly q: number;
  /** Rows less their mean, on their way to the core: made anew, they are collected late. */
  readonly #centred: Float64Array;

  constructor(kernels: Kernels, arena: Arena, q: number) {
    this.#kernels = kernels;
    this.#arena = arena;
    this.q = q;
    this.#centred = new Float64Array(FACTOR_ROWS * q);
  }

  /** Of up to `FACTOR_ROWS` rows. @param block f64[q, stride]: column after column; `weighted`: behind them the weights */
  ofRows(block: Float64Array, stride: number, rows: number, weighted = false): RFactor {
    const { q } = this;
    const w = weighted ? block.subarray(q * stride, q * stride + rows) : ONES;
    let weight = 0;
    for (let i = 0; i < rows; i++) weight += w[i]!;
    const roots = weighted ? w.map(Math.sqrt) : ONES;
    const mean = new Float64Array(q);
    const centred = this.#centred.subarray(0, rows * q);
    for (let j = 0; j < q; j++) {
      const from = j * stride;
      const to = j * rows;
      let sum = 0;
      for (let i = 0; i < rows; i++) sum += w[i]! * block[from + i]!;
      const near = weight > 0 ? sum / weight : 0;
      // What rounding has left out of the mean.
      let rest = 0;
      for (let i = 0; i < rows; i++) rest += w[i]! * (block[from + i]! - near);
      const centre = weight > 0 ? near + rest / weight : 0;
      for (let i = 0; i < rows; i++) centred[to + i] = roots[i]! * (block[from + i]! - centre);
      mean[j] = centre;
    }
    return { rows, weight, mean, r: this.#absorb(new Float64Array(q * q), centred, rows, rows) };
  }

  /** Of a run of rows and the one that follows it. */
  merge(a: RFactor, b: RFactor): RFactor {
    const { q } = this;
    const rows = a.rows + b.rows;
    const weight = a.weight + b.weight;
    const share = weight > 0 ? b.weight / weight : 0;
    const root = Math.sqrt(a.weight * share);
    const mean = new Float64Array(q);
    // Row 0: the difference of the means; below it R_b, so that column k ends with row k + 1.
    const stacked = new Float64Array((q + 1) * q);
    for (let k = 0; k < q; k++) {
      const d = b.mean[k]! - a.mean[k]!;
      mean[k] = a.mean[k]! + d * share;
      const column = k * (q + 1);
      stacked[column] = root * d;
      for (let i = 0; i <= k; i++) stacked[column + 1 + i] = b.r[i * q + k]!;
    }
    return { rows, weight, mean, r: this.#absorb(a.r, stacked, q + 1, 2) };
  }

  /** Of all runs of rows, in order. */
  mergeAll(runs: readonly RFactor[]): RFactor {
    return runs.reduceRight((right, left) => this.merge(left, right));
  }

  /** For each of two or more runs, of all the others. */
  mergeOthers(runs: readonly RFactor[]): RFactor[] {
    const behind: RFactor[] = [];
    for (let k = runs.length - 1; k > 0; k--) {
      behind[k] = k === runs.length - 1 ? runs[k]! : this.merge(runs[k]!, behind[k + 1]!);
    }
    let before: RFactor | undefined;
    return runs.map((run, k) => {
      const after = behind[k + 1];
      const others = before && after ? this.merge(before, after) : (before ?? after!);
      before = before ? this.merge(before, run) : run;
      return others;
    });
  }

  /** The same rows, not centred: their mean is 0. */
  uncentred({ rows, weight, mean, r }: RFactor): RFactor {
    const root = Math.sqrt(weight);
    const row = mean.map((value) => root * value);
    return { rows, weight, mean: new Float64Array(this.q), r: this.#absorb(r, row, 1, 1) };
  }

  #absorb(r: Float64Array, block: Float64Array, rows: number, dense: number): Float64Array {
    const arena = this.#arena;
    return arena.scope(() => {
      const factor = arena.put(r);
      this.#kernels.rl_qr_absorb(factor, this.q, arena.put(block), rows, dense);
      return arena.take(factor, r.length);
    });
  }
}

/** Sum of squared distances of column j from its mean. */
export function spread({ r, mean }: RFactor, j: number): number {
  const q = mean.length;
  let sum = 0;
  for (let i = 0; i <= j; i++) sum += r[i * q + j]! * r[i * q + j]!;
  return sum;
}

/** scikit-learn's rule for a column whose variance is rounding: variance <= n eps variance + (n mean eps)^2. */
export function isConstant(factor: RFactor, j: number): boolean {
  const { rows: n, weight, mean } = factor;
  const variance = spread(factor, j) / weight;
  const rounding = n * mean[j]! * Number.EPSILON;
  return variance <= n * Number.EPSILON * variance + rounding * rounding;
}

/** Whether a target is too small to be squared, and not 0 itself. */
export function isLost(factor: RFactor, j: number): boolean {
  const q = factor.mean.length;
  const { r, weight } = factor;
  return spread(factor, j) / weight < SMALLEST && factor.mean.some((_, i) => i <= j && r[i * q + j] !== 0);
}
