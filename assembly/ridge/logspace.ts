import { productError, sumError } from '../blas/double-double';
import { Status } from '../status';

/**
 * Numbers evenly spaced on a log scale, base^start to base^stop, as numpy.logspace gives them.
 *
 *     y[i] := start + i * ((stop - start) / (num - 1)),  y[num - 1] := stop;   out[i] := base^y[i]
 *
 * @param num   how many, >= 1
 * @param base  > 0
 * @param out   f64[num], output
 * @returns     OK | BAD_ARGUMENT
 *
 * Accuracy: the power is computed to about 100 bits and rounded once, so it is the nearest double but for cases closer to
 * a tie than that; a host's pow differs between hosts. Without tables, so that the module needs no data segment.
 */
export function logspace(start: f64, stop: f64, num: i32, base: f64, out: usize): i32 {
  if (num < 1 || !(base > 0) || base == Infinity || start - start != 0 || stop - stop != 0) return Status.BAD_ARGUMENT;
  logarithm(base);
  const logHigh = high;
  const logLow = low;
  const step = num > 1 ? (stop - start) / <f64>(num - 1) : 0;
  for (let i = 0; i < num; i++) {
    const y = i == num - 1 && num > 1 ? stop : <f64>i * step + start;
    const p = y * logHigh;
    store<f64>(out + (<usize>i << 3), exponential(p, productError(y, logHigh, p) + y * logLow));
  }
  return Status.OK;
}

/** High and low part of the last double-double result; the module's only scratch beside the arena's top. */
let high: f64 = 0;
let low: f64 = 0;

const LN2_HIGH: f64 = 0.6931471805599453;
const LN2_LOW: f64 = 2.3190468138462996e-17;

/** (high, low) := ln x for x > 0, by two Newton steps on exp from a crude start. */
function logarithm(x: f64): void {
  // x = m 2^k, m in [1, 2): ln m by the series of atanh, summed in double-double.
  let bits = reinterpret<u64>(x);
  let k = <i32>(bits >> 52) - 1023;
  if (k == -1023) {
    bits = reinterpret<u64>(x * 18014398509481984.0);
    k = <i32>(bits >> 52) - 1023 - 54;
  }
  const m = reinterpret<f64>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
  // t = (m - 1) / (m + 1), |t| <= 1/3, as a double-double.
  const top = m - 1;
  const bottom = m + 1;
  const bottomLow = sumError(m, 1, bottom);
  const t = top / bottom;
  const q = t * bottom;
  const tLow = (top - q - productError(t, bottom, q) - t * bottomLow) / bottom;
  square(t, tLow);
  const t2 = high;
  const t2Low = low;
  let sHigh: f64 = 0;
  let sLow: f64 = 0;
  for (let i = 71; i >= 1; i -= 2) {
    // s := s t^2 + 1 / i
    multiplyBy(sHigh, sLow, t2, t2Low);
    const inverse = 1 / <f64>i;
    const back = inverse * <f64>i;
    addTo(high, low, inverse, (1 - back - productError(inverse, <f64>i, back)) / <f64>i);
    sHigh = high;
    sLow = low;
  }
  multiplyBy(sHigh, sLow, 2 * t, 2 * tLow);
  const lnHigh = high;
  const lnLow = low;
  const kHigh = <f64>k * LN2_HIGH;
  addTo(kHigh, productError(<f64>k, LN2_HIGH, kHigh) + <f64>k * LN2_LOW, lnHigh, lnLow);
}

/** exp(a + b), rounded once; 0 or Infinity out of range. */
function exponential(a: f64, b: f64): f64 {
  if (a > 709.8) return Infinity;
  if (a < -745.2) return 0;
  const k = nearest(a / LN2_HIGH);
  // r = a + b - k ln 2, then r / 64 so that a short series is enough; squared back six times.
  const p = k * LN2_HIGH;
  addTo(a, b, -p, -productError(k, LN2_HIGH, p) - k * LN2_LOW);
  const r = high / 64;
  const rLow = low / 64;
  // e^r - 1 = r (1 + r/2 (1 + r/3 (...))), kept without the 1 while squaring: (1 + e)^2 - 1 = 2e + e^2.
  let eHigh: f64 = 1;
  let eLow: f64 = 0;
  for (let i = 15; i >= 2; i--) {
    multiplyBy(eHigh, eLow, r, rLow);
    divideBy(high, low, <f64>i);
    addTo(high, low, 1, 0);
    eHigh = high;
    eLow = low;
  }
  multiplyBy(eHigh, eLow, r, rLow);
  for (let i = 0; i < 6; i++) {
    eHigh = high;
    eLow = low;
    square(eHigh, eLow);
    addTo(high, low, 2 * eHigh, 2 * eLow);
  }
  addTo(1, 0, high, low);
  // Two factors, so that results near the ends of the range do not overflow on the way.
  const half = <i32>k >> 1;
  return (high + low) * powerOfTwo(half) * powerOfTwo(<i32>k - half);
}

// @ts-ignore: decorator
@inline
function powerOfTwo(k: i32): f64 {
  return reinterpret<f64>(<u64>(k + 1023) << 52);
}

function addTo(a: f64, aLow: f64, b: f64, bLow: f64): void {
  const s = a + b;
  const e = sumError(a, b, s) + (aLow + bLow);
  high = s + e;
  low = e - (high - s);
}

function multiplyBy(a: f64, aLow: f64, b: f64, bLow: f64): void {
  const p = a * b;
  const e = productError(a, b, p) + (a * bLow + aLow * b);
  high = p + e;
  low = e - (high - p);
}

function square(a: f64, aLow: f64): void {
  multiplyBy(a, aLow, a, aLow);
}

function divideBy(a: f64, aLow: f64, d: f64): void {
  const q = a / d;
  const p = q * d;
  const e = (a - p - productError(q, d, p) + aLow) / d;
  high = q + e;
  low = e - (high - q);
}
