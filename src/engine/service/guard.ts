import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Why a request is refused before anything is looked at. */
export interface Refusal {
  readonly status: 401 | 403 | 415 | 421;
  readonly message: string;
}

/** Any other host name was made to point here by someone else. */
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;

/** Bodies that a page of another site can send without asking first. */
const FORM_TYPES = ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain'];

/**
 * Who may ask, from the headers alone: a program that knows the token, and pages of this server; no page of another site,
 * whatever the browser lets it send, and none that reaches us under a name of its own.
 *
 * @param token asked of every request when set; without one, only requests to names of this machine are answered
 */
export function refuse(method: string, headers: IncomingHttpHeaders, token: string | undefined): Refusal | undefined {
  const { host = '', origin, authorization = '' } = headers;
  if (token === undefined && !LOOPBACK.test(host)) {
    return { status: 421, message: `host "${host}" is not served here; use localhost` };
  }
  if (origin !== undefined && URL.parse(origin)?.host !== host) {
    return { status: 403, message: `origin "${origin}": pages of other sites are not answered` };
  }
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    return { status: 403, message: 'pages of other sites are not answered' };
  }
  if (token !== undefined && !isSame(authorization, `Bearer ${token}`)) {
    return { status: 401, message: 'a token is needed: send the header Authorization: Bearer <token>' };
  }
  if (method === 'POST') {
    const type = (headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
    if (type === '' || FORM_TYPES.includes(type)) {
      return { status: 415, message: 'say what the body is: Content-Type: application/json' };
    }
  }
  return undefined;
}

/** Takes the same time wherever two texts differ. */
function isSame(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => createHash('sha256').update(text).digest());
  return timingSafeEqual(left!, right!);
}
