import { RidgelineError } from '../contracts/errors.ts';

const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,249}$/;
const RULE = '1 to 250 letters, digits, "_", "-" or ".", the first no "-" or "."';

/**
 * Checks a name of a DAG, task, group or dataset. One rule for all, so that any of them can be part of a key in a store,
 * a word on a command line and a column in a table.
 *
 * @throws {RidgelineError} BAD_NAME showing at most 40 characters of it.
 */
export function checkName(what: string, name: unknown): asserts name is string {
  if (typeof name === 'string' && NAME.test(name)) return;
  const shown =
    typeof name === 'string' ? JSON.stringify(name.length > 40 ? `${name.slice(0, 40)}…` : name) : typeof name;
  throw new RidgelineError('BAD_NAME', 'usage', `${what}: a name is ${RULE}; got ${shown}`, {
    remedy: `name the ${what} by that rule`,
  });
}

/**
 * Refuses a second name that differs from one already taken in nothing but case: both would be one file on some stores.
 *
 * @throws {RidgelineError} DUPLICATE_NAME
 */
export function claimName(taken: Map<string, string>, what: string, name: string): void {
  const before = taken.get(name.toLowerCase());
  if (before === undefined) {
    taken.set(name.toLowerCase(), name);
    return;
  }
  const same = before === name ? 'there are two of this name' : `"${before}" differs from it in case only`;
  throw new RidgelineError('DUPLICATE_NAME', 'usage', `${what} "${name}": names are unique, ignoring case; ${same}`, {
    remedy: 'rename one of them',
  });
}
