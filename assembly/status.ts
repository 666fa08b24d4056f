/** What every export returns: 0, a sum of warning bits (> 0), or one refusal (< 0). */
export namespace Status {
  export const OK: i32 = 0;

  /** A column does not vary: its coefficient is 0. */
  export const CONSTANT_FEATURE: i32 = 1;
  /** The best alpha is the first or last of the grid: a wider grid may hold a better one. */
  export const ALPHA_AT_GRID_EDGE: i32 = 2;
  /** Columns are close to collinear at the smallest alpha; or a host found errors of rows set aside to hang on rounding. */
  export const ILL_CONDITIONED: i32 = 4;
  /** Fewer rows than columns (plus intercept): every alpha near 0 fits the rows exactly. */
  export const FEWER_ROWS_THAN_COLUMNS: i32 = 8;

  /** Null or misaligned pointer, negative size. */
  export const BAD_ARGUMENT: i32 = -1;
  /** Zero rows or columns, sizes that overflow, a range outside memory, a block after a ragged one. */
  export const BAD_SHAPE: i32 = -2;
  /** NaN or infinity; `info` says where. */
  export const NON_FINITE: i32 = -3;
  /** The caller's buffer is too small. */
  export const WORKSPACE: i32 = -4;
  /** Iteration limit. */
  export const NO_CONVERGENCE: i32 = -5;
  /** alpha not finite, negative, or 0 in the leave-one-out sweep. */
  export const BAD_ALPHA: i32 = -6;
  /** A weight that is negative, or all of them 0. */
  export const BAD_WEIGHT: i32 = -7;
  /** Columns differ in size beyond what doubles can weigh against each other: standardise first. Or a target is too small to square. */
  export const BAD_SCALE: i32 = -9;
  /** Not in this build. */
  export const UNSUPPORTED: i32 = -8;
}

/** Which array `info` points into. */
export namespace Operand {
  export const X: i32 = 0;
  export const Y: i32 = 1;
  export const WEIGHTS: i32 = 2;
}

/**
 * Writes `info`, i32[4]: status, row, column, operand. Row and column count from 0 within the block of the call.
 *
 * @param info  i32[4], output; 0 = not wanted
 */
export function report(info: usize, status: i32, row: i32, column: i32, operand: i32): i32 {
  if (info != 0) {
    store<i32>(info, status, 0);
    store<i32>(info, row, 4);
    store<i32>(info, column, 8);
    store<i32>(info, operand, 12);
  }
  return status;
}

/** Says why rows from `start` on are not taken: their state has no room, or ended with a ragged block. */
export function reportState(ragged: bool, start: i32, info: usize): i32 {
  return report(info, ragged ? Status.BAD_SHAPE : Status.WORKSPACE, start, 0, Operand.X);
}

/**
 * Says which weight is none: NaN and infinity are NON_FINITE, a negative one BAD_WEIGHT; row -1 when their sum overflows.
 *
 * @param w      f64[rows]
 * @param start  index of the first of them
 */
export function reportWeight(w: usize, rows: i32, start: i32, info: usize): i32 {
  for (let i = 0; i < rows; i++) {
    const wi = load<f64>(w + (<usize>i << 3));
    if (wi - wi != 0) return report(info, Status.NON_FINITE, start + i, 0, Operand.WEIGHTS);
    if (wi < 0) return report(info, Status.BAD_WEIGHT, start + i, 0, Operand.WEIGHTS);
  }
  return report(info, Status.NON_FINITE, -1, 0, Operand.WEIGHTS);
}
