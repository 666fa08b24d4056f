import { gramBlock } from '../blas/gram';
import { clear, sum } from '../blas/vector';

/** Rows packed at a time: a block of 256 x 68 stays in a 128 KB cache, and sums over 256 rows are added to longer ones. */
const BLOCK_ROWS: i32 = 256;

/** Row length of the packed block: q columns and one of ones, rounded up to a tile. */
// @ts-ignore: decorator
@inline
export function packedLength(q: i32): i32 {
  return (q + 4) & ~3;
}

/** Scratch of `chunkMoments`, in bytes. */
export function momentsScratch(q: i32): usize {
  const ld = <usize>packedLength(q);
  return (<usize>BLOCK_ROWS * ld + ld * ld) << 3;
}

/**
 * Augmented centred moments of one chunk, the node of a forest of kind MOMENTS:
 *
 *     weight := n,  mean[j] := sum_i a[i,j] / n,  m[j,k] := sum_i (a[i,j] - mean[j]) (a[i,k] - mean[k]),  k >= j
 *
 * where a = [x y]. Without an intercept nothing is centred: mean = 0.
 *
 * @param x        f64[rows, p], strides in elements
 * @param y        f64[rows, t], strides in elements
 * @param node     f64[1 + q + q q], q = p + t, output
 * @param scratch  momentsScratch(q) bytes, 16-aligned
 * @returns        -1, or the column (of a) whose sum is not finite (node then undefined)
 *
 * The rows are shifted by the chunk's own rounded mean before they are multiplied, and what is left of the mean is
 * subtracted from the products (the column of ones sums it up), so a large mean costs no digits.
 * Cost: rows * q^2 flops in the tiles, one more read for the mean.
 */
export function chunkMoments(
  x: usize, rs: i32, cs: i32, p: i32, y: usize, yrs: i32, ycs: i32, t: i32,
  rows: i32, centre: bool, node: usize, scratch: usize,
): i32 {
  const q = p + t;
  const ld = packedLength(q);
  const c = scratch + (<usize>(BLOCK_ROWS * ld) << 3);
  const n = <f64>rows;
  const mean = node + 8;
  if (rows == 0) {
    clear(node, 1 + q + q * q);
    return -1;
  }
  for (let j = 0; j < q; j++) {
    const column = j < p ? x + (<usize>j * <usize>cs << 3) : y + (<usize>(j - p) * <usize>ycs << 3);
    const total = sum(column, <usize>(j < p ? rs : yrs) << 3, rows);
    if (total - total != 0) return j;
    store<f64>(mean + (<usize>j << 3), centre ? total / n : 0);
  }
  clear(c, ld * ld);
  clear(scratch, min(rows, BLOCK_ROWS) * ld);
  for (let start = 0; start < rows; start += BLOCK_ROWS) {
    const block = min(BLOCK_ROWS, rows - start);
    for (let j = 0; j < p; j++) {
      const column = x + (<usize>start * <usize>rs + <usize>j * <usize>cs << 3);
      pack(column, rs, block, load<f64>(mean + (<usize>j << 3)), scratch + (<usize>j << 3), ld);
    }
    for (let j = 0; j < t; j++) {
      const column = y + (<usize>start * <usize>yrs + <usize>j * <usize>ycs << 3);
      pack(column, yrs, block, load<f64>(mean + (<usize>(p + j) << 3)), scratch + (<usize>(p + j) << 3), ld);
    }
    if (start == 0) fill(1, block, scratch + (<usize>q << 3), ld);
    gramBlock(scratch, block, ld, c);
  }
  store<f64>(node, n);
  const m = mean + (<usize>q << 3);
  for (let j = 0; j < q; j++) {
    const row = c + (<usize>(j * ld) << 3);
    const rest = centre ? load<f64>(row + (<usize>q << 3)) / n : 0;
    for (let k = j; k < q; k++) {
      const restK = load<f64>(c + (<usize>(k * ld + q) << 3));
      store<f64>(m + (<usize>(j * q + k) << 3), load<f64>(row + (<usize>k << 3)) - rest * restK);
    }
  }
  if (centre) {
    for (let j = 0; j < q; j++) {
      const at = mean + (<usize>j << 3);
      store<f64>(at, load<f64>(at) + load<f64>(c + (<usize>(j * ld + q) << 3)) / n);
    }
  }
  return -1;
}

/** to[i * ld] := x[i * rs] - shift */
// @ts-ignore: decorator
@inline
function pack(x: usize, rs: i32, rows: i32, shift: f64, to: usize, ld: i32): void {
  const step = <usize>ld << 3;
  const stride = <usize>rs << 3;
  for (let i = 0; i < rows; i++) {
    store<f64>(to, load<f64>(x) - shift);
    x += stride;
    to += step;
  }
}

// @ts-ignore: decorator
@inline
function fill(value: f64, rows: i32, to: usize, ld: i32): void {
  for (let i = 0; i < rows; i++) {
    store<f64>(to, value);
    to += <usize>ld << 3;
  }
}
