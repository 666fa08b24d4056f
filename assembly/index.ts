/**
 * The ABI of the numeric core, and nothing else: pointers in bytes, sizes and strides in elements, a status back.
 * See ridgeline.h for what a host calls in which order.
 */
import { CHUNK_ROWS, Kind, append, fold, forestBytes, initForest } from './linalg/forest';
import { accumulateScratch } from './ridge/accumulate';
import { TOLERANCE, factorLength, factorScratch, settleRank } from './ridge/factor';
import { asideScratch } from './ridge/aside';
import { preconditionScratch } from './ridge/precondition';
import { asideCapacity, asideLength, sweepScratch } from './ridge/sweep';
import { Status } from './status';

export { alloc as rl_alloc, free as rl_free, mark as rl_mark, reset as rl_reset } from './arena';
export { updateScaler as rl_scaler_update, finishScaler as rl_scaler_finish } from './scaler/fit';
export { transform as rl_scaler_transform, inverse as rl_scaler_inverse } from './scaler/transform';
export { widenRange as rl_range } from './scaler/range';
export { absorb as rl_qr_absorb } from './linalg/householder';
export { logspace as rl_logspace } from './ridge/logspace';
export { accumulate as rl_ridge_accumulate } from './ridge/accumulate';
export { factorMoments as rl_ridge_factor, refactor as rl_ridge_refactor } from './ridge/factor';
export { coefficients as rl_ridge_coefficients } from './ridge/factor';
export { precondition as rl_ridge_precondition } from './ridge/precondition';
export { asideErrors as rl_ridge_aside } from './ridge/aside';
export { factorTriangle as rl_ridge_factor_triangle } from './ridge/triangle';
export { residuals as rl_ridge_residuals, correct as rl_ridge_correct } from './ridge/residual';
export { chooseNodes as rl_ridge_nodes, interpolate as rl_ridge_interpolate } from './ridge/nodes';
export { sweep as rl_ridge_sweep } from './ridge/sweep';
export { predict as rl_predict } from './predict/predict';
export { metrics as rl_metrics } from './predict/metrics';

/** major << 16 | minor; a host refuses another major. */
export function rl_abi_version(): i32 {
  return (2 << 16) | 4;
}

/** Bit 0: SIMD, bit 1: shared memory. */
export function rl_features(): i32 {
  return (ASC_FEATURE_SIMD ? 1 : 0) | (ASC_FEATURE_THREADS ? 2 : 0);
}

/** Rows of a chunk: blocks are multiples of it, except the last. */
export function rl_chunk_rows(): i32 {
  return CHUNK_ROWS;
}

/** Bytes of a forest with room for `capacity` nodes. Kind 0: columns, 1: moments, 2: sums, 3: pairs. */
export function rl_forest_bytes(kind: i32, width: i32, capacity: i32): usize {
  return forestBytes(kind, width, capacity);
}

/** An empty forest whose first row is row `firstChunk * rl_chunk_rows()`. */
export function rl_forest_init(forest: usize, kind: i32, width: i32, capacity: i32, firstChunk: i32): i32 {
  if (forest == 0 || (forest & 7) != 0) return Status.BAD_ARGUMENT;
  if (width < 1 || capacity < 1 || firstChunk < 0) return Status.BAD_SHAPE;
  initForest(forest, kind, width, capacity, firstChunk);
  return Status.OK;
}

/** Takes in another forest whose rows follow directly. */
export function rl_forest_append(forest: usize, other: usize): i32 {
  return append(forest, other) ? Status.OK : Status.BAD_SHAPE;
}

/** Statistics of all rows so far: f64[rl_forest_bytes(kind, width, 1) / 8 - 5]. */
export function rl_forest_fold(forest: usize, out: usize): i32 {
  return fold(forest, out) ? Status.OK : Status.BAD_SHAPE;
}

/** f64 elements of a factored ridge problem. */
export function rl_ridge_factor_length(p: i32, t: i32): i32 {
  return factorLength(p, t);
}

/** Bytes of scratch for rl_ridge_factor and rl_ridge_refactor. */
export function rl_ridge_factor_scratch(p: i32, t: i32): usize {
  return factorScratch(p, t);
}

/**
 * Whether a factor is good enough: 1, and its rank is settled; or 0, and the rows should be read once more through it
 * (rl_ridge_precondition, then rl_ridge_refactor). `force` settles it as it is.
 */
export function rl_ridge_settle(factor: usize, force: i32): i32 {
  if (force == 0 && load<f64>(factor, 48) > TOLERANCE) return 0;
  settleRank(factor);
  return 1;
}

/** Bytes of scratch for rl_ridge_precondition. */
export function rl_ridge_precondition_scratch(p: i32, t: i32): usize {
  return preconditionScratch(p, t);
}

/** f64 elements for rows set aside in rl_ridge_sweep; an empty one starts with 0 and the capacity. */
export function rl_ridge_aside_length(p: i32, t: i32): i32 {
  return asideLength(p, t);
}

/** Rows that can be set aside. */
export function rl_ridge_aside_capacity(p: i32): i32 {
  return asideCapacity(p);
}

/** Bytes of scratch for rl_ridge_aside. */
export function rl_ridge_aside_scratch(p: i32, count: i32): usize {
  return asideScratch(p, count);
}

/** Bytes of scratch for rl_ridge_accumulate. */
export function rl_ridge_accumulate_scratch(p: i32, t: i32): usize {
  return accumulateScratch(p, t);
}

/** Bytes of scratch for rl_ridge_sweep. */
export function rl_ridge_sweep_scratch(p: i32, t: i32, alphas: i32): usize {
  return sweepScratch(p, t, alphas);
}
