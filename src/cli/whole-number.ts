import { RidgelineError } from '../contracts/errors.ts';

/** Reads the value of an option that takes a whole number. */
export function wholeNumber(option: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    const message = `${option}: expected a whole number from ${least} to ${most}, got "${text}"`;
    throw new RidgelineError('USAGE', 'usage', message);
  };
}
