import type { Environment } from './environment.ts';
import { locate } from './open-store.ts';

/** Longest wait for a server that only has to say what time it is. */
const TIMEOUT_MS = 5_000;

/**
 * By how much the clock of an S3 server is ahead of ours, in milliseconds, to within a second; servers refuse requests
 * signed more than 15 minutes off. Undefined for a folder, and when the server does not say.
 */
export async function measureClockSkew(url: string, env: Environment): Promise<number | undefined> {
  if (locate(url).scheme !== 's3') return undefined;
  const region = env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || 'us-east-1';
  const endpoint = env['AWS_ENDPOINT_URL_S3'] || env['AWS_ENDPOINT_URL'] || `https://s3.${region}.amazonaws.com`;
  try {
    const before = Date.now();
    const response = await fetch(endpoint, {
      method: 'HEAD',
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const date = Date.parse(response.headers.get('date') ?? '');
    // The server names the second it is in: its middle is the best guess.
    return Number.isNaN(date) ? undefined : date + 500 - (before + Date.now()) / 2;
  } catch {
    return undefined; // that it cannot be reached is found by asking it for something
  }
}
