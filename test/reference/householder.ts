/**
 * The R factor of a matrix by the textbook: reflect every column in turn, all rows at once.
 *
 * @param columns f64[n] each
 * @returns R by rows, the diagonal not negative
 */
export function householder(columns: readonly ArrayLike<number>[]): number[][] {
  const a = columns.map((column) => Array.from(column));
  const n = a[0]!.length;
  a.forEach((column, k) => {
    const v = column.map((value, i) => (i < k ? 0 : value));
    const norm = Math.hypot(...v);
    if (k >= n || norm === 0) return;
    v[k]! += v[k]! > 0 ? norm : -norm;
    const square = v.reduce((sum, value) => sum + value * value, 0);
    for (const other of a.slice(k)) {
      const share = (2 * v.reduce((sum, value, i) => sum + value * other[i]!, 0)) / square;
      v.forEach((value, i) => (other[i]! -= share * value));
    }
  });
  return a.map((_, i) => {
    const row = a.map((column, j) => (j < i ? 0 : (column[i] ?? 0)));
    return row[i]! < 0 ? row.map((value) => -value) : row;
  });
}
