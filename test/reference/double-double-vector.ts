import type { DD } from './double-double.ts';

/**
 * Vectors in double-double, for twins that are asked a million times: `add` and `mul` of double-double.ts, written out in
 * loops that make no pair for every element.
 */
export interface Vector {
  readonly high: Float64Array;
  readonly low: Float64Array;
}

export const vectorOf = (values: Float64Array): Vector => ({
  high: values.slice(),
  low: new Float64Array(values.length),
});
export const copyOf = ({ high, low }: Vector): Vector => ({ high: high.slice(), low: low.slice() });
export const at = ({ high, low }: Vector, i: number): DD => [high[i]!, low[i]!];

/** a := a + c */
export function addTo(a: Vector, c: DD): Vector {
  for (let i = 0; i < a.high.length; i++) put(a, i, a.high[i]!, a.low[i]!, c[0], c[1]);
  return a;
}

/** a := a + b c */
export function addScaled(a: Vector, b: Vector, [y, yLow]: DD): void {
  for (let i = 0; i < a.high.length; i++) {
    const x = b.high[i]!;
    const product = x * y;
    put(a, i, a.high[i]!, a.low[i]!, product, productRest(x, y, product) + (x * yLow + b.low[i]! * y));
  }
}

/** a := a c */
export function scale(a: Vector, [y, yLow]: DD): void {
  for (let i = 0; i < a.high.length; i++) {
    const x = a.high[i]!;
    const product = x * y;
    put(a, i, 0, 0, product, productRest(x, y, product) + (x * yLow + a.low[i]! * y));
  }
}

/** a := a b, element by element */
export function scaleEach(a: Vector, b: Float64Array): Vector {
  for (let i = 0; i < b.length; i++) {
    const x = a.high[i]!;
    const product = x * b[i]!;
    put(a, i, 0, 0, product, productRest(x, b[i]!, product) + a.low[i]! * b[i]!);
  }
  return a;
}

/** a := a + b b, element by element */
export function addSquares(a: Vector, b: Vector): void {
  for (let i = 0; i < a.high.length; i++) {
    const x = b.high[i]!;
    const square = x * x;
    put(a, i, a.high[i]!, a.low[i]!, square, productRest(x, x, square) + 2 * x * b.low[i]!);
  }
}

/** Sum of a b */
export function dot(a: Vector, b: Vector): DD {
  const sum = vectorOf(new Float64Array(1));
  for (let i = 0; i < a.high.length; i++) {
    const [x, y] = [a.high[i]!, b.high[i]!];
    const product = x * y;
    const rest = productRest(x, y, product) + (x * b.low[i]! + a.low[i]! * y);
    put(sum, 0, sum.high[0]!, sum.low[0]!, product, rest);
  }
  return at(sum, 0);
}

/** to[i] := a + b, as `add` */
function put(to: Vector, i: number, a: number, aLow: number, b: number, bLow: number): void {
  const s = a + b;
  const v = s - a;
  const e = a - (s - v) + (b - v) + aLow + bLow;
  to.high[i] = s + e;
  to.low[i] = e - (s + e - s);
}

/** What a b has beyond its rounded product. */
function productRest(a: number, b: number, product: number): number {
  const s = 134217729 * a;
  const t = 134217729 * b;
  const aHigh = s - (s - a);
  const bHigh = t - (t - b);
  const [aLow, bLow] = [a - aHigh, b - bHigh];
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}
