import { RidgelineError } from '../contracts/errors.ts';
import { told } from './array-input.ts';

/** @throws {RidgelineError} BAD_ARGUMENT for another word than these */
export function checkChoice(subject: string, name: string, value: unknown, words: readonly string[]): void {
  if (value === undefined || words.includes(value as string)) return;
  const message = `${subject}: ${name} must be ${words.map((word) => `"${word}"`).join(' or ')}, got ${told(value)}`;
  throw new RidgelineError('BAD_ARGUMENT', 'usage', message, { remedy: `leave it out for "${words[0]}"` });
}

/** @throws {RidgelineError} BAD_ARGUMENT for what is neither true nor false: the text 'false' would count as true */
export function checkFlags<T extends object>(subject: string, options: T, names: readonly (keyof T & string)[]): void {
  const odd = names.find((name) => options[name] !== undefined && typeof options[name] !== 'boolean');
  if (odd === undefined) return;
  const message = `${subject}: ${odd} must be true or false, got ${told(options[odd])}`;
  throw new RidgelineError('BAD_ARGUMENT', 'usage', message, { remedy: 'leave it out for the default' });
}

/**
 * A name that is misspelt, or of another library, would go unheard and the answer be that of the default.
 *
 * @param names all there are
 * @param instead what to do in place of some that there are not
 * @throws {RidgelineError} BAD_ARGUMENT
 */
export function checkOptionNames(
  subject: string,
  options: unknown,
  names: readonly string[],
  instead: Readonly<Record<string, string>> = {},
): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new RidgelineError(
      'BAD_ARGUMENT',
      'usage',
      `${subject}: expected an object of options, got ${told(options)}`,
    );
  }
  const unknown = Object.entries(options).find(([name, value]) => value !== undefined && !names.includes(name));
  if (unknown === undefined) return;
  throw new RidgelineError('BAD_ARGUMENT', 'usage', `${subject}: no option ${told(unknown[0])}`, {
    remedy: instead[unknown[0]] ?? `there are ${names.join(', ')}`,
  });
}
