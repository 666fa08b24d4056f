/**
 * Product of a block of rows with a small matrix:
 *
 *     z[i,k] := sum_j x[i,j] b[j,k]
 *
 * @param x     f64[rows, p], column-major, column stride `rows`
 * @param rows  a multiple of 4
 * @param p     columns of x
 * @param b     f64[p, r], row-major
 * @param r     columns of b, a multiple of 4
 * @param z     f64[rows, r], column-major, column stride `rows`, output
 *
 * Every entry is summed over j in order; the lanes are different rows, so all builds agree.
 * Cost: 2 rows p r flops; a tile is 4 rows by 4 columns, 8 accumulators.
 */
export function multiply(x: usize, rows: i32, p: i32, b: usize, r: i32, z: usize): void {
  const step = <usize>rows << 3;
  for (let k = 0; k < r; k += 4) {
    for (let i = 0; i < rows; i += 4) {
      tile(x + (<usize>i << 3), step, p, b + (<usize>k << 3), <usize>r << 3, z + (<usize>k * step + (<usize>i << 3)));
    }
  }
}

// @ts-ignore: decorator
@inline
function tile(x: usize, step: usize, p: i32, b: usize, bstep: usize, z: usize): void {
  const end = b + <usize>p * bstep;
  if (ASC_FEATURE_SIMD) {
    let z00 = f64x2.splat(0);
    let z01 = z00, z10 = z00, z11 = z00, z20 = z00, z21 = z00, z30 = z00, z31 = z00;
    for (; b < end; b += bstep) {
      const x0 = v128.load(x);
      const x1 = v128.load(x, 16);
      x += step;
      let s = v128.load64_splat(b);
      z00 = f64x2.add(z00, f64x2.mul(x0, s));
      z01 = f64x2.add(z01, f64x2.mul(x1, s));
      s = v128.load64_splat(b, 8);
      z10 = f64x2.add(z10, f64x2.mul(x0, s));
      z11 = f64x2.add(z11, f64x2.mul(x1, s));
      s = v128.load64_splat(b, 16);
      z20 = f64x2.add(z20, f64x2.mul(x0, s));
      z21 = f64x2.add(z21, f64x2.mul(x1, s));
      s = v128.load64_splat(b, 24);
      z30 = f64x2.add(z30, f64x2.mul(x0, s));
      z31 = f64x2.add(z31, f64x2.mul(x1, s));
    }
    v128.store(z, z00);
    v128.store(z, z01, 16);
    z += step;
    v128.store(z, z10);
    v128.store(z, z11, 16);
    z += step;
    v128.store(z, z20);
    v128.store(z, z21, 16);
    z += step;
    v128.store(z, z30);
    v128.store(z, z31, 16);
  } else {
    for (let k = 0; k < 4; k++) {
      let s0: f64 = 0, s1: f64 = 0, s2: f64 = 0, s3: f64 = 0;
      let column = x;
      for (let row = b; row < end; row += bstep) {
        const s = load<f64>(row);
        s0 += load<f64>(column) * s;
        s1 += load<f64>(column, 8) * s;
        s2 += load<f64>(column, 16) * s;
        s3 += load<f64>(column, 24) * s;
        column += step;
      }
      store<f64>(z, s0);
      store<f64>(z, s1, 8);
      store<f64>(z, s2, 16);
      store<f64>(z, s3, 24);
      z += step;
      b += 8;
    }
  }
}
