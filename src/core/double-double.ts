/**
 * Arithmetic with about 32 digits: a value is the unevaluated sum of two doubles, `[high, low]`. Read by index, not by
 * destructuring, which goes through iterators and costs more than the arithmetic.
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
  const aHigh = highPart(a);
  const bHigh = highPart(b);
  const aLow = a - aHigh;
  const bLow = b - bHigh;
  const error = aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
  return [product, Number.isFinite(error) ? error : 0];
}

export function add(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const sum = twoSum(a[0], b[0]);
  return twoSum(sum[0], sum[1] + a[1] + b[1]);
}

export function multiply(a: DoubleDouble, b: number): DoubleDouble {
  const product = twoProduct(a[0], b);
  return twoSum(product[0], product[1] + a[1] * b);
}

/** a / b, one Newton correction of the rounded quotient. */
export function divide(a: number, b: number): DoubleDouble {
  const quotient = a / b;
  const product = twoProduct(quotient, b);
  return twoSum(quotient, (a - product[0] - product[1]) / b);
}

/** The first 26 bits. */
function highPart(value: number): number {
  const scaled = 134217729 * value; // 2^27 + 1
  return scaled - (scaled - value);
}
