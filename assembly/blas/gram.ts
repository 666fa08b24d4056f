/**
 * Gram matrix of a packed block, upper triangle by 4 x 4 tiles:
 *
 *     c[j,k] += sum_i a[i,j] a[i,k]      for the tiles with k >= j
 *
 * @param a     f64[rows, ld], row-major, 16-aligned
 * @param rows  rows of the block
 * @param ld    row length, a multiple of 4
 * @param c     f64[ld, ld], row-major; below the diagonal tiles it is not touched
 *
 * Every entry is summed over rows in order, then added to c: the lanes are different entries, so all builds agree.
 * Cost: rows * ld^2 flops and a little; a tile keeps 8 accumulators and loads 6 operands for 16 multiply-adds.
 * Source: Goto & van de Geijn, Anatomy of high-performance matrix multiplication (2008), the inner kernel.
 */
export function gramBlock(a: usize, rows: i32, ld: i32, c: usize): void {
  const step = <usize>ld << 3;
  const end = a + <usize>rows * step;
  for (let j = 0; j < ld; j += 4) {
    for (let k = j; k < ld; k += 4) {
      tile(a + (<usize>j << 3), (k - j) << 3, end, step, c + (<usize>(j * ld + k) << 3));
    }
  }
}

// @ts-ignore: decorator
@inline
function tile(a: usize, offset: usize, end: usize, step: usize, c: usize): void {
  if (ASC_FEATURE_SIMD) {
    let c00 = f64x2.splat(0);
    let c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
    for (; a < end; a += step) {
      const x0 = v128.load(a + offset);
      const x1 = v128.load(a + offset, 16);
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
    addTo(c, c00, c01);
    addTo(c + step, c10, c11);
    addTo(c + step * 2, c20, c21);
    addTo(c + step * 3, c30, c31);
  } else {
    for (let j: usize = 0; j < 32; j += 8) {
      let s0: f64 = 0, s1: f64 = 0, s2: f64 = 0, s3: f64 = 0;
      for (let row = a; row < end; row += step) {
        const s = load<f64>(row + j);
        s0 += s * load<f64>(row + offset);
        s1 += s * load<f64>(row + offset, 8);
        s2 += s * load<f64>(row + offset, 16);
        s3 += s * load<f64>(row + offset, 24);
      }
      store<f64>(c, load<f64>(c) + s0);
      store<f64>(c, load<f64>(c, 8) + s1, 8);
      store<f64>(c, load<f64>(c, 16) + s2, 16);
      store<f64>(c, load<f64>(c, 24) + s3, 24);
      c += step;
    }
  }
}

// @ts-ignore: decorator
@inline
function addTo(c: usize, a: v128, b: v128): void {
  v128.store(c, f64x2.add(v128.load(c), a));
  v128.store(c, f64x2.add(v128.load(c, 16), b), 16);
}
