/**
 * Rows on their way into a kernel: a block of contiguous columns, centred. Rows that fill up the last 4 are 0.
 *
 *     to[i,j] := x[i,j] - centre[j]
 *
 * @param x       f64[rows, p]; strides in elements
 * @param centre  f64[p]
 * @param to      block, output, 16-aligned
 * @param step    bytes from one column of the block to the next; an odd number of cache lines, so that columns do not meet in
 *                one cache set
 */
export function centreBlock(
  x: usize, rs: i32, cs: i32, p: i32, rows: i32, centre: usize, to: usize, step: usize,
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
        for (; i + 4 <= rows; i += 4) {
          v128.store(at, f64x2.sub(v128.load(from), vc));
          v128.store(at, f64x2.sub(v128.load(from, 16), vc), 16);
          from += 32;
          at += 32;
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
