import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { PinnedFile } from '../../contracts/context.ts';
import { RidgelineError } from '../../contracts/errors.ts';
import type { FetchOptions } from './fetch-options.ts';

const TIMEOUT_MS = 30_000;

/**
 * Downloads a file: written aside, verified, then renamed, so that under its name there is only ever the right one.
 *
 * @returns its size in bytes
 * @throws {RidgelineError} SOURCE_UNAVAILABLE when it cannot be had, SOURCE_CHECKSUM when something else came; the reason
 *   of `signal` when that was aborted.
 */
export async function download(file: PinnedFile, path: string, options: FetchOptions): Promise<number> {
  const aside = `${path}.${randomUUID()}.partial`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const received = await receive(file, aside, options);
    if (received.sha256 !== file.sha256) {
      throw new RidgelineError(
        'SOURCE_CHECKSUM',
        'content',
        `${file.name} from ${file.url} must have SHA-256 ${file.sha256}, got ${received.sha256} (${received.sizeBytes} bytes)`,
        { remedy: 'nothing was kept; try another network, or put the right file into RIDGELINE_DATA_DIR' },
      );
    }
    await rename(aside, path);
    return received.sizeBytes;
  } catch (error) {
    options.signal?.throwIfAborted();
    throw RidgelineError.is(error) ? error : unavailable(file, reasonOf(error), remedyFor(path));
  } finally {
    await rm(aside, { force: true });
  }
}

/** Streams the answer to a file. Silence for longer than the timeout ends it. */
async function receive(
  file: PinnedFile,
  path: string,
  { signal, onProgress, timeoutMs = TIMEOUT_MS }: FetchOptions,
): Promise<{ sha256: string; sizeBytes: number }> {
  const stalled = new AbortController();
  const timer = setTimeout(() => stalled.abort(new Error(`no byte in ${timeoutMs / 1000} s`)), timeoutMs);
  const handle = await open(path, 'wx');
  try {
    const signals = signal === undefined ? stalled.signal : AbortSignal.any([signal, stalled.signal]);
    const response = await fetch(file.url, { signal: signals });
    // Anything but 200 is no file: 202 is how some hosts ask for a browser.
    if (response.status !== 200 || response.body === null) throw new Error(`HTTP ${response.status}`);
    const total = Number(response.headers.get('content-length')) || undefined;
    const hash = createHash('sha256');
    let sizeBytes = 0;
    for await (const chunk of response.body) {
      timer.refresh();
      hash.update(chunk);
      await handle.writeFile(chunk);
      sizeBytes += chunk.byteLength;
      onProgress?.(sizeBytes, total);
    }
    return { sha256: hash.digest('hex'), sizeBytes };
  } finally {
    clearTimeout(timer);
    await handle.close();
  }
}

/** `fetch failed` says nothing; what is behind it does. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as Error & { cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? message;
}

function remedyFor(path: string): string {
  return (
    `check the network (behind a proxy set NODE_USE_ENV_PROXY=1), or put the file into RIDGELINE_DATA_DIR or at ${path}, ` +
    'or choose --source synthetic'
  );
}

export function unavailable(file: PinnedFile, reason: string, remedy: string): RidgelineError {
  return new RidgelineError('SOURCE_UNAVAILABLE', 'store', `${file.name} is not available: ${reason}`, { remedy });
}
