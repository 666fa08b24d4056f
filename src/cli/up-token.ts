import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CliContext } from './context.ts';

/** True for addresses that only this machine can reach. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * The token that programs must send to an `up` that other machines can reach: RIDGELINE_TOKEN, else one made once for the
 * home and kept in a file that its owner alone can read.
 */
export function upToken(context: CliContext, host: string): { token: string; from: string } | undefined {
  const given = context.env['RIDGELINE_TOKEN'];
  if (given) return { token: given, from: 'RIDGELINE_TOKEN' };
  if (isLoopback(host)) return undefined;
  const path = join(context.home, 'token');
  if (!existsSync(path)) {
    mkdirSync(context.home, { recursive: true });
    writeFileSync(path, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  }
  return { token: readFileSync(path, 'utf8').trim(), from: path };
}
