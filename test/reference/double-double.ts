/** Arithmetic of about 31 digits for twins: slow, obvious, and no relation of the code it checks. */
export type DD = readonly [high: number, low: number];

export const dd = (a: number): DD => [a, 0];

export function add(a: DD, b: DD): DD {
  const s = a[0] + b[0];
  const v = s - a[0];
  const e = a[0] - (s - v) + (b[0] - v) + a[1] + b[1];
  return [s + e, e - (s + e - s)];
}

export const negate = (a: DD): DD => [-a[0], -a[1]];
export const sub = (a: DD, b: DD): DD => add(a, negate(b));

export function mul(a: DD, b: DD): DD {
  const p = a[0] * b[0];
  const e = productRest(a[0], b[0], p) + (a[0] * b[1] + a[1] * b[0]);
  return [p + e, e - (p + e - p)];
}

export function div(a: DD, b: DD): DD {
  const q = a[0] / b[0];
  const rest = sub(a, mul(dd(q), b));
  const q2 = rest[0] / b[0];
  const q3 = sub(rest, mul(dd(q2), b))[0] / b[0];
  return add(add(dd(q), dd(q2)), dd(q3));
}

export function sqrt(a: DD): DD {
  if (a[0] <= 0) return dd(0);
  const x = Math.sqrt(a[0]);
  const rest = sub(a, mul(dd(x), dd(x)));
  return add(dd(x), dd(rest[0] / (2 * x)));
}

function productRest(a: number, b: number, p: number): number {
  const [ah, al] = halves(a);
  const [bh, bl] = halves(b);
  return al * bl - (p - ah * bh - al * bh - ah * bl);
}

function halves(a: number): DD {
  const t = 134217729 * a;
  const high = t - (t - a);
  return [high, a - high];
}
