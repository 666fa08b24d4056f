/**
 * Smallest and largest value of a column, over rows that come in blocks.
 *
 *     range[0] := min(range[0], min_i x[i]),  range[1] := max(range[1], max_i x[i])
 *
 * @param x      f64[n], finite, n >= 1
 * @param range  f64[2], in and out; of no rows: Infinity, -Infinity
 *
 * Cost: one read of x, from a cache. A zero is +0: which of 0 and -0 comes first must not matter.
 */
export function widenRange(x: usize, n: i32, range: usize): void {
  const end = x + (<usize>n << 3);
  let low: f64, high: f64;
  if (ASC_FEATURE_SIMD) {
    // By twos; the first by itself, so that what is left is even.
    const first = v128.load64_splat(x);
    let lows = f64x2.pmin(v128.load64_splat(range), first);
    let highs = f64x2.pmax(v128.load64_splat(range, 8), first);
    for (x += <usize>(n & 1) << 3; x < end; x += 16) {
      const values = v128.load(x);
      lows = f64x2.pmin(lows, values);
      highs = f64x2.pmax(highs, values);
    }
    low = min(f64x2.extract_lane(lows, 0), f64x2.extract_lane(lows, 1));
    high = max(f64x2.extract_lane(highs, 0), f64x2.extract_lane(highs, 1));
  } else {
    low = load<f64>(range);
    high = load<f64>(range, 8);
    for (; x < end; x += 8) {
      low = min(low, load<f64>(x));
      high = max(high, load<f64>(x));
    }
  }
  store<f64>(range, low + 0);
  store<f64>(range, high + 0, 8);
}
