import { PANEL_ROWS, panelBytes } from '../blas/multiply';
import { smallest } from '../blas/vector';
import { roundUp } from './rows';
import { factorG, factorS } from './factor';

/**
 * Weights of the sweep as `multiplyPanels` takes a matrix, f64[alphas / 2, rank, 2]: first of the leverage, then of the fit
 * of each target.
 *
 *     wh[k,a] := s_k^2 / (s_k^2 + alpha_a)           interpolated: -(s_min^2 + alpha_a) / (s_k^2 + alpha_a)
 *     wf[k,a] := wh[k,a] g[target,k]
 *
 * The alphas go round from `first` on; an odd number of them is filled up with the last. (Interpolated rows have
 * alpha_a in place of s_min^2 + alpha_a above and below the line, where it may be too small to square.)
 */
export function fillWeights(
  factor: usize, p: i32, t: i32, rank: i32, alphas: usize, na: i32, first: i32, interpolated: bool, weights: usize,
): void {
  const s = factorS(factor, p, t);
  const least = smallest(s, rank);
  for (let a = 0; a < roundUp(na, 2); a++) {
    const alpha = load<f64>(alphas + (<usize>((min(a, na - 1) + first) % na) << 3));
    for (let k = 0; k < rank; k++) {
      const sk = load<f64>(s + (<usize>k << 3));
      const w = (interpolated ? -(least * least + alpha) : sk * sk) / (sk * sk + alpha);
      let to = weights + (<usize>((a & ~1) * rank + 2 * k + (a & 1)) << 3);
      store<f64>(to, w);
      for (let target = 0; target < t; target++) {
        to += weightsBytes(rank, na);
        store<f64>(to, w * load<f64>(factorG(factor, p, t) + (<usize>(target * p + k) << 3)));
      }
    }
  }
}

/** Bytes of the weights of the leverage, or of one target. */
export function weightsBytes(rank: i32, na: i32): usize {
  return <usize>(roundUp(na, 2) * rank) << 3;
}

/**
 * Squared leave-one-out errors of panels of rows, alpha by alpha:
 *
 *     sums[a, i mod 2] += ((y_i - f[i,a]) / (free_i - h[i,a]))^2
 *
 * @param panels how many
 * @param y      f64[8] of each panel, centred
 * @param yStep  bytes from one panel of y to the next
 * @param free   f64[panels, 8]: 1 - h without the columns' part
 * @param f      panels of na columns (an even number): the fit
 * @param h      panels of na columns (an even number): the columns' part of the leverage
 * @param na     alphas
 * @param sums   f64[na, 2], in and out: even and odd rows apart
 *
 * One division serves two rows: f0^2 / h0^2 + f1^2 / h1^2 = ((f0 h1)^2 + (f1 h0)^2) / (h0 h1)^2.
 */
export function sumErrors(
  panels: i32, y: usize, yStep: usize, free: usize, f: usize, h: usize, na: i32, sums: usize,
): void {
  const step = panelBytes(roundUp(na, 2));
  const end = free + (<usize>(panels * PANEL_ROWS) << 3);
  for (const last = f + (<usize>na << 6); f < last; f += 64) {
    let yi = y;
    let fi = f;
    let hi = h;
    if (ASC_FEATURE_SIMD) {
      let sum = v128.load(sums);
      for (let own = free; own < end; own += 64) {
        for (let i: usize = 0; i < 64; i += 32) {
          let f0 = f64x2.sub(v128.load(yi + i), v128.load(fi + i));
          let f1 = f64x2.sub(v128.load(yi + i, 16), v128.load(fi + i, 16));
          let h0 = f64x2.sub(v128.load(own + i), v128.load(hi + i));
          const h1 = f64x2.sub(v128.load(own + i, 16), v128.load(hi + i, 16));
          f0 = f64x2.mul(f0, h1);
          f1 = f64x2.mul(f1, h0);
          h0 = f64x2.mul(h0, h1);
          sum = f64x2.add(sum, f64x2.div(f64x2.add(f64x2.mul(f0, f0), f64x2.mul(f1, f1)), f64x2.mul(h0, h0)));
        }
        yi += yStep;
        fi += step;
        hi += step;
      }
      v128.store(sums, sum);
    } else {
      for (let own = free; own < end; own += 64) {
        for (let i: usize = 0; i < 64; i += (i & 8) != 0 ? 24 : 8) {
          let f0 = load<f64>(yi + i) - load<f64>(fi + i);
          let f1 = load<f64>(yi + i, 16) - load<f64>(fi + i, 16);
          let h0 = load<f64>(own + i) - load<f64>(hi + i);
          const h1 = load<f64>(own + i, 16) - load<f64>(hi + i, 16);
          f0 *= h1;
          f1 *= h0;
          h0 *= h1;
          const to = sums + (i & 8);
          store<f64>(to, load<f64>(to) + (f0 * f0 + f1 * f1) / (h0 * h0));
        }
        yi += yStep;
        fi += step;
        hi += step;
      }
    }
    h += 64;
    sums += 16;
  }
}

/** Whether free - h >= bound in every row, at the first alpha. Arguments as `sumErrors`. */
export function isFree(panels: i32, free: usize, h: usize, step: usize, bound: f64): bool {
  const end = free + (<usize>(panels * PANEL_ROWS) << 3);
  if (ASC_FEATURE_SIMD) {
    const least = f64x2.splat(bound);
    let all = i64x2.splat(-1);
    for (; free < end; free += 64) {
      for (let i: usize = 0; i < 64; i += 16) {
        all = v128.and(all, f64x2.ge(f64x2.sub(v128.load(free + i), v128.load(h + i)), least));
      }
      h += step;
    }
    return i64x2.all_true(all);
  }
  let all = true;
  for (; free < end; free += 64) {
    for (let i: usize = 0; i < 64; i += 8) all = all && load<f64>(free + i) - load<f64>(h + i) >= bound;
    h += step;
  }
  return all;
}
