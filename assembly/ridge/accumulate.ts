import { firstNonFinite } from '../blas/vector';
import { CHUNK_ROWS, isRagged, nextNode, pushChunk } from '../linalg/forest';
import { chunkMoments, momentsScratch } from '../linalg/moments';
import { Operand, Status, report, reportState, reportWeight } from '../status';

/** Scratch of `accumulate`, in bytes. */
export function accumulateScratch(p: i32, t: i32): usize {
  return momentsScratch(p + t);
}

/**
 * Pass 1 of a ridge fit: takes rows into the augmented moments of [x y].
 *
 * @param forest   state of kind MOMENTS, width p + t
 * @param x        f64[n, p], input; strides in elements
 * @param y        f64[n, t], input; strides in elements
 * @param w        f64[n], weights >= 0; 0 = all of them 1
 * @param n        rows: a multiple of CHUNK_ROWS, except in the last call
 * @param scratch  accumulateScratch(p, t) bytes, 16-aligned
 * @param info     i32[4], output
 * @returns        OK | BAD_SHAPE after a ragged block | WORKSPACE | NON_FINITE | BAD_WEIGHT
 */
export function accumulate(
  forest: usize, x: usize, rs: i32, cs: i32, p: i32, y: usize, yrs: i32, ycs: i32, w: usize, n: i32,
  scratch: usize, info: usize,
): i32 {
  const t = load<i32>(forest, 16) - p;
  for (let start = 0; start < n; start += CHUNK_ROWS) {
    const rows = min(CHUNK_ROWS, n - start);
    const node = nextNode(forest);
    if (node == 0) return reportState(isRagged(forest), start, info);
    const xs = x + (<usize>start * <usize>rs << 3);
    const ys = y + (<usize>start * <usize>yrs << 3);
    const ws = w != 0 ? w + (<usize>start << 3) : 0;
    const bad = chunkMoments(xs, rs, cs, p, ys, yrs, ycs, t, rows, ws, node, scratch);
    if (bad == p + t) return reportWeight(ws, rows, start, info);
    if (bad >= 0) {
      const inX = bad < p;
      const column = inX ? xs + (<usize>bad * <usize>cs << 3) : ys + (<usize>(bad - p) * <usize>ycs << 3);
      const row = firstNonFinite(column, <usize>(inX ? rs : yrs) << 3, rows);
      return report(info, Status.NON_FINITE, row < 0 ? -1 : start + row, inX ? bad : bad - p, inX ? Operand.X : Operand.Y);
    }
    pushChunk(forest, rows);
  }
  return Status.OK;
}
