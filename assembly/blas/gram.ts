/**
 * Rows packed at a time: two panels of 256 x 4 stay in a 32 KB cache, and sums over 256 rows are added to longer ones.
 */
export const PANEL_ROWS: i32 = 256;

/** Bytes from one panel to the next: 64 more than the rows take, so that equal rows of two panels differ in cache set. */
export const PANEL_BYTES: usize = (<usize>PANEL_ROWS << 5) + 64;

/**
 * Gram matrix of packed panels, upper triangle by 4 x 4 tiles:
 *
 *     c[j,k] += sum_i a[i,j] a[i,k]      for the tiles with k >= j
 *
 *     panel, f64[PANEL_ROWS, 4] row-major: columns 4m .. 4m + 3 of a;   panels of PANEL_BYTES one after the other
 *
 * @param a     panels, 16-aligned
 * @param rows  rows in use
 * @param q     columns in use; the last panel may hold fewer than 4
 * @param ld    row length of c, q rounded up to 4
 * @param c     f64[ld, ld], row-major; below the diagonal tiles it is not touched
 *
 * Every entry is summed over rows in order, then added to c: the lanes are different entries, so all builds agree.
 * Cost: rows * q^2 flops and a little; a tile keeps 8 accumulators and loads 6 operands for 16 multiply-adds.
 * Floor: rows * q^2 flops at the SIMD rate.
 * Source: Goto & van de Geijn, Anatomy of high-performance matrix multiplication (2008), the inner kernel.
 */
export function gramPanels(a: usize, rows: i32, q: i32, ld: i32, c: usize): void {
  let row = a;
  for (let j = 0; j < q; j += 4) {
    let column = row;
    for (let k = j; k < q; k += 4) {
      const to = c + (<usize>(j * ld + k) << 3);
      if (q - k > 2) tile(row, column, rows, <usize>ld << 3, to);
      else halfTile(row, column, rows, <usize>ld << 3, to);
      column += PANEL_BYTES;
    }
    row += PANEL_BYTES;
  }
}

/** c[0..4, 0..4] += a' b of two panels. */
function tile(a: usize, b: usize, rows: i32, step: usize, c: usize): void {
  const end = a + (<usize>rows << 5);
  if (ASC_FEATURE_SIMD) {
    let c00 = f64x2.splat(0);
    let c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
    for (; a < end; a += 32) {
      const x0 = v128.load(b);
      const x1 = v128.load(b, 16);
      b += 32;
      let s = v128.load64_splat(a);
      c00 = f64x2.add(c00, f64x2.mul(s, x0));
      c01 = f64x2.add(c01, f64x2.mul(s, x1));
      s = v128.load64_splat(a, 8);
      c10 = f64x2.add(c10, f64x2.mul(s, x0));
      c11 = f64x2.add(c11, f64x2.mul(s, x1));
      s = v128.load64_splat(a, 16);
      c20 = f64x2.add(c20, f64x2.mul(s, x0));
      c21 = f64x2.add(c21, f64x2.mul(s, x1));
      s = v128.load64_splat(a, 24);
      c30 = f64x2.add(c30, f64x2.mul(s, x0));
      c31 = f64x2.add(c31, f64x2.mul(s, x1));
    }
    addPair(c, c00);
    addPair(c + 16, c01);
    c += step;
    addPair(c, c10);
    addPair(c + 16, c11);
    c += step;
    addPair(c, c20);
    addPair(c + 16, c21);
    c += step;
    addPair(c, c30);
    addPair(c + 16, c31);
  } else {
    for (let j: usize = 0; j < 32; j += 8) addRow(a + j, b, end, 4, c + (j >> 3) * step);
  }
}

/** c[0..4, 0..2] += a' b for the first two columns of b. */
function halfTile(a: usize, b: usize, rows: i32, step: usize, c: usize): void {
  const end = a + (<usize>rows << 5);
  if (ASC_FEATURE_SIMD) {
    let c0 = f64x2.splat(0);
    let c1 = c0, c2 = c0, c3 = c0;
    for (; a < end; a += 32) {
      const x = v128.load(b);
      b += 32;
      c0 = f64x2.add(c0, f64x2.mul(v128.load64_splat(a), x));
      c1 = f64x2.add(c1, f64x2.mul(v128.load64_splat(a, 8), x));
      c2 = f64x2.add(c2, f64x2.mul(v128.load64_splat(a, 16), x));
      c3 = f64x2.add(c3, f64x2.mul(v128.load64_splat(a, 24), x));
    }
    addPair(c, c0);
    addPair(c + step, c1);
    addPair(c + step * 2, c2);
    addPair(c + step * 3, c3);
  } else {
    for (let j: usize = 0; j < 32; j += 8) addRow(a + j, b, end, 2, c + (j >> 3) * step);
  }
}

// @ts-ignore: decorator
@inline
function addPair(c: usize, sum: v128): void {
  v128.store(c, f64x2.add(v128.load(c), sum));
}

/** One row of a tile, without SIMD. */
function addRow(a: usize, b: usize, end: usize, columns: i32, c: usize): void {
  for (let k = 0; k < columns; k++) {
    let sum: f64 = 0;
    let x = b + (<usize>k << 3);
    for (let s = a; s < end; s += 32) {
      sum += load<f64>(s) * load<f64>(x);
      x += 32;
    }
    store<f64>(c, load<f64>(c) + sum);
    c += 8;
  }
}
