import { PANEL_ROWS, panelBytes } from './multiply';
import { sum } from './vector';

/**
 * Rows on their way into a kernel: a block of contiguous columns, centred. Rows that fill up the last 4 are 0.
 *
 *     to[i,j] := x[i,j] - centre[j],   sums[j] += sum_i to[i,j]
 *
 * @param x       f64[rows, p]; strides in elements
 * @param centre  f64[p]
 * @param to      block, output, 16-aligned
 * @param step    bytes from one column of the block to the next; an odd number of cache lines, so that columns do not meet in
 *                one cache set
 * @param sums    f64[p], in and out, in the order of `sum`; 0 = not wanted
 */
export function centreBlock(
  x: usize, rs: i32, cs: i32, p: i32, rows: i32, centre: usize, to: usize, step: usize, sums: usize = 0,
): void {
  const stride = <usize>rs << 3;
  for (let j = 0; j < p; j++) {
    const c = load<f64>(centre + (<usize>j << 3));
    let from = x + (<usize>j * <usize>cs << 3);
    let at = to + <usize>j * step;
    let i = 0;
    if (ASC_FEATURE_SIMD) {
      if (rs == 1) {
        const vc = f64x2.splat(c);
        let s01 = f64x2.splat(0);
        let s23 = s01;
        for (; i + 4 <= rows; i += 4) {
          const v01 = f64x2.sub(v128.load(from), vc);
          const v23 = f64x2.sub(v128.load(from, 16), vc);
          v128.store(at, v01);
          v128.store(at, v23, 16);
          s01 = f64x2.add(s01, v01);
          s23 = f64x2.add(s23, v23);
          from += 32;
          at += 32;
        }
        if (sums != 0 && i == rows) {
          s01 = f64x2.add(s01, s23);
          const total = f64x2.extract_lane(s01, 0) + f64x2.extract_lane(s01, 1);
          store<f64>(sums + (<usize>j << 3), load<f64>(sums + (<usize>j << 3)) + total);
          continue;
        }
      }
    }
    for (; i < rows; i++) {
      store<f64>(at, load<f64>(from) - c);
      from += stride;
      at += 8;
    }
    for (; (i & 3) != 0; i++) {
      store<f64>(at, 0);
      at += 8;
    }
    if (sums != 0) {
      const total = sum(to + <usize>j * step, 8, rows);
      store<f64>(sums + (<usize>j << 3), load<f64>(sums + (<usize>j << 3)) + total);
    }
  }
}

/**
 * Rows on their way into `multiplyPanels`: panels of 8, centred. Rows that fill up the last panel are 0.
 *
 *     to[i,j] := x[i,j] - centre[j] - low[j]
 *
 * @param x       f64[rows, p]; strides in elements
 * @param centre  f64[p]
 * @param low     f64[p], or 0
 * @param to      panels of p columns, panelBytes(p) apart, output, 16-aligned
 */
export function packRows(
  x: usize, rs: i32, cs: i32, p: i32, rows: i32, centre: usize, low: usize, to: usize,
): void {
  const stride = <usize>rs << 3;
  const panel = panelBytes(p);
  for (let j = 0; j < p; j++) {
    const c = load<f64>(centre + (<usize>j << 3));
    const l = low != 0 ? load<f64>(low + (<usize>j << 3)) : 0;
    let from = x + (<usize>j * <usize>cs << 3);
    let at = to + (<usize>j << 6);
    let i = 0;
    if (ASC_FEATURE_SIMD) {
      if (rs == 1) {
        const vc = f64x2.splat(c);
        const vl = f64x2.splat(l);
        for (; i + PANEL_ROWS <= rows; i += PANEL_ROWS) {
          v128.store(at, f64x2.sub(f64x2.sub(v128.load(from), vc), vl));
          v128.store(at, f64x2.sub(f64x2.sub(v128.load(from, 16), vc), vl), 16);
          v128.store(at, f64x2.sub(f64x2.sub(v128.load(from, 32), vc), vl), 32);
          v128.store(at, f64x2.sub(f64x2.sub(v128.load(from, 48), vc), vl), 48);
          from += 64;
          at += panel;
        }
      }
    }
    for (; i < rows; i += PANEL_ROWS) {
      for (let k = 0; k < PANEL_ROWS; k++) {
        store<f64>(at + (<usize>k << 3), i + k < rows ? load<f64>(from) - c - l : 0);
        from += stride;
      }
      at += panel;
    }
  }
}

/** to[i] := sqrt(w[i]) */
export function rootWeights(w: usize, rows: i32, to: usize): void {
  for (let i: usize = 0; i < <usize>rows << 3; i += 8) store<f64>(to + i, sqrt(load<f64>(w + i)));
}

/** Weighs rows of a block: to[i,j] *= roots[i]. */
export function weighBlock(block: usize, step: usize, columns: i32, rows: i32, roots: usize): void {
  for (let j = 0; j < columns; j++) {
    for (let i: usize = 0; i < <usize>rows << 3; i += 8) {
      store<f64>(block + i, load<f64>(block + i) * load<f64>(roots + i));
    }
    block += step;
  }
}

/** Weighs packed rows: to[i,j] *= roots[i]. */
export function weighPanels(to: usize, columns: i32, rows: i32, roots: usize): void {
  for (let i = 0; i < rows; i++) {
    const root = load<f64>(roots + (<usize>i << 3));
    let at = to + <usize>(i / PANEL_ROWS) * panelBytes(columns) + (<usize>(i % PANEL_ROWS) << 3);
    for (const end = at + (<usize>columns << 6); at < end; at += 64) store<f64>(at, load<f64>(at) * root);
  }
}
