import { clear, rotate } from '../blas/vector';
import { tridiagonalise } from './tridiagonal';

/** Rows of a panel of eigenvectors: 8 x 256 values stay in a 32 KB cache while many rotations pass over them. */
const PANEL: i32 = 8;

/** Rotations kept before they are applied, in units of p. */
const BATCH: i32 = 16;

/** Up to this many columns rotations are applied at once: the square roots and divisions of the next hide behind them. */
const DIRECT: i32 = 64;

const MAX_ITERATIONS: i32 = 50;

/** Scratch of `symmetricEigen`, in bytes. */
export function eigenScratch(p: i32): usize {
  return <usize>(p * (p + PANEL) + 3 * p + (BATCH + 1) * 2 * p + 4 * p) << 3;
}

/**
 * Eigenvalues and eigenvectors of a symmetric matrix: tridiagonal form, then implicit QL.
 *
 * @param a        f64[p, p], column-major, lower triangle; destroyed
 * @param p        size
 * @param values   f64[p], output, in no order
 * @param vectors  f64[p, p], column-major, output
 * @param scratch  eigenScratch(p) bytes, 16-aligned
 * @returns        false when an eigenvalue did not converge
 *
 * Of more than DIRECT columns rotations are gathered and applied to panels of 8 rows, so that the eigenvectors go through the
 * cache once in BATCH turns and not in every one.
 * Cost: 8/3 p^3 flops for the form, about 6 p^3 for the rotations.
 * Accuracy: eps times the largest eigenvalue, in every eigenvalue.
 * Source: Dubrulle, Martin & Wilkinson, The implicit QL algorithm (1968); Van Zee, van de Geijn & Quintana-Orti,
 * Restructuring the tridiagonal and bidiagonal QR algorithms for performance (2014).
 */
export function symmetricEigen(a: usize, p: i32, values: usize, vectors: usize, scratch: usize): bool {
  const size = <usize>p << 3;
  const e = scratch;
  const work = e + size;
  const rotations = work + 2 * size;
  const panels = rotations + (((<usize>(BATCH + 1) * 2 * size + 4 * size) + 15) & ~(<usize>15));
  tridiagonalise(a, p, values, e, vectors, work);
  const direct = p <= DIRECT;
  if (!direct) toPanels(vectors, p, panels);

  // Sequences: f64 first column, f64 last column, then (c, s) for i = first .. last downwards.
  let used: usize = 0;
  const full = <usize>BATCH * 2 * size;
  for (let l = 0; l < p; l++) {
    for (let iteration = 0; ; iteration++) {
      let m = l;
      for (; m < p - 1; m++) {
        const at = <usize>m << 3;
        const scale = abs(load<f64>(values + at)) + abs(load<f64>(values + at, 8));
        if (abs(load<f64>(e + at)) <= f64.EPSILON * scale) break;
      }
      if (m == l) break;
      if (iteration == MAX_ITERATIONS) return false;
      const bytes = turn(values, e, l, m, rotations + used, direct ? vectors : 0, p);
      if (direct) continue;
      used += bytes;
      if (used >= full) {
        applyRotations(rotations, used, p, panels);
        used = 0;
      }
    }
  }
  if (direct) return true;
  applyRotations(rotations, used, p, panels);
  fromPanels(panels, p, vectors);
  return true;
}

/** One implicit QL turn on the block l .. m, of `vectors` too unless they are 0. @returns bytes of rotations written */
function turn(d: usize, e: usize, l: i32, m: i32, out: usize, vectors: usize, p: i32): usize {
  const at = <usize>l << 3;
  const el = load<f64>(e + at);
  const dl = load<f64>(d + at);
  let g = (load<f64>(d + at, 8) - dl) / (2 * el);
  const root = sqrt(g * g + 1);
  g = load<f64>(d + (<usize>m << 3)) - dl + el / (g + (g >= 0 ? root : -root));
  let s: f64 = 1;
  let c: f64 = 1;
  let shift: f64 = 0;
  let to = out + 16;
  let i = m - 1;
  for (; i >= l; i--) {
    const k = <usize>i << 3;
    const f = s * load<f64>(e + k);
    const b = c * load<f64>(e + k);
    const r = sqrt(f * f + g * g);
    store<f64>(e + k, r, 8);
    if (r == 0) {
      store<f64>(d + k, load<f64>(d + k, 8) - shift, 8);
      store<f64>(e + (<usize>m << 3), 0);
      break;
    }
    s = f / r;
    c = g / r;
    g = load<f64>(d + k, 8) - shift;
    const next = (load<f64>(d + k) - g) * s + 2 * c * b;
    shift = s * next;
    store<f64>(d + k, g + shift, 8);
    g = c * next - b;
    store<f64>(to, c);
    store<f64>(to, s, 8);
    to += 16;
    if (vectors != 0) {
      const z = vectors + <usize>p * k;
      rotate(z, z + (<usize>p << 3), c, s, p);
    }
  }
  if (i < l) {
    store<f64>(d + at, load<f64>(d + at) - shift);
    store<f64>(e + at, g);
    store<f64>(e + (<usize>m << 3), 0);
  }
  store<f64>(out, <f64>(m - 1));
  store<f64>(out, <f64>(i + 1), 8);
  return to - out;
}

/** Columns i and i + 1 of every row:  (z_i, z_i+1) := (c z_i - s z_i+1, s z_i + c z_i+1). */
function applyRotations(rotations: usize, used: usize, p: i32, panels: usize): void {
  const end = rotations + used;
  for (let row = 0; row < p; row += PANEL) {
    const panel = panels + (<usize>(row * p) << 3);
    let at = rotations;
    while (at < end) {
      const first = <i32>load<f64>(at);
      const last = <i32>load<f64>(at, 8);
      at += 16;
      if (first < last) continue;
      rotateRow(panel + (<usize>first << 6), panel + (<usize>last << 6), at);
      at += <usize>(first - last + 1) << 4;
    }
  }
}

/** One sequence over one panel, columns from `z` down to `last`; the column two neighbours share stays in registers. */
// @ts-ignore: decorator
@inline
function rotateRow(z: usize, last: usize, at: usize): void {
  if (ASC_FEATURE_SIMD) {
    let b0 = v128.load(z, 64);
    let b1 = v128.load(z, 80);
    let b2 = v128.load(z, 96);
    let b3 = v128.load(z, 112);
    for (; z >= last; z -= 64) {
      const c = v128.load64_splat(at);
      const s = v128.load64_splat(at, 8);
      at += 16;
      let a = v128.load(z);
      v128.store(z, f64x2.add(f64x2.mul(s, a), f64x2.mul(c, b0)), 64);
      b0 = f64x2.sub(f64x2.mul(c, a), f64x2.mul(s, b0));
      a = v128.load(z, 16);
      v128.store(z, f64x2.add(f64x2.mul(s, a), f64x2.mul(c, b1)), 80);
      b1 = f64x2.sub(f64x2.mul(c, a), f64x2.mul(s, b1));
      a = v128.load(z, 32);
      v128.store(z, f64x2.add(f64x2.mul(s, a), f64x2.mul(c, b2)), 96);
      b2 = f64x2.sub(f64x2.mul(c, a), f64x2.mul(s, b2));
      a = v128.load(z, 48);
      v128.store(z, f64x2.add(f64x2.mul(s, a), f64x2.mul(c, b3)), 112);
      b3 = f64x2.sub(f64x2.mul(c, a), f64x2.mul(s, b3));
    }
    v128.store(z, b0, 64);
    v128.store(z, b1, 80);
    v128.store(z, b2, 96);
    v128.store(z, b3, 112);
  } else {
    for (; z >= last; z -= 64) {
      const c = load<f64>(at);
      const s = load<f64>(at, 8);
      at += 16;
      for (let i: usize = 0; i < 64; i += 8) {
        const a = load<f64>(z + i);
        const b = load<f64>(z + i, 64);
        store<f64>(z + i, s * a + c * b, 64);
        store<f64>(z + i, c * a - s * b);
      }
    }
  }
}

/** f64[p, p] column-major -> panels f64[p / 8, p, 8]; rows beyond the last are 0. */
function toPanels(vectors: usize, p: i32, panels: usize): void {
  for (let row = 0; row < p; row += PANEL) {
    const panel = panels + (<usize>(row * p) << 3);
    if (row + PANEL > p) clear(panel, PANEL * p);
    for (let k = 0; k < p; k++) {
      for (let i = row; i < min(row + PANEL, p); i++) {
        store<f64>(panel + (<usize>(k * PANEL + i - row) << 3), load<f64>(vectors + (<usize>(k * p + i) << 3)));
      }
    }
  }
}

function fromPanels(panels: usize, p: i32, vectors: usize): void {
  for (let row = 0; row < p; row += PANEL) {
    const panel = panels + (<usize>(row * p) << 3);
    for (let k = 0; k < p; k++) {
      for (let i = row; i < min(row + PANEL, p); i++) {
        store<f64>(vectors + (<usize>(k * p + i) << 3), load<f64>(panel + (<usize>(k * PANEL + i - row) << 3)));
      }
    }
  }
}
