import { packRows, rootWeights, weighPanels } from '../blas/block';
import { PANEL_ROWS, multiplyPanels, panelBytes, square } from '../blas/multiply';
import { clear, firstNonFinite } from '../blas/vector';
import { CHUNK_ROWS, isRagged, nextNode, pushChunk } from '../linalg/forest';
import { Operand, Status, report, reportState } from '../status';
import { fillWeights, isFree, sumErrors, weightsBytes } from './errors';
import { factorMean } from './factor';
import { THETA } from './nodes';
import { fillBasis } from './precondition';
import { copyRow, roundUp, unscaledCentre } from './rows';

/** Rows brought into a block at a time: with their z they stay in a 32 KB cache for p = 8, in a 512 KB one for p = 256. */
const BLOCK_ROWS: i32 = 64;

/**
 * Rows with 1 - h below this at the smallest alpha are set aside: dividing by it costs them one and a half digits, beside
 * those that are gone where y is fitted closely.
 */
const LEVERAGE_BOUND: f64 = 3e-2;

/** Room for rows set aside: leverages sum to at most p + 1, so there are hardly more of them than that. */
export function asideCapacity(p: i32): i32 {
  return p + 2 + (p >> 3);
}

/** f64 elements of the rows set aside: count, capacity, then for each its index, weight, x[p] as standardised, y[t]. */
export function asideLength(p: i32, t: i32): i32 {
  return 2 + asideCapacity(p) * (2 + p + t);
}

/** Scratch of `sweep`, in bytes. */
export function sweepScratch(p: i32, t: i32, na: i32): usize {
  const r = roundUp(p, 2);
  const panels = panelBytes(p) + 2 * panelBytes(r) + panelBytes(t) + 2 * panelBytes(roundUp(na, 2));
  const values = p * r + 2 * BLOCK_ROWS + PANEL_ROWS + 4 * t * na + 2 * p + 1;
  return <usize>(BLOCK_ROWS / PANEL_ROWS + 1) * panels + 2 * <usize>(1 + t) * weightsBytes(p, na) + (<usize>values << 3);
}

/**
 * Pass over the rows with a settled factor: sums of squared leave-one-out errors.
 *
 *     z := (x - mean) v / s                                             (left singular vectors, row by row)
 *     f[a] := y - mean(y) - sum_k z[k] g[k] s_k^2 / (s_k^2 + alpha_a)     (residual)
 *     h[a] := 1/n + sum_k z[k]^2 s_k^2 / (s_k^2 + alpha_a)               (leverage)
 *     sums[target, a] += (f[a] / (1 - h[a]))^2
 *
 * With weights z and f are multiplied by sqrt(w), means are weighted, and w / sum(w) takes the place of 1/n.
 *
 * When the rows are interpolated (n <= p + 1, say), sum_k z[k]^2 is 1 - 1/n and nothing of y is left over, so
 *
 *     f[a] = sum_k z[k] g[k] alpha_a / (s_k^2 + alpha_a),   1 - h[a] = sum_k z[k]^2 alpha_a / (s_k^2 + alpha_a)
 *
 * without a subtraction: the dual form. Rows of leverage near 1 are not summed but set aside (`asideErrors`); in the dual form
 * those that all but lie along strong directions, where the small z of the weak ones decide and have no digits left. With nodes in
 * place of alphas, rows of leverage above THETA are summed at the alphas, the others at the nodes.
 *
 * @param forest   state of kind SUMS, width t * na, with nodes t * (nn + na): first all at nodes, then all at alphas
 * @param factor   as made by factorMoments and settled
 * @param nodes    f64[nn], or 0: every row at every alpha
 * @param nn       nodes
 * @param alphas   f64[na], each > 0
 * @param na       alphas
 * @param x        f64[n, p]; strides in elements
 * @param y        f64[n, t]; strides in elements
 * @param w        f64[n], weights; 0 = all of them 1
 * @param n        rows: a multiple of CHUNK_ROWS, except in the last call
 * @param first    index of the first row
 * @param aside    f64[asideLength(p, t)], in and out: rows set aside
 * @param mean     f64[p] of a fused scaler, or 0
 * @param scale    f64[p] of a fused scaler, or 0
 * @param scratch  sweepScratch(p, t, na) bytes, 16-aligned
 * @param info     i32[4], output
 * @returns        OK | BAD_SHAPE | WORKSPACE | NON_FINITE
 *
 * Cost: 2 p^2 + 4 p a flops and a divisions a row, a the number of nodes or alphas.
 * Accuracy: eps / LEVERAGE_BOUND relative in the worst row, some eps in most.
 * Source: Golub, Heath & Wahba (1979) for the shortcut; scikit-learn's RidgeCV(cv=None) for what is summed.
 */
export function sweep(
  forest: usize, factor: usize, nodes: usize, nn: i32, alphas: usize, na: i32,
  x: usize, rs: i32, cs: i32, y: usize, yrs: i32, ycs: i32, w: usize, n: i32, first: f64, aside: usize,
  mean: usize, scale: usize, scratch: usize, info: usize,
): i32 {
  const p = <i32>load<f64>(factor);
  const t = <i32>load<f64>(factor, 8);
  const rank = <i32>load<f64>(factor, 16);
  const interpolated = load<f64>(factor, 56) != 0;
  const total = load<f64>(factor, 32);
  const r = roundUp(rank, 2);
  const count = nodes != 0 ? nn : na;

  const xStep = panelBytes(p);
  const zStep = panelBytes(r);
  const yStep = panelBytes(t);
  const width = roundUp(count, 2);
  const errorStep = panelBytes(width);
  const blockPanels: usize = BLOCK_ROWS / PANEL_ROWS;

  const b = scratch;
  const block = b + (<usize>(p * r) << 3);
  const z = block + blockPanels * xStep;
  const squares = z + blockPanels * zStep;
  const yb = squares + blockPanels * zStep;
  const f = yb + blockPanels * yStep;
  const h = f + blockPanels * errorStep;
  const free = h + blockPanels * errorStep;
  const roots = free + (<usize>BLOCK_ROWS << 3);
  // Rows that are summed at the alphas when the others are summed at nodes, a panel at a time.
  const heavy = roots + (<usize>BLOCK_ROWS << 3);
  const heavyY = heavy + 2 * zStep;
  const heavyFree = heavyY + yStep;
  const weights = heavyFree + (PANEL_ROWS << 3) + 2 * panelBytes(roundUp(na, 2));
  const allWeights = nodes != 0 ? weights + <usize>(1 + t) * weightsBytes(rank, count) : weights;
  const sums = allWeights + <usize>(1 + t) * weightsBytes(rank, na);
  const sumsLength = 2 * t * count;
  const allSums = nodes != 0 ? sums + (<usize>sumsLength << 3) : sums;
  const centre = allSums + (<usize>(2 * t * na) << 3);
  fillBasis(factor, p, t, rank, r, scale, b, block);
  unscaledCentre(factor, p, t, mean, scale, centre);
  // Leverage is greatest at the smallest alpha (and node, which is the same): it comes first.
  const allFirst = indexOfSmallest(alphas, na);
  const firstNode = nodes != 0 ? indexOfSmallest(nodes, nn) : allFirst;
  fillWeights(factor, p, t, rank, alphas, na, allFirst, interpolated, allWeights);
  if (nodes != 0) fillWeights(factor, p, t, rank, nodes, nn, firstNode, false, weights);
  const bound = load<f64>(factor, 56) == 2 ? -Infinity : nodes != 0 ? 1 - THETA : LEVERAGE_BOUND;
  let heavyRows = 0;
  // `free` is that of rows of weight 1.
  let plain = false;

  for (let start = 0; start < n; start += CHUNK_ROWS) {
    const rows = min(CHUNK_ROWS, n - start);
    const node = nextNode(forest);
    if (node == 0) return reportState(isRagged(forest), start, info);
    clear(sums, sumsLength + (nodes != 0 ? 2 * t * na : 0));
    for (let from = start; from < start + rows; from += BLOCK_ROWS) {
      const height = min(BLOCK_ROWS, start + rows - from);
      const panels = (height + PANEL_ROWS - 1) / PANEL_ROWS;
      const xs = x + (<usize>from * <usize>rs << 3);
      const ys = y + (<usize>from * <usize>yrs << 3);
      packRows(xs, rs, cs, p, height, centre, centre + (<usize>p << 3), block);
      if (interpolated) clear(yb, <i32>(blockPanels * yStep >> 3));
      else packRows(ys, yrs, ycs, t, height, factorMean(factor) + (<usize>p << 3), 0, yb);
      const ws = w != 0 ? w + (<usize>from << 3) : 0;
      if (ws != 0) {
        rootWeights(ws, height, roots);
        weighPanels(block, p, height, roots);
        weighPanels(yb, t, height, roots);
      }
      multiplyPanels(panels, block, xStep, p, b, r, z);
      square(z, <usize>panels * zStep, squares);
      multiplyPanels(panels, squares, zStep, rank, weights, width, h);
      if (!plain || ws != 0 || height < BLOCK_ROWS) {
        plain = ws == 0 && height == BLOCK_ROWS;
        for (let i = 0; i < BLOCK_ROWS; i++) {
          // Where there is no row the error is 0 / 1.
          const weight = i >= height ? 0 : ws != 0 ? load<f64>(ws + (<usize>i << 3)) : 1;
          store<f64>(free + (<usize>i << 3), freeOf(weight, total, interpolated));
        }
      }
      for (let i = isFree(panels, free, h, errorStep, bound) ? height : 0; i < height; i++) {
        const at = <usize>i << 3;
        const panel = <usize>(i / PANEL_ROWS);
        const lane = i % PANEL_ROWS;
        const own = load<f64>(free + at);
        const remaining = own - load<f64>(h + panel * errorStep + (<usize>lane << 3));
        if (remaining >= bound) continue;
        plain = false;
        const zi = z + panel * zStep;
        const yi = yb + panel * yStep;
        if (remaining < LEVERAGE_BOUND) {
          const weight = ws != 0 ? load<f64>(ws + at) : 1;
          const room = setAside(
            aside, p, t, first + <f64>(from + i), weight, xs + at * <usize>rs, cs, ys + at * <usize>yrs, ycs, mean, scale,
          );
          if (!room) return report(info, Status.WORKSPACE, from + i, 0, Operand.X);
        } else {
          moveLane(zi, lane, heavy, heavyRows, rank);
          moveLane(yi, lane, heavyY, heavyRows, t);
          store<f64>(heavyFree + (<usize>heavyRows << 3), own);
          heavyRows++;
        }
        clearLane(zi, lane, rank);
        clearLane(yi, lane, t);
        clearLane(h + panel * errorStep, lane, width);
        store<f64>(free + at, 1);
        if (heavyRows == PANEL_ROWS) {
          sumHeavy(heavy, r, rank, t, heavyFree, allWeights, na, allSums);
          heavyRows = 0;
        }
      }
      sumPanels(panels, z, r, rank, yb, t, free, f, h, weights, count, sums);
    }
    if (heavyRows > 0) {
      for (let k = heavyRows; k < PANEL_ROWS; k++) {
        clearLane(heavy, k, rank);
        clearLane(heavyY, k, t);
        store<f64>(heavyFree + (<usize>k << 3), 1);
      }
      sumHeavy(heavy, r, rank, t, heavyFree, allWeights, na, allSums);
      heavyRows = 0;
    }
    const finite = takeSums(sums, t, count, firstNode, node);
    if (nodes != 0) takeSums(allSums, t, na, allFirst, node + (<usize>(t * count) << 3));
    if (!finite) {
      const status = locate(x, rs, cs, p, y, yrs, ycs, t, start, rows, info);
      if (status != Status.OK) return status;
    }
    pushChunk(forest, rows);
  }
  return Status.OK;
}

/** 1 - h without the columns' part, of a row; 1 for a row without weight, which has no part in the fit. */
function freeOf(weight: f64, total: f64, interpolated: bool): f64 {
  return weight == 0 ? 1 : interpolated ? 0 : total != 0 ? 1 - weight / total : 1;
}

/** Adds the errors of panels for every target; h, the same for all of them, is there already. */
function sumPanels(
  panels: i32, z: usize, r: i32, rank: i32, y: usize, t: i32, free: usize, f: usize, h: usize, weights: usize, na: i32,
  sums: usize,
): void {
  for (let target = 0; target < t; target++) {
    weights += weightsBytes(rank, na);
    multiplyPanels(panels, z, panelBytes(r), rank, weights, roundUp(na, 2), f);
    sumErrors(panels, y + (<usize>target << 6), panelBytes(t), free, f, h, na, sums);
    sums += <usize>na << 4;
  }
}

/** The same for the panel of heavy rows: z, squares, y, free, then room for f and h. */
function sumHeavy(
  heavy: usize, r: i32, rank: i32, t: i32, free: usize, weights: usize, na: i32, sums: usize,
): void {
  const f = free + (PANEL_ROWS << 3);
  const h = f + panelBytes(roundUp(na, 2));
  const squares = heavy + panelBytes(r);
  square(heavy, panelBytes(r), squares);
  multiplyPanels(1, squares, 0, rank, weights, roundUp(na, 2), h);
  sumPanels(1, heavy, r, rank, squares + panelBytes(r), t, free, f, h, weights, na, sums);
}

/** out[target, a] := sum of even rows + sum of odd rows; false when one is not finite. */
function takeSums(sums: usize, t: i32, na: i32, first: i32, out: usize): bool {
  let check: f64 = 0;
  for (let target = 0; target < t; target++) {
    for (let k = 0; k < na; k++) {
      const at = sums + (<usize>(2 * (target * na + k)) << 3);
      const total = load<f64>(at) + load<f64>(at, 8);
      check += total - total;
      store<f64>(out + (<usize>((k + first) % na) << 3), total);
    }
    out += <usize>na << 3;
  }
  return check == 0;
}

/** Row `from` of one panel to row `to` of another; columns of 8 values each. */
function moveLane(panel: usize, from: i32, other: usize, to: i32, columns: i32): void {
  for (let k = 0; k < columns; k++) {
    store<f64>(other + (<usize>(PANEL_ROWS * k + to) << 3), load<f64>(panel + (<usize>(PANEL_ROWS * k + from) << 3)));
  }
}

function clearLane(panel: usize, row: i32, columns: i32): void {
  for (let k = 0; k < columns; k++) store<f64>(panel + (<usize>(PANEL_ROWS * k + row) << 3), 0);
}

function indexOfSmallest(alphas: usize, na: i32): i32 {
  let index = 0;
  for (let i = 1; i < na; i++) {
    if (load<f64>(alphas + (<usize>i << 3)) < load<f64>(alphas + (<usize>index << 3))) index = i;
  }
  return index;
}

/** Keeps a row for later; false when there is no room. */
function setAside(
  aside: usize, p: i32, t: i32, row: f64, weight: f64, x: usize, cs: i32, y: usize, ycs: i32, mean: usize, scale: usize,
): bool {
  const count = load<f64>(aside);
  if (count >= load<f64>(aside, 8)) return false;
  const entry = aside + (<usize>(2 + <i32>count * (2 + p + t)) << 3);
  store<f64>(entry, row);
  store<f64>(entry, weight, 8);
  copyRow(x, cs, p, mean, scale, entry + 16);
  copyRow(y, ycs, t, 0, 0, entry + 16 + (<usize>p << 3));
  store<f64>(aside, count + 1);
  return true;
}

/** Says which value of a chunk is not finite, if one is. */
function locate(
  x: usize, rs: i32, cs: i32, p: i32, y: usize, yrs: i32, ycs: i32, t: i32, start: i32, rows: i32, info: usize,
): i32 {
  for (let j = 0; j < p + t; j++) {
    const inX = j < p;
    const base = inX ? x + (<usize>j * <usize>cs << 3) : y + (<usize>(j - p) * <usize>ycs << 3);
    const stride = <usize>(inX ? rs : yrs) << 3;
    const row = firstNonFinite(base + <usize>start * stride, stride, rows);
    if (row >= 0) return report(info, Status.NON_FINITE, start + row, inX ? j : j - p, inX ? Operand.X : Operand.Y);
  }
  return Status.OK;
}
