/** Peak of SIMD128 multiply and add of doubles in V8, and read bandwidth, of one core of the machine the aims were set on. */
const FLOPS_PER_MS = 27e6;
const BYTES_PER_MS = 22e6;

/**
 * Least time of scaler, exact leave-one-out sweep and predictions: the arithmetic at the SIMD128 roof, or three reads of
 * `[X y]` and one write of the predictions, whichever is longer.
 *
 * @param n  rows; @param p  columns; @param r  alphas
 */
export function ridgeFloorMs(n: number, p: number, r: number, threads: number): number {
  const flops = n * (p * p + 2 * p * p + 4 * p * r + 2 * p);
  const bytes = 8 * n * (3 * (p + 1) + 1);
  return Math.max(flops / FLOPS_PER_MS, bytes / BYTES_PER_MS) / threads;
}
