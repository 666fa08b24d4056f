import { PANEL_ROWS, multiplyPanels, panelBytes } from '../blas/multiply';
import { copy } from '../blas/vector';
import { CHUNK_ROWS, accepts, nextNode, pushChunk } from '../linalg/forest';
import { chunkMoments, momentsScratch } from '../linalg/moments';
import { Operand, Status, report } from '../status';
import { factorMean, factorS, factorV } from './factor';
import { centreRows, roundUp, unscaledCentre } from './rows';

/** Scratch of `precondition`, in bytes. */
export function preconditionScratch(p: i32, t: i32): usize {
  const r = roundUp(p, 2);
  const panels = panelBytes(r) + <usize>(CHUNK_ROWS / PANEL_ROWS) * panelBytes(p);
  return panels + (<usize>(p * r + CHUNK_ROWS * (r + t + 1) + 2 * p + 1) << 3) + momentsScratch(p + t);
}

/**
 * Another pass over the rows, through the factor so far: moments of [z y] with z = (x - mean) v / s.
 *
 * @param forest   state of kind MOMENTS, width rank + t
 * @param factor   as made by factorMoments or refactor
 * @param x        f64[n, p]; strides in elements
 * @param y        f64[n, t]; strides in elements
 * @param w        f64[n], weights; 0 = all of them 1
 * @param n        rows: a multiple of CHUNK_ROWS, except in the last call
 * @param first    index of the first row, for `skip`
 * @param skip     f64[skips], ascending: rows that are left out; 0 = none
 * @param mean     f64[p] of a fused scaler, or 0
 * @param scale    f64[p] of a fused scaler, or 0
 * @param scratch  preconditionScratch(p, t) bytes, 16-aligned
 * @param info     i32[4], output
 * @returns        OK | BAD_SHAPE | WORKSPACE | NON_FINITE
 *
 * Cost: 2 p^2 flops a row for z and p^2 for its moments.
 */
export function precondition(
  forest: usize, factor: usize, x: usize, rs: i32, cs: i32, y: usize, yrs: i32, ycs: i32, w: usize, n: i32,
  first: f64, skip: usize, skips: i32, mean: usize, scale: usize, scratch: usize, info: usize,
): i32 {
  const p = <i32>load<f64>(factor);
  const t = <i32>load<f64>(factor, 8);
  const rank = <i32>load<f64>(factor, 16);
  const r = roundUp(rank, 2);
  const b = scratch;
  const panel = b + (<usize>(p * r) << 3);
  const z = panel + panelBytes(r);
  const yb = z + (<usize>(CHUNK_ROWS * r) << 3);
  const wb = yb + (<usize>(CHUNK_ROWS * t) << 3);
  const block = wb + (<usize>CHUNK_ROWS << 3);
  const moments = block + <usize>(CHUNK_ROWS / PANEL_ROWS) * panelBytes(p);
  const centre = moments + momentsScratch(p + t);
  fillBasis(factor, p, t, rank, r, scale, b, block);
  unscaledCentre(factor, p, t, mean, scale, centre);

  for (let start = 0; start < n; start += CHUNK_ROWS) {
    const rows = min(CHUNK_ROWS, n - start);
    if (!accepts(forest)) return report(info, Status.BAD_SHAPE, start, 0, Operand.X);
    const node = nextNode(forest);
    if (node == 0) return report(info, Status.WORKSPACE, start, 0, Operand.X);
    centreRows(factor, x + (<usize>start * <usize>rs << 3), rs, cs, p, rows, centre, block);
    for (let i = 0; i < rows; i += PANEL_ROWS) {
      multiplyPanels(1, block + <usize>(i / PANEL_ROWS) * panelBytes(p), 0, p, b, r, panel);
      for (let k = 0; k < rank; k++) {
        const to = z + (<usize>(k * CHUNK_ROWS + i) << 3);
        copy(panel + (<usize>k << 6), to, PANEL_ROWS);
      }
    }
    for (let j = 0; j < t; j++) {
      const from = y + (<usize>start * <usize>yrs + <usize>j * <usize>ycs << 3);
      const c = load<f64>(factorMean(factor) + (<usize>(p + j) << 3));
      for (let i = 0; i < rows; i++) {
        store<f64>(yb + (<usize>(j * CHUNK_ROWS + i) << 3), load<f64>(from + (<usize>i * <usize>yrs << 3)) - c);
      }
    }
    if (w != 0) copy(w + (<usize>start << 3), wb, rows);
    let kept = rows;
    for (let i = skips - 1; i >= 0; i--) {
      const row = <i32>(load<f64>(skip + (<usize>i << 3)) - first - <f64>start);
      if (row < 0 || row >= rows) continue;
      kept--;
      moveRow(z, rank, kept, row);
      moveRow(yb, t, kept, row);
      if (w != 0) moveRow(wb, 1, kept, row);
    }
    const bad = chunkMoments(z, 1, CHUNK_ROWS, rank, yb, 1, CHUNK_ROWS, t, kept, w != 0 ? wb : 0, node, moments);
    if (bad >= 0) return report(info, Status.NON_FINITE, -1, -1, Operand.X);
    pushChunk(forest, rows);
  }
  return Status.OK;
}

/** b for `multiplyPanels`: column k is v[:,k] / s[k] / scale, 0 beyond the rank. @param units f64[p], work */
export function fillBasis(
  factor: usize, p: i32, t: i32, rank: i32, r: i32, scale: usize, b: usize, units: usize,
): void {
  const v = factorV(factor, p, t);
  const s = factorS(factor, p, t);
  for (let j: usize = 0; j < <usize>p << 3; j += 8) {
    store<f64>(units + j, scale != 0 ? 1 / load<f64>(scale + j) : 1);
  }
  for (let k = 0; k < r; k++) {
    const to = b + (<usize>((k >> 1) * p * 2 + (k & 1)) << 3);
    const unit = k < rank ? 1 / load<f64>(s + (<usize>k << 3)) : 0;
    for (let j = 0; j < p; j++) {
      const value = k < rank ? load<f64>(v + (<usize>(k * p + j) << 3)) * unit : 0;
      store<f64>(to + (<usize>j << 4), value * load<f64>(units + (<usize>j << 3)));
    }
  }
}

/** The last row takes the place of one that is left out. */
function moveRow(block: usize, columns: i32, from: i32, to: i32): void {
  for (let j = 0; j < columns; j++) {
    const column = block + (<usize>(j * CHUNK_ROWS) << 3);
    store<f64>(column + (<usize>to << 3), load<f64>(column + (<usize>from << 3)));
  }
}
