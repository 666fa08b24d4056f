import { RidgelineError } from '../contracts/errors.ts';
import type { Core } from '../core/core.ts';

/** A grid has tens; so many take a second, and far more would not fit into memory. */
const MOST = 100_000;

/**
 * Reads `--alphas`: `logspace(-3,1,30)`, with a base as fourth argument if it is not 10, or numbers with commas between.
 *
 * @throws {RidgelineError} USAGE
 */
export function parseAlphas(text: string, core: Core): Float64Array {
  const [, call] = /^\s*logspace\s*\(([^()]*)\)\s*$/.exec(text) ?? [];
  const numbers = (call ?? text).split(',').map(parseNumber);
  const bad = numbers.includes(undefined);
  if (call === undefined && !bad) return Float64Array.from(numbers as number[]);
  const [start, stop, num = 50, base = 10] = numbers as number[];
  if (bad || numbers.length < 2 || numbers.length > 4 || !Number.isInteger(num) || num < 1) {
    throw new RidgelineError(
      'USAGE',
      'usage',
      `--alphas: expected logspace(start,stop,num) or numbers with commas between, got "${text}"`,
      { remedy: "for example --alphas 'logspace(-3,1,30)' or --alphas 0.1,1,10" },
    );
  }
  if (num > MOST)
    throw new RidgelineError('USAGE', 'usage', `--alphas: expected at most ${MOST} of them, got "${text}"`, {
      remedy: "tens are enough, such as --alphas 'logspace(-3,1,30)'",
    });
  return core.logspace(start!, stop!, num, base);
}

/** A number as people write it; undefined for anything else, nothing at all included. */
export function parseNumber(text: string): number | undefined {
  return text.trim() === '' || !Number.isFinite(Number(text)) ? undefined : Number(text);
}
