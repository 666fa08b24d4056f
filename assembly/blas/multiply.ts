/** Rows of a panel: a tile of 8 rows and 2 columns keeps 8 accumulators. */
export const PANEL_ROWS: i32 = 8;

/** Bytes from one panel to the next: an odd number of cache lines, so that panels do not meet in one cache set. */
// @ts-ignore: decorator
@inline
export function panelBytes(columns: i32): usize {
  return <usize>(columns | 1) << 6;
}

/**
 * Product of rows with a small matrix:
 *
 *     z[i,k] := sum_j x[i,j] b[j,k]
 *
 *     panels of x and z, f64[columns, 8]:  column by column of 8 rows (`packRows`)
 *     b, f64[r / 2, p, 2]:                 columns 2m and 2m + 1 of a p x r matrix, row by row
 *
 * @param panels  how many
 * @param x       panels of p columns (or more), 16-aligned
 * @param step    bytes from one of them to the next
 * @param p       columns of x
 * @param b       as above
 * @param r       columns of b, even
 * @param z       panels of r columns, panelBytes(r) apart, output
 *
 * Every entry is summed over j in order; lanes are rows, so all builds agree.
 * Cost: 16 p r flops a panel. Floor: those at the SIMD rate; a tile loads 6 operands for 16 multiply-adds (8 x 2 and not
 * 4 x 4: V8 folds the offset of a load, but not that of a splat), and 2 columns of b meet all panels while they are in the
 * nearest cache.
 */
export function multiplyPanels(panels: i32, x: usize, step: usize, p: i32, b: usize, r: i32, z: usize): void {
  const zStep = panelBytes(r);
  for (let k = 0; k < r; k += 2) {
    const end = b + (<usize>p << 4);
    let from = x;
    let to = z;
    for (let panel = 0; panel < panels; panel++) {
      let xj = from;
      if (ASC_FEATURE_SIMD) {
        let z00 = f64x2.splat(0);
        let z01 = z00, z10 = z00, z11 = z00, z20 = z00, z21 = z00, z30 = z00, z31 = z00;
        for (let row = b; row < end; row += 16) {
          const s0 = v128.load64_splat(row);
          const s1 = v128.load64_splat(row, 8);
          let v = v128.load(xj);
          z00 = f64x2.add(z00, f64x2.mul(v, s0));
          z01 = f64x2.add(z01, f64x2.mul(v, s1));
          v = v128.load(xj, 16);
          z10 = f64x2.add(z10, f64x2.mul(v, s0));
          z11 = f64x2.add(z11, f64x2.mul(v, s1));
          v = v128.load(xj, 32);
          z20 = f64x2.add(z20, f64x2.mul(v, s0));
          z21 = f64x2.add(z21, f64x2.mul(v, s1));
          v = v128.load(xj, 48);
          z30 = f64x2.add(z30, f64x2.mul(v, s0));
          z31 = f64x2.add(z31, f64x2.mul(v, s1));
          xj += 64;
        }
        v128.store(to, z00);
        v128.store(to, z10, 16);
        v128.store(to, z20, 32);
        v128.store(to, z30, 48);
        v128.store(to, z01, 64);
        v128.store(to, z11, 80);
        v128.store(to, z21, 96);
        v128.store(to, z31, 112);
      } else {
        for (let i: usize = 0; i < 64; i += 32) {
          let z00: f64 = 0, z10: f64 = 0, z20: f64 = 0, z30: f64 = 0;
          let z01: f64 = 0, z11: f64 = 0, z21: f64 = 0, z31: f64 = 0;
          xj = from + i;
          for (let row = b; row < end; row += 16) {
            const s0 = load<f64>(row);
            const s1 = load<f64>(row, 8);
            let v = load<f64>(xj);
            z00 += v * s0;
            z01 += v * s1;
            v = load<f64>(xj, 8);
            z10 += v * s0;
            z11 += v * s1;
            v = load<f64>(xj, 16);
            z20 += v * s0;
            z21 += v * s1;
            v = load<f64>(xj, 24);
            z30 += v * s0;
            z31 += v * s1;
            xj += 64;
          }
          const at = to + i;
          store<f64>(at, z00);
          store<f64>(at, z10, 8);
          store<f64>(at, z20, 16);
          store<f64>(at, z30, 24);
          store<f64>(at, z01, 64);
          store<f64>(at, z11, 72);
          store<f64>(at, z21, 80);
          store<f64>(at, z31, 88);
        }
      }
      from += step;
      to += zStep;
    }
    z += 128;
    b = end;
  }
}

/** to[i] := z[i]^2 */
export function square(z: usize, bytes: usize, to: usize): void {
  for (const end = z + bytes; z < end; z += 16) {
    if (ASC_FEATURE_SIMD) {
      const v = v128.load(z);
      v128.store(to, f64x2.mul(v, v));
    } else {
      store<f64>(to, load<f64>(z) * load<f64>(z));
      store<f64>(to, load<f64>(z, 8) * load<f64>(z, 8), 8);
    }
    to += 16;
  }
}
