/**
 * Arithmetic with about 32 digits: a value is the unevaluated sum of two doubles, `[high, low]`.
 *
 * Source: Dekker, A floating-point technique for extending the available precision (1971); Knuth, TAOCP 2, 4.2.2.
 */
export type DoubleDouble = readonly [high: number, low: number];

/** a + b exactly (Knuth's TwoSum). */
export function twoSum(a: number, b: number): DoubleDouble {
  const sum = a + b;
  const back = sum - a;
  return [sum, a - (sum - back) + (b - back)];
}

/** a * b exactly (Veltkamp's split), while the product neither overflows nor sinks below 1e-290. */
export function twoProduct(a: number, b: number): DoubleDouble {
  const product = a * b;
  const [aHigh, aLow] = split(a);
  const [bHigh, bLow] = split(b);
  const error = aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
  return [product, Number.isFinite(error) ? error : 0];
}

export function add(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const [high, low] = twoSum(a[0], b[0]);
  return twoSum(high, low + a[1] + b[1]);
}

export function multiply(a: DoubleDouble, b: number): DoubleDouble {
  const [high, low] = twoProduct(a[0], b);
  return twoSum(high, low + a[1] * b);
}

/** a / b, one Newton correction of the rounded quotient. */
export function divide(a: number, b: number): DoubleDouble {
  const quotient = a / b;
  const [product, error] = twoProduct(quotient, b);
  return twoSum(quotient, (a - product - error) / b);
}

function split(value: number): DoubleDouble {
  const scaled = 134217729 * value; // 2^27 + 1
  const high = scaled - (scaled - value);
  return [high, value - high];
}
