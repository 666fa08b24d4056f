import type { Params } from '../contracts/definition.ts';
import { RidgelineError } from '../contracts/errors.ts';

/** For `--param name=value`, as often as wanted: the value is JSON if it reads as such, else text. */
export function collectParam(given: string, before: Params): Params {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(given) ?? [];
  if (name === undefined || value === undefined)
    throw new RidgelineError('USAGE', 'usage', `--param: expected name=value, got "${given}"`);
  return { ...before, [name]: parse(value) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
