import { clear, firstNonFinite } from '../blas/vector';
import { multiply } from '../blas/multiply';
import { CHUNK_ROWS, accepts, nextNode, pushChunk } from '../linalg/forest';
import { Operand, Status, report } from '../status';
import { factorG, factorMean, factorS } from './factor';
import { fillBasis } from './precondition';
import { centreRows, roundUp } from './rows';

/** Rows at a time: block, its image and the weights stay in a 32 KB cache for p = 8, in a 512 KB one for p = 256. */
const BLOCK_ROWS: i32 = 64;

/** Rows with 1 - h below this at the smallest alpha are set aside: dividing by it costs them three digits. */
const LEVERAGE_BOUND: f64 = 1e-3;

/** Room for rows set aside: leverages sum to at most p + 1, so there are hardly more of them than that. */
export function asideCapacity(p: i32): i32 {
  return p + 2 + (p >> 3);
}

/** f64 elements of the rows set aside: count, capacity, then for each its index, x[p] as standardised, y[t]. */
export function asideLength(p: i32, t: i32): i32 {
  return 2 + asideCapacity(p) * (1 + p + t);
}

/** Scratch of `sweep`, in bytes. */
export function sweepScratch(p: i32, t: i32, alphas: i32): usize {
  const r = roundUp(p, 4);
  const a = roundUp(alphas, 2);
  return <usize>(p * r + (1 + t) * r * a + BLOCK_ROWS * (p + r + t + 2) + 2 * t * a) << 3;
}

/**
 * Pass over the rows with a settled factor: sums of squared leave-one-out errors of every alpha.
 *
 *     z := (x - mean) v / s                                             (left singular vectors, row by row)
 *     f[a] := y - mean(y) - sum_k z[k] g[k] s_k^2 / (s_k^2 + alpha_a)     (residual)
 *     h[a] := 1/n + sum_k z[k]^2 s_k^2 / (s_k^2 + alpha_a)               (leverage)
 *     sums[target, a] += (f[a] / (1 - h[a]))^2
 *
 * When the rows are interpolated (n <= p + 1, say), sum_k z[k]^2 is 1 - 1/n and nothing of y is left over, so
 *
 *     f[a] = sum_k z[k] g[k] alpha_a / (s_k^2 + alpha_a),   1 - h[a] = sum_k z[k]^2 alpha_a / (s_k^2 + alpha_a)
 *
 * without a subtraction: the dual form. Rows of leverage near 1 are not summed but set aside (`asideErrors`).
 *
 * @param forest   state of kind SUMS, width t * na
 * @param factor   as made by factorMoments and settled
 * @param alphas   f64[na], each > 0
 * @param na       alphas
 * @param x        f64[n, p]; strides in elements
 * @param y        f64[n, t]; strides in elements
 * @param n        rows: a multiple of CHUNK_ROWS, except in the last call
 * @param first    index of the first row
 * @param aside    f64[asideLength(p, t)], in and out: rows set aside
 * @param mean     f64[p] of a fused scaler, or 0
 * @param scale    f64[p] of a fused scaler, or 0
 * @param scratch  sweepScratch(p, t, na) bytes, 16-aligned
 * @param info     i32[4], output
 * @returns        OK | BAD_SHAPE | WORKSPACE | NON_FINITE
 *
 * Cost: 2 p^2 + 4 p na flops a row, and na divisions.
 * Accuracy: eps / LEVERAGE_BOUND relative in the worst row, some eps in most.
 * Source: Golub, Heath & Wahba (1979) for the shortcut; scikit-learn's RidgeCV(cv=None) for what is summed.
 */
export function sweep(
  forest: usize, factor: usize, alphas: usize, na: i32,
  x: usize, rs: i32, cs: i32, y: usize, yrs: i32, ycs: i32, n: i32, first: f64, aside: usize,
  mean: usize, scale: usize, scratch: usize, info: usize,
): i32 {
  const p = <i32>load<f64>(factor);
  const t = <i32>load<f64>(factor, 8);
  const rank = <i32>load<f64>(factor, 16);
  const centre = factorMean(factor);
  const interpolated = load<f64>(factor, 56) != 0;
  const offset = interpolated ? 0 : load<f64>(factor, 32) != 0 ? 1 - 1 / load<f64>(factor, 24) : 1;
  const r = roundUp(rank, 4);
  const a = roundUp(na, 2);

  const b = scratch;
  const weights = b + (<usize>(p * r) << 3);
  const xb = weights + (<usize>((1 + t) * r * a) << 3);
  const z = xb + (<usize>(BLOCK_ROWS * p) << 3);
  const yb = z + (<usize>(BLOCK_ROWS * r) << 3);
  const free = yb + (<usize>(BLOCK_ROWS * t) << 3);
  const least = free + (<usize>BLOCK_ROWS << 3);
  const sums = least + (<usize>BLOCK_ROWS << 3);
  fillBasis(factor, p, t, rank, r, b);
  fillWeights(factor, p, t, rank, r, alphas, na, a, interpolated, weights);
  const smallest = weights + (<usize>indexOfSmallest(alphas, na) << 3);

  for (let start = 0; start < n; start += CHUNK_ROWS) {
    const rows = min(CHUNK_ROWS, n - start);
    if (!accepts(forest)) return report(info, Status.BAD_SHAPE, start, 0, Operand.X);
    const node = nextNode(forest);
    if (node == 0) return report(info, Status.WORKSPACE, start, 0, Operand.X);
    clear(sums, 2 * t * a);
    for (let from = start; from < start + rows; from += BLOCK_ROWS) {
      const block = min(BLOCK_ROWS, start + rows - from);
      const padded = roundUp(block, 4);
      const xs = x + (<usize>from * <usize>rs << 3);
      const ys = y + (<usize>from * <usize>yrs << 3);
      centreRows(xs, rs, cs, p, block, padded, mean, scale, centre, xb);
      if (interpolated) clear(yb, t * padded);
      else centreRows(ys, yrs, ycs, t, block, padded, 0, 0, centre + (<usize>p << 3), yb);
      multiply(xb, padded, p, b, r, z);
      // 1 - h without the columns' part; 1 where there is no row, so that its error is 0 / 1.
      for (let i = 0; i < padded; i++) store<f64>(free + (<usize>i << 3), i < block ? offset : 1);
      if (!interpolated) {
        leverageLeft(z, padded, rank, smallest, <usize>a << 3, free, least);
        for (let i = 0; i < block; i++) {
          if (load<f64>(least + (<usize>i << 3)) >= LEVERAGE_BOUND) continue;
          const kept = setAside(aside, p, t, first + <f64>(from + i), xs, rs, cs, ys, yrs, ycs, i, mean, scale);
          if (!kept) return report(info, Status.WORKSPACE, from + i, 0, Operand.X);
          clearRow(z, padded, rank, i);
          clearRow(yb, padded, t, i);
          store<f64>(free + (<usize>i << 3), 1);
        }
      }
      for (let target = 0; target < t; target++) {
        errors(
          z, padded, rank, yb + (<usize>(target * padded) << 3), free,
          weights, weights + (<usize>((1 + target) * r * a) << 3), a, sums + (<usize>(2 * target * a) << 3),
        );
      }
    }
    for (let target = 0; target < t; target++) {
      for (let k = 0; k < na; k++) {
        const at = sums + (<usize>(2 * (target * a + k)) << 3);
        const total = load<f64>(at) + load<f64>(at, 8);
        if (total - total != 0) {
          const status = locate(x, rs, cs, p, y, yrs, ycs, t, start, rows, info);
          if (status != Status.OK) return status;
        }
        store<f64>(node + (<usize>(target * na + k) << 3), total);
      }
    }
    pushChunk(forest, rows);
  }
  return Status.OK;
}

function indexOfSmallest(alphas: usize, na: i32): i32 {
  let index = 0;
  for (let i = 1; i < na; i++) {
    if (load<f64>(alphas + (<usize>i << 3)) < load<f64>(alphas + (<usize>index << 3))) index = i;
  }
  return index;
}

/** least[i] := free[i] - sum_k z[i,k]^2 w[k], for one alpha. */
function leverageLeft(z: usize, rows: i32, rank: i32, w: usize, wstep: usize, free: usize, least: usize): void {
  const column = <usize>rows << 3;
  for (let i: usize = 0; i < column; i += 16) {
    let zi = z + i;
    let wk = w;
    if (ASC_FEATURE_SIMD) {
      let left = v128.load(free + i);
      for (let k = 0; k < rank; k++) {
        const value = v128.load(zi);
        left = f64x2.sub(left, f64x2.mul(f64x2.mul(value, value), v128.load64_splat(wk)));
        zi += column;
        wk += wstep;
      }
      v128.store(least + i, left);
    } else {
      let even = load<f64>(free + i);
      let odd = load<f64>(free + i, 8);
      for (let k = 0; k < rank; k++) {
        const weight = load<f64>(wk);
        even -= load<f64>(zi) * load<f64>(zi) * weight;
        odd -= load<f64>(zi, 8) * load<f64>(zi, 8) * weight;
        zi += column;
        wk += wstep;
      }
      store<f64>(least + i, even);
      store<f64>(least + i, odd, 8);
    }
  }
}

/** Keeps a row for later; false when there is no room. */
function setAside(
  aside: usize, p: i32, t: i32, row: f64, x: usize, rs: i32, cs: i32, y: usize, yrs: i32, ycs: i32, i: i32,
  mean: usize, scale: usize,
): bool {
  const count = load<f64>(aside);
  if (count >= load<f64>(aside, 8)) return false;
  const entry = aside + (<usize>(2 + <i32>count * (1 + p + t)) << 3);
  store<f64>(entry, row);
  centreRows(x + (<usize>(i * rs) << 3), rs, cs, p, 1, 1, mean, scale, 0, entry + 8);
  centreRows(y + (<usize>(i * yrs) << 3), yrs, ycs, t, 1, 1, 0, 0, 0, entry + 8 + (<usize>p << 3));
  store<f64>(aside, count + 1);
  return true;
}

function clearRow(block: usize, stride: i32, columns: i32, row: i32): void {
  for (let j = 0; j < columns; j++) store<f64>(block + (<usize>(j * stride + row) << 3), 0);
}

/**
 * weights[0][k,a] := s_k^2 / (s_k^2 + alpha_a), interpolated: -alpha_a / (s_k^2 + alpha_a);
 * weights[1 + target][k,a] := that times g[target,k].
 */
function fillWeights(
  factor: usize, p: i32, t: i32, rank: i32, r: i32, alphas: usize, na: i32, a: i32, interpolated: bool, weights: usize,
): void {
  const s = factorS(factor, p, t);
  const g = factorG(factor, p, t);
  for (let k = 0; k < rank; k++) {
    const sk = load<f64>(s + (<usize>k << 3));
    const square = sk * sk;
    for (let i = 0; i < a; i++) {
      // An odd count is filled up with the last alpha.
      const alpha = load<f64>(alphas + (<usize>min(i, na - 1) << 3));
      const w = (interpolated ? -alpha : square) / (square + alpha);
      store<f64>(weights + (<usize>(k * a + i) << 3), w);
      for (let target = 0; target < t; target++) {
        const at = weights + (<usize>((1 + target) * r * a + k * a + i) << 3);
        store<f64>(at, w * load<f64>(g + (<usize>(target * p + k) << 3)));
      }
    }
  }
}

/**
 * sums[2a], sums[2a + 1] += squared errors of even and odd rows of the block, alpha by alpha.
 * A tile is 4 rows by 2 alphas; lanes are rows.
 */
function errors(
  z: usize, rows: i32, rank: i32, y: usize, free: usize, wh: usize, wf: usize, a: i32, sums: usize,
): void {
  const column = <usize>rows << 3;
  const wstep = <usize>a << 3;
  for (let k = 0; k < a; k += 2) {
    const end = wh + <usize>rank * wstep;
    if (ASC_FEATURE_SIMD) {
      let s0 = v128.load(sums);
      let s1 = v128.load(sums, 16);
      for (let i: usize = 0; i < column; i += 32) {
        let zi = z + i;
        let f00 = v128.load(y + i);
        let f10 = v128.load(y + i, 16);
        let f01 = f00, f11 = f10;
        let h00 = v128.load(free + i);
        let h10 = v128.load(free + i, 16);
        let h01 = h00, h11 = h10;
        let g = wf;
        for (let w = wh; w < end; w += wstep) {
          const z0 = v128.load(zi);
          const z1 = v128.load(zi, 16);
          const q0 = f64x2.mul(z0, z0);
          const q1 = f64x2.mul(z1, z1);
          let c = v128.load64_splat(w);
          h00 = f64x2.sub(h00, f64x2.mul(q0, c));
          h10 = f64x2.sub(h10, f64x2.mul(q1, c));
          c = v128.load64_splat(w, 8);
          h01 = f64x2.sub(h01, f64x2.mul(q0, c));
          h11 = f64x2.sub(h11, f64x2.mul(q1, c));
          c = v128.load64_splat(g);
          f00 = f64x2.sub(f00, f64x2.mul(z0, c));
          f10 = f64x2.sub(f10, f64x2.mul(z1, c));
          c = v128.load64_splat(g, 8);
          f01 = f64x2.sub(f01, f64x2.mul(z0, c));
          f11 = f64x2.sub(f11, f64x2.mul(z1, c));
          zi += column;
          g += wstep;
        }
        f00 = f64x2.div(f00, h00);
        f10 = f64x2.div(f10, h10);
        f01 = f64x2.div(f01, h01);
        f11 = f64x2.div(f11, h11);
        s0 = f64x2.add(s0, f64x2.mul(f00, f00));
        s0 = f64x2.add(s0, f64x2.mul(f10, f10));
        s1 = f64x2.add(s1, f64x2.mul(f01, f01));
        s1 = f64x2.add(s1, f64x2.mul(f11, f11));
      }
      v128.store(sums, s0);
      v128.store(sums, s1, 16);
      sums += 32;
      wh += 16;
      wf += 16;
    } else {
      for (let lane = 0; lane < 2; lane++) {
        const last = wh + <usize>rank * wstep;
        let even = load<f64>(sums);
        let odd = load<f64>(sums, 8);
        for (let i: usize = 0; i < column; i += 8) {
          let zi = z + i;
          let f = load<f64>(y + i);
          let h = load<f64>(free + i);
          let g = wf;
          for (let w = wh; w < last; w += wstep) {
            const zk = load<f64>(zi);
            h -= zk * zk * load<f64>(w);
            f -= zk * load<f64>(g);
            zi += column;
            g += wstep;
          }
          f /= h;
          if ((i & 8) == 0) even += f * f;
          else odd += f * f;
        }
        store<f64>(sums, even);
        store<f64>(sums, odd, 8);
        sums += 16;
        wh += 8;
        wf += 8;
      }
    }
  }
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
