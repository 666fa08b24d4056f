import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { RidgelineError } from '../../contracts/errors.ts';

const MAX_JSON_BYTES = 1024 * 1024;

/** What a field of a JSON body may be. */
type Kind = 'string' | 'boolean' | 'object';
type ValueOf<K extends Kind> = K extends 'string' ? string : K extends 'boolean' ? boolean : Record<string, unknown>;

/**
 * Reads a JSON body whose fields are all optional.
 *
 * @throws {RidgelineError} BAD_REQUEST naming the field that is unknown or of another kind.
 */
export async function readJson<const F extends Readonly<Record<string, Kind>>>(
  request: IncomingMessage,
  fields: F,
): Promise<{ readonly [K in keyof F]?: ValueOf<F[K]> }> {
  const type = request.headers['content-type'] ?? '';
  if (!type.startsWith('application/json')) throw badRequest(`expected Content-Type: application/json, got "${type}"`);
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.byteLength;
    if (size > MAX_JSON_BYTES) throw badRequest(`the body is longer than ${MAX_JSON_BYTES} bytes`);
    parts.push(part);
  }
  const value = parse(Buffer.concat(parts).toString());
  if (!isRecord(value)) throw badRequest('the body must be a JSON object, {} for nothing to say');
  for (const [name, field] of Object.entries(value)) {
    const kind = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (kind === undefined)
      throw badRequest(`no field "${name}"; there are: ${Object.keys(fields).join(', ') || 'none'}`);
    const holds = kind === 'object' ? isRecord(field) : typeof field === kind;
    if (!holds) throw badRequest(`field "${name}" must be of type ${kind}`);
  }
  return value as { readonly [K in keyof F]?: ValueOf<F[K]> };
}

export function badRequest(message: string): RidgelineError {
  return new RidgelineError('BAD_REQUEST', 'usage', message);
}

/** The caller's own word for a publish, or one that is said once. */
export function idempotencyKey(request: IncomingMessage): string {
  const given = request.headers['idempotency-key'];
  return typeof given === 'string' && given !== '' ? given : randomUUID();
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badRequest(`the body is no JSON: ${(error as Error).message}`);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
