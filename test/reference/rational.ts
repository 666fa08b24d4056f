/** Exact fractions of BigInts; the denominator is positive. */
export interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** A decimal number without exponent as it is written, over a power of ten. */
export function parseDecimal(text: string): Rational {
  const [whole, fraction = ''] = text.split('.') as [string, string?];
  return { numerator: BigInt(whole + fraction), denominator: 10n ** BigInt(fraction.length) };
}

/** A double as integer * 2^exponent. */
function exactParts(value: number): [integer: bigint, exponent: number] {
  if (value === 0) return [0n, 0];
  let exponent = 0;
  let scaled = value;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    exponent--;
  }
  return [BigInt(scaled), exponent];
}

/**
 * The exact least squares solution of a design as it stands in doubles, each coefficient rounded once to a double.
 *
 * @param columns of length n (put one of ones first for an intercept)
 */
export function exactLeastSquares(columns: readonly (readonly number[])[], y: readonly number[]): number[] {
  const scaled = [...columns, y].map((column) => {
    const parts = column.map(exactParts);
    const least = Math.min(...parts.map(([integer, exponent]) => (integer === 0n ? 0 : exponent)));
    return {
      exponent: least,
      values: parts.map(([integer, exponent]) => (integer === 0n ? 0n : integer << BigInt(exponent - least))),
    };
  });
  const p = columns.length;
  const target = scaled[p]!;
  const a = scaled.slice(0, p).map((row) => scaled.map((column) => inner(row.values, column.values)));

  // Fraction-free elimination (Bareiss, 1968): every division is exact.
  let previous = 1n;
  for (let k = 0; k < p; k++) {
    for (let i = 0; i < p; i++) {
      if (i === k) continue;
      for (let j = p; j >= 0; j--) {
        if (j === k) continue;
        a[i]![j] = (a[k]![k]! * a[i]![j]! - a[i]![k]! * a[k]![j]!) / previous;
      }
      a[i]![k] = 0n;
    }
    previous = a[k]![k]!;
    for (let i = 0; i < k; i++) a[i]![i] = previous;
  }
  return a.map((row, j) => ratio(row[p]!, row[j]!) * 2 ** (target.exponent - scaled[j]!.exponent));
}

function inner(a: readonly bigint[], b: readonly bigint[]): bigint {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0n);
}

/** a / b as the nearest double, but for double rounding at the 70th bit. */
function ratio(a: bigint, b: bigint): number {
  if (a === 0n) return 0;
  const negative = a < 0n !== b < 0n;
  const top = a < 0n ? -a : a;
  const bottom = b < 0n ? -b : b;
  const shift = 70 - (top.toString(2).length - bottom.toString(2).length);
  const quotient = shift >= 0 ? (top << BigInt(shift)) / bottom : top / (bottom << BigInt(-shift));
  return (negative ? -1 : 1) * Number(quotient) * 2 ** -shift;
}
