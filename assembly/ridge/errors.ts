import { roundUp } from './rows';
import { factorG, factorS } from './factor';

/**
 * Weights of the sweep, alphas by pairs so that a tile reads them from front to back:
 *
 *     f64[targets, pairs, rank, 4]:  wh of both alphas, then wf of both
 *     wh[k,a] := s_k^2 / (s_k^2 + alpha_a)           interpolated: -(s_min^2 + alpha_a) / (s_k^2 + alpha_a)
 *     wf[k,a] := wh[k,a] g[target,k]
 *
 * The alphas go round from `first` on; an odd number of them is filled up with the last. (Interpolated rows have alpha_a in
 * place of s_min^2 + alpha_a above and below the line, where it may be too small to square.)
 */
export function fillWeights(
  factor: usize, p: i32, t: i32, rank: i32, alphas: usize, na: i32, first: i32, interpolated: bool, weights: usize,
): void {
  const s = factorS(factor, p, t);
  let least: f64 = Infinity;
  for (let k = 0; k < rank; k++) least = min(least, load<f64>(s + (<usize>k << 3)));
  for (let target = 0; target < t; target++) {
    const g = factorG(factor, p, t) + (<usize>(target * p) << 3);
    for (let a = 0; a < roundUp(na, 2); a++) {
      const alpha = load<f64>(alphas + (<usize>((min(a, na - 1) + first) % na) << 3));
      let to = weights + (<usize>((a & ~1) * rank * 2 + (a & 1)) << 3);
      for (let k = 0; k < rank; k++) {
        const sk = load<f64>(s + (<usize>k << 3));
        const w = (interpolated ? -(least * least + alpha) : sk * sk) / (sk * sk + alpha);
        store<f64>(to, w);
        store<f64>(to, w * load<f64>(g + (<usize>k << 3)), 16);
        to += 32;
      }
    }
    weights += weightsBytes(rank, na);
  }
}

/** Bytes of the weights of one target. */
export function weightsBytes(rank: i32, na: i32): usize {
  return <usize>(roundUp(na, 2) * rank) << 4;
}

/**
 * Squared leave-one-out errors of the 4 rows of a panel, alpha by alpha:
 *
 *     sums[a, i mod 2] += ((y_i - sum_k z[i,k] wf[k,a]) / (free_i - sum_k z[i,k]^2 wh[k,a]))^2
 *
 * @param z     a z panel
 * @param y     f64[4], centred
 * @param free  f64[4]: 1 - h without the columns' part
 * @param rank  columns of z
 * @param w     weights of one target
 * @param na    alphas
 * @param bound least 1 - h at the first alpha
 * @param left  f64[4], output when a row is below it: 1 - h at the first alpha
 * @param sums  f64[na rounded up to 2, 2], in and out: even and odd rows apart
 * @returns     false when a row is below the bound (or NaN): nothing is summed then
 *
 * One division serves two rows: f0^2 / h0^2 + f1^2 / h1^2 = ((f0 h1)^2 + (f1 h0)^2) / (h0 h1)^2.
 * Cost: 16 na rank flops and 2 na divisions. Floor: those flops at the SIMD rate.
 */
export function panelErrors(
  z: usize, y: usize, free: usize, rank: i32, w: usize, na: i32, bound: f64, left: usize, sums: usize,
): bool {
  const last = sums + (<usize>roundUp(na, 2) << 4);
  const size = <usize>rank << 5;
  if (ASC_FEATURE_SIMD) {
    const y0 = v128.load(y);
    const y1 = v128.load(y, 16);
    const free0 = v128.load(free);
    const free1 = v128.load(free, 16);
    let least = f64x2.splat(bound);
    for (; sums < last; sums += 32) {
      let f00 = y0, f01 = y1, f10 = y0, f11 = y1;
      let h00 = free0, h01 = free1, h10 = free0, h11 = free1;
      let zk = z;
      for (const end = w + size; w < end; w += 32) {
        let c = v128.load64_splat(w);
        const q0 = v128.load(zk, 32);
        const q1 = v128.load(zk, 48);
        h00 = f64x2.sub(h00, f64x2.mul(q0, c));
        h01 = f64x2.sub(h01, f64x2.mul(q1, c));
        c = v128.load64_splat(w, 8);
        h10 = f64x2.sub(h10, f64x2.mul(q0, c));
        h11 = f64x2.sub(h11, f64x2.mul(q1, c));
        c = v128.load64_splat(w, 16);
        const z0 = v128.load(zk);
        const z1 = v128.load(zk, 16);
        f00 = f64x2.sub(f00, f64x2.mul(z0, c));
        f01 = f64x2.sub(f01, f64x2.mul(z1, c));
        c = v128.load64_splat(w, 24);
        f10 = f64x2.sub(f10, f64x2.mul(z0, c));
        f11 = f64x2.sub(f11, f64x2.mul(z1, c));
        zk += 64;
      }
      if (!i64x2.all_true(v128.and(f64x2.ge(h00, least), f64x2.ge(h01, least)))) {
        v128.store(left, h00);
        v128.store(left, h01, 16);
        return false;
      }
      least = f64x2.splat(-Infinity);
      v128.store(sums, f64x2.add(v128.load(sums), squares(f00, h00, f01, h01)));
      v128.store(sums, f64x2.add(v128.load(sums, 16), squares(f10, h10, f11, h11)), 16);
    }
  } else {
    if (bound > -Infinity && !isFree(z, free, rank, w, bound, left)) return false;
    for (; sums < last; sums += 32) {
      for (let lane: usize = 0; lane < 2; lane++) {
        for (let i: usize = 0; i < 16; i += 8) {
          let f0 = load<f64>(y + i), f1 = load<f64>(y + i, 16);
          let h0 = load<f64>(free + i), h1 = load<f64>(free + i, 16);
          let zk = z + i;
          for (let wk = w + (lane << 3); wk < w + size; wk += 32) {
            h0 -= load<f64>(zk, 32) * load<f64>(wk);
            h1 -= load<f64>(zk, 48) * load<f64>(wk);
            f0 -= load<f64>(zk) * load<f64>(wk, 16);
            f1 -= load<f64>(zk, 16) * load<f64>(wk, 16);
            zk += 64;
          }
          f0 *= h1;
          f1 *= h0;
          h0 *= h1;
          const to = sums + (lane << 4) + i;
          store<f64>(to, load<f64>(to) + (f0 * f0 + f1 * f1) / (h0 * h0));
        }
      }
      w += size;
    }
  }
  return true;
}

// @ts-ignore: decorator
@inline
function squares(f0: v128, h0: v128, f1: v128, h1: v128): v128 {
  f0 = f64x2.mul(f0, h1);
  f1 = f64x2.mul(f1, h0);
  h0 = f64x2.mul(h0, h1);
  return f64x2.div(f64x2.add(f64x2.mul(f0, f0), f64x2.mul(f1, f1)), f64x2.mul(h0, h0));
}

/** left[i] := free[i] - sum_k z[i,k]^2 wh[k] of the 4 rows of a panel at the first alpha, without SIMD; true when all are >= bound. */
function isFree(z: usize, free: usize, rank: i32, w: usize, bound: f64, left: usize): bool {
  let above = true;
  for (let i: usize = 0; i < 32; i += 8) {
    let h = load<f64>(free + i);
    let zk = z + i;
    for (const end = w + (<usize>rank << 5); w < end; w += 32) {
      h -= load<f64>(zk, 32) * load<f64>(w);
      zk += 64;
    }
    w -= <usize>rank << 5;
    store<f64>(left + i, h);
    if (!(h >= bound)) above = false;
  }
  return above;
}
