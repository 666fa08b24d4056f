/** Numbers as people write them in CSV files, between bytes and doubles. */

/** What counts as missing in a numeric column: pandas' defaults, with the empty field. */
const MISSING = new Set(
  [
    '',
    '#N/A',
    '#N/A N/A',
    '#NA',
    '-1.#IND',
    '-1.#QNAN',
    '-NaN',
    '-nan',
    '1.#IND',
    '1.#QNAN',
    '<NA>',
    'N/A',
    'NA',
  ].concat(['NULL', 'NaN', 'None', 'n/a', 'nan', 'null']),
);
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const INFINITE = /^([+-]?)inf(inity)?$/i;
const EXACT_POWERS = Float64Array.from({ length: 23 }, (_, exponent) => 10 ** exponent);

/**
 * The nearest double of the text in `bytes[start, end)`: NaN for a missing value, undefined for text.
 *
 * Up to 2^53 as digits and 10^22 as a power are exact doubles, so one division of them rounds once and is right; anything
 * else goes to the engine's own parser. Source: Clinger, How to read floating point numbers accurately (1990).
 */
export function parseNumber(bytes: Buffer, start: number, end: number): number | undefined {
  if (start === end) return Number.NaN;
  let at = start;
  const negative = bytes[at] === 45;
  if (negative) at++;
  let digits = 0;
  let fraction = -1;
  const first = at;
  for (; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte >= 48 && byte <= 57) {
      digits = digits * 10 + (byte - 48);
      if (fraction >= 0) fraction++;
    } else if (byte === 46 && fraction < 0) fraction = 0;
    else return parseSlow(bytes, start, end);
  }
  const power = Math.max(fraction, 0);
  if (digits > Number.MAX_SAFE_INTEGER || power > 22) return Number(bytes.toString('latin1', start, end));
  if (at - first <= (fraction >= 0 ? 1 : 0)) return parseSlow(bytes, start, end);
  const value = power === 0 ? digits : digits / (EXACT_POWERS[power] as number);
  return negative ? -value : value;
}

/** What `parseNumber` would say, without making the number. */
export function isNumberOrMissing(bytes: Buffer, start: number, end: number): boolean {
  if (start === end) return true;
  let at = start;
  if (bytes[at] === 45) at++;
  const first = at;
  let points = 0;
  for (; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte >= 48 && byte <= 57) continue;
    if (byte !== 46 || ++points > 1) return parseSlow(bytes, start, end) !== undefined;
  }
  return at - first > points || parseSlow(bytes, start, end) !== undefined;
}

function parseSlow(bytes: Buffer, start: number, end: number): number | undefined {
  const text = bytes.toString('latin1', start, end).trim();
  if (NUMBER.test(text)) return Number(text);
  if (MISSING.has(text)) return Number.NaN;
  const infinite = INFINITE.exec(text);
  if (infinite) return infinite[1] === '-' ? -Infinity : Infinity;
  return undefined;
}
