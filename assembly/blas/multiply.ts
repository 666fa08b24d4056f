/**
 * Product of 4 rows with a small matrix, and its squares:
 *
 *     z[i,k] := sum_j x[i,j] b[j,k],   z2[i,k] := z[i,k]^2
 *
 *     x panel, f64[p, 4]:     columns of 4 rows (`packRows`)
 *     z panel, f64[r, 2, 4]:  column k of 4 rows at 64 k, and behind it their squares
 *     b, f64[r / 4, p, 4]:    columns 4m .. 4m + 3 of a p x r matrix, row by row
 *
 * @param x  an x panel, 16-aligned
 * @param p  columns of x
 * @param b  as above
 * @param r  columns of b, a multiple of 4
 * @param z  a z panel, output
 *
 * Every entry is summed over j in order; lanes are rows, so all builds agree.
 * Cost: 8 p r flops. Floor: those at the SIMD rate; a tile keeps 8 accumulators and loads 6 operands for 16 multiply-adds.
 */
export function multiplyPanel(x: usize, p: i32, b: usize, r: i32, z: usize): void {
  for (let k = 0; k < r; k += 4) {
    const end = b + (<usize>p << 5);
    let xj = x;
    if (ASC_FEATURE_SIMD) {
      let z00 = f64x2.splat(0);
      let z01 = z00, z10 = z00, z11 = z00, z20 = z00, z21 = z00, z30 = z00, z31 = z00;
      for (; b < end; b += 32) {
        const x0 = v128.load(xj);
        const x1 = v128.load(xj, 16);
        xj += 32;
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
      storeColumn(z, z00, z01);
      storeColumn(z + 64, z10, z11);
      storeColumn(z + 128, z20, z21);
      storeColumn(z + 192, z30, z31);
      z += 256;
    } else {
      for (let column: usize = 0; column < 32; column += 8) {
        let s0: f64 = 0, s1: f64 = 0, s2: f64 = 0, s3: f64 = 0;
        xj = x;
        for (let row = b; row < end; row += 32) {
          const s = load<f64>(row + column);
          s0 += load<f64>(xj) * s;
          s1 += load<f64>(xj, 8) * s;
          s2 += load<f64>(xj, 16) * s;
          s3 += load<f64>(xj, 24) * s;
          xj += 32;
        }
        store<f64>(z, s0);
        store<f64>(z, s1, 8);
        store<f64>(z, s2, 16);
        store<f64>(z, s3, 24);
        store<f64>(z, s0 * s0, 32);
        store<f64>(z, s1 * s1, 40);
        store<f64>(z, s2 * s2, 48);
        store<f64>(z, s3 * s3, 56);
        z += 64;
      }
      b = end;
    }
  }
}

// @ts-ignore: decorator
@inline
function storeColumn(z: usize, a: v128, b: v128): void {
  v128.store(z, a);
  v128.store(z, b, 16);
  v128.store(z, f64x2.mul(a, a), 32);
  v128.store(z, f64x2.mul(b, b), 48);
}
