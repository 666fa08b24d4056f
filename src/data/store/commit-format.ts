import { RidgelineError } from '../../contracts/errors.ts';
import type { Commit } from '../../contracts/log.ts';

const FORMAT = 'ridgeline.commit/1';
const FOLDER = '_log/';

/** `_log/00000000000000000042.json`: twenty digits, so that the order of keys is the order of commits. */
export function commitKey(id: number): string {
  return `${FOLDER}${String(id).padStart(20, '0')}.json`;
}

export function encodeCommit(commit: Commit): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(commit, null, 1)}\n`);
}

/**
 * Reads the body of a log entry, checked as far as the log and the database rely on it.
 *
 * @throws {RidgelineError} LOG_CORRUPT (kind `content`) when it is not a commit with that id; LOG_NEWER (kind `usage`)
 *   when a later release wrote it.
 */
export function decodeCommit(bytes: Uint8Array, id: number, storeUrl: string): Commit {
  const entry = `${storeUrl}/${commitKey(id)}`;
  let body: unknown;
  try {
    body = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw corrupt(entry, `must be JSON, got ${bytes.length} bytes that are not`);
  }
  const { format } = isRecord(body) ? body : {};
  if (typeof format === 'string' && format !== FORMAT && format.startsWith('ridgeline.commit/')) {
    const message = `log: ${entry} is in format ${format}, this release reads ${FORMAT}`;
    throw new RidgelineError('LOG_NEWER', 'usage', message, {
      remedy: 'update Ridgeline here to the release that wrote it',
    });
  }
  const wrong = isRecord(body) ? wrongField(body, id) : 'must be an object';
  if (wrong !== undefined) throw corrupt(entry, wrong);
  return body as Commit;
}

function wrongField(body: Record<string, unknown>, id: number): string | undefined {
  if (body['format'] !== FORMAT) return `must have format ${FORMAT}, got ${JSON.stringify(body['format'])}`;
  if (body['id'] !== id) return `must have id ${id}, got ${JSON.stringify(body['id'])}`;
  if (typeof body['home'] !== 'string' || typeof body['at'] !== 'string') return 'must say home and at';
  if (!isOrigin(body['origin'])) return 'must have an origin, of a task or external';
  if (!Array.isArray(body['versions'])) return 'must have versions';
  const seen = new Set<unknown>();
  for (const version of body['versions'] as unknown[]) {
    if (!isVersion(version)) return `must have whole versions, got ${JSON.stringify(version)?.slice(0, 200)}`;
    if (seen.has(version['dataset'])) return `must publish ${String(version['dataset'])} once`;
    seen.add(version['dataset']);
  }
  if (!Array.isArray(body['exports']) || !body['exports'].every(isExport)) return 'must have exports: key and value';
  const { removed = [] } = body;
  if (!Array.isArray(removed) || !removed.every(isRemoval)) return 'must say which dataset and version it removes';
  return undefined;
}

function isRemoval(entry: unknown): boolean {
  return isRecord(entry) && typeof entry['dataset'] === 'string' && Number.isSafeInteger(entry['version']);
}

function isExport(entry: unknown): boolean {
  return isRecord(entry) && typeof entry['key'] === 'string' && isRecord(entry['value']);
}

function isOrigin(origin: unknown): boolean {
  if (!isRecord(origin)) return false;
  if (origin['type'] === 'external') return typeof origin['idempotencyKey'] === 'string';
  return (
    origin['type'] === 'task' &&
    typeof origin['run'] === 'string' &&
    typeof origin['dag'] === 'string' &&
    Number.isInteger(origin['attempt']) &&
    Array.isArray(origin['tasks']) &&
    origin['tasks'].every((task) => typeof task === 'string')
  );
}

function isVersion(version: unknown): version is Record<string, unknown> {
  return (
    isRecord(version) &&
    typeof version['dataset'] === 'string' &&
    Number.isSafeInteger(version['version']) &&
    Number(version['version']) >= 1 &&
    isRecord(version['value']) &&
    typeof version['sha256'] === 'string' &&
    isRecord(version['inputs']) &&
    isRecord(version['metadata'])
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Something in the log that this release did not write, or that was damaged since. */
export function corrupt(entry: string, wrong: string): RidgelineError {
  return new RidgelineError('LOG_CORRUPT', 'content', `log: ${entry} ${wrong}`, {
    remedy:
      'restore the object from a backup or an older version of it in the bucket; the log is never repaired by guessing',
  });
}
