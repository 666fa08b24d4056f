import { RidgelineError } from '../../contracts/errors.ts';

/** S3's limit on a key, and a file system's usual limit on one part of it; both in bytes of UTF-8. */
const MAX_KEY_BYTES = 1024;
const MAX_PART_BYTES = 255;

/** What a folder store keeps half-written objects in; no object may be named so. */
export const ASIDE = '.tmp';

/**
 * Refuses keys that are not the same on every backend, or that lead out of the store.
 *
 * @throws {RidgelineError} STORE_KEY naming the key and the rule it breaks.
 */
export function checkKey(key: string): void {
  const broken = brokenRule(key);
  if (broken === undefined) return;
  throw new RidgelineError('STORE_KEY', 'usage', `store: key ${JSON.stringify(key.slice(0, 200))} ${broken}`, {
    remedy: 'name objects by relative paths such as data/housing.csv',
  });
}

function brokenRule(key: string): string | undefined {
  if (key === '') return 'must not be empty';
  if (!key.isWellFormed()) return 'must be well-formed Unicode';
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f\\]/.test(key)) return 'must not have control characters or backslashes';
  if (Buffer.byteLength(key) > MAX_KEY_BYTES)
    return `must be at most ${MAX_KEY_BYTES} bytes, got ${Buffer.byteLength(key)}`;
  const parts = key.split('/');
  if (parts[0] === ASIDE) return `must not begin with ${ASIDE}/`;
  for (const part of parts) {
    if (part === '') return 'must not have empty parts';
    if (part === '.' || part === '..') return `must not have "${part}" as a part`;
    if (Buffer.byteLength(part) > MAX_PART_BYTES) return `must have parts of at most ${MAX_PART_BYTES} bytes`;
  }
  return undefined;
}

/** Ascending order of UTF-8 bytes, which is S3's; differs from JavaScript's own above U+FFFF. */
export function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
