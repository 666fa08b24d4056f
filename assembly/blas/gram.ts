/** Rows of a block: a tile's 6 columns stay in a 32 KB cache, and sums over 256 rows are added to longer ones. */
export const GRAM_ROWS: i32 = 256;

/** Bytes from one column of the block to the next: 64 more than the rows take. */
export const GRAM_STEP: usize = (<usize>GRAM_ROWS << 3) + 64;

/**
 * Gram matrix of a block, upper triangle by 3 x 3 tiles:
 *
 *     c[j,k] += sum_i a[i,j] a[i,k]      for k >= j
 *
 * @param a     f64[rows, q], columns GRAM_STEP bytes apart, 16-aligned
 * @param rows  even, at most GRAM_ROWS
 * @param q     columns, a multiple of 3
 * @param c     f64[q, q], row-major; below the diagonal it is not touched
 *
 * Every entry is two sums, of even and of odd rows; they are added to each other, then to c.
 * Cost: rows * q^2 flops and a little; a tile keeps 9 accumulators and loads 6 operands for 9 multiply-adds.
 * Floor: rows * q^2 flops at the SIMD rate.
 * Source: Goto & van de Geijn, Anatomy of high-performance matrix multiplication (2008), the inner kernel.
 */
export function gramBlock(a: usize, rows: i32, q: i32, c: usize): void {
  const step = <usize>q << 3;
  for (let j = 0; j < q; j += 3) {
    let to = c + (step + 8) * j;
    diagonalTile(a, rows, step, to);
    let b = a;
    for (let k = j + 3; k < q; k += 3) {
      b += 3 * GRAM_STEP;
      to += 24;
      tile(a, b, rows, step, to);
    }
    a += 3 * GRAM_STEP;
  }
}

/** c[0..3, 0..3] += a' b of three columns each. */
// @ts-ignore: decorator
@inline
function tile(a: usize, b: usize, rows: i32, step: usize, c: usize): void {
  if (ASC_FEATURE_SIMD) {
    let c00 = f64x2.splat(0);
    let c01 = c00, c02 = c00, c10 = c00, c11 = c00, c12 = c00, c20 = c00, c21 = c00, c22 = c00;
    for (const end = a + (<usize>rows << 3); a < end; a += 16) {
      const a0 = v128.load(a);
      const a1 = v128.load(a, GRAM_STEP);
      const a2 = v128.load(a, 2 * GRAM_STEP);
      let bk = v128.load(b);
      c00 = f64x2.add(c00, f64x2.mul(a0, bk));
      c10 = f64x2.add(c10, f64x2.mul(a1, bk));
      c20 = f64x2.add(c20, f64x2.mul(a2, bk));
      bk = v128.load(b, GRAM_STEP);
      c01 = f64x2.add(c01, f64x2.mul(a0, bk));
      c11 = f64x2.add(c11, f64x2.mul(a1, bk));
      c21 = f64x2.add(c21, f64x2.mul(a2, bk));
      bk = v128.load(b, 2 * GRAM_STEP);
      c02 = f64x2.add(c02, f64x2.mul(a0, bk));
      c12 = f64x2.add(c12, f64x2.mul(a1, bk));
      c22 = f64x2.add(c22, f64x2.mul(a2, bk));
      b += 16;
    }
    addRow(c, c00, c01, c02);
    addRow(c + step, c10, c11, c12);
    addRow(c + 2 * step, c20, c21, c22);
  } else {
    for (let j = 0; j < 3; j++) {
      for (let k: usize = 0; k < 3; k++) addProduct(a, b + k * GRAM_STEP, rows, c + (k << 3));
      a += GRAM_STEP;
      c += step;
    }
  }
}

/** The same on the diagonal, where a third of it is known. */
// @ts-ignore: decorator
@inline
function diagonalTile(a: usize, rows: i32, step: usize, c: usize): void {
  if (ASC_FEATURE_SIMD) {
    let c00 = f64x2.splat(0);
    let c01 = c00, c02 = c00, c11 = c00, c12 = c00, c22 = c00;
    for (const end = a + (<usize>rows << 3); a < end; a += 16) {
      const a0 = v128.load(a);
      const a1 = v128.load(a, GRAM_STEP);
      const a2 = v128.load(a, 2 * GRAM_STEP);
      c00 = f64x2.add(c00, f64x2.mul(a0, a0));
      c01 = f64x2.add(c01, f64x2.mul(a0, a1));
      c02 = f64x2.add(c02, f64x2.mul(a0, a2));
      c11 = f64x2.add(c11, f64x2.mul(a1, a1));
      c12 = f64x2.add(c12, f64x2.mul(a1, a2));
      c22 = f64x2.add(c22, f64x2.mul(a2, a2));
    }
    addRow(c, c00, c01, c02);
    addTotal(c + step + 8, c11);
    addTotal(c + step + 16, c12);
    addTotal(c + 2 * step + 16, c22);
  } else {
    for (let j: usize = 0; j < 3; j++) {
      for (let k = j; k < 3; k++) addProduct(a + j * GRAM_STEP, a + k * GRAM_STEP, rows, c + (k << 3));
      c += step;
    }
  }
}

// @ts-ignore: decorator
@inline
function addRow(c: usize, s0: v128, s1: v128, s2: v128): void {
  addTotal(c, s0);
  addTotal(c + 8, s1);
  addTotal(c + 16, s2);
}

// @ts-ignore: decorator
@inline
function addTotal(c: usize, sum: v128): void {
  store<f64>(c, load<f64>(c) + (f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1)));
}

/** One entry, without SIMD. */
function addProduct(a: usize, b: usize, rows: i32, c: usize): void {
  let even: f64 = 0;
  let odd: f64 = 0;
  for (const end = a + (<usize>rows << 3); a < end; a += 16) {
    even += load<f64>(a) * load<f64>(b);
    odd += load<f64>(a, 8) * load<f64>(b, 8);
    b += 16;
  }
  store<f64>(c, load<f64>(c) + (even + odd));
}
