import { createHash } from 'node:crypto';
import type { ValueRef } from '../../contracts/log.ts';

/** Hex SHA-256 of what a value holds: of its stored bytes, or of its canonical JSON (keys sorted). */
export function contentHash(value: ValueRef): string {
  if (value.kind === 'table') return value.ref.sha256;
  if (value.kind === 'model' || value.kind === 'file') return value.sha256;
  return createHash('sha256')
    .update(canonical(plain(value)))
    .digest('hex');
}

/** Inline values as they are, for others the hash of what is stored. */
function plain(value: ValueRef, isPart = false): unknown {
  if (value.kind === 'json') return value.value;
  if (isPart) return contentHash(value);
  if (value.kind === 'list') return value.items.map((item) => plain(item, true));
  if (value.kind !== 'record') return contentHash(value);
  return Object.fromEntries(Object.entries(value.fields).map(([key, field]) => [key, plain(field, true)]));
}

function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return `{${entries
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`)
    .join()}}`;
}
