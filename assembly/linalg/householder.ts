import { axpyInline, dot, UNDERFLOW } from '../blas/vector';
import { Status } from '../status';

/**
 * Householder QR by blocks of rows: takes further rows into a triangular factor.
 *
 *     r'r := r'r + b'b
 *
 * @param r      f64[q, q], row-major, upper triangle, in and out; 0 to start with. The rest is not touched
 * @param q      columns
 * @param b      f64[m, q], column-major; destroyed
 * @param m      rows of b
 * @param dense  column k of b is 0 from row k + dense on: m for any rows, 1 for another triangle
 * @returns      OK
 *
 * Reflector k has its head in r and its tail in column k of b, so that rows of r which b does not reach stay as they are.
 * Cost: 2 m q^2 flops for any rows, 2/3 q^3 for a triangle.
 * Accuracy: backward stable column by column, whatever their units; a factor made along a tree loses some eps a level.
 * A column whose squares have lost digits to underflow counts as 0 (its reflector would not be orthogonal, and would take
 * digits from all columns behind it), one whose squares overflow leaves what is not finite.
 * Source: Golub & Van Loan, Matrix Computations, 5.2; Demmel, Grigori, Hoemmen & Langou, Communication-optimal parallel and
 * sequential QR and LU factorizations (2012).
 */
export function absorb(r: usize, q: i32, b: usize, m: i32, dense: i32): i32 {
  const column = <usize>m << 3;
  for (let k = 0; k < q; k++) {
    const v = b + <usize>k * column;
    const rows = min(m, k + dense);
    const tail = dot(v, v, rows);
    if (tail < UNDERFLOW) continue;
    let head = r + (<usize>(k * (q + 1)) << 3);
    const pivot = load<f64>(head);
    const norm = sqrt(pivot * pivot + tail);
    // The sign that adds: nothing cancels.
    const first = pivot > 0 ? pivot + norm : pivot - norm;
    store<f64>(head, pivot > 0 ? -norm : norm);
    const byNorm = -1 / norm;
    const byFirst = 1 / abs(first);
    for (let j = k + 1; j < q; j++) {
      head += 8;
      const bj = b + <usize>j * column;
      const share = (first * load<f64>(head) + dot(v, bj, rows)) * byNorm * byFirst;
      store<f64>(head, load<f64>(head) + share * first);
      axpyInline(share, v, bj, rows);
    }
  }
  return Status.OK;
}
