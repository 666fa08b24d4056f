import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { RidgelineError } from '../contracts/errors.ts';
import type { LogLine } from '../contracts/executor.ts';
import type { ValueRef } from '../contracts/log.ts';
import type { AdoptedFile, ThreadExecutor } from '../engine/pool/index.ts';

const EXTENSIONS: Readonly<Record<string, string>> = {
  'text/csv': '.csv',
  'application/vnd.apache.parquet': '.parquet',
  'application/json': '.json',
};

/**
 * Takes in the body of a request: to a file as it comes; `publish` then has a task thread store it, past the checks of its
 * dataset.
 *
 * @throws {RidgelineError} BAD_REQUEST for a content type that is none of the three; what `adopt` throws.
 */
export async function receiveUpload<T>(
  request: IncomingMessage,
  { dataset, checkedBy }: Pick<AdoptedFile, 'dataset' | 'checkedBy'>,
  executor: ThreadExecutor,
  scratchDir: string,
  onLog: (line: LogLine) => void,
  publish: (adopt: () => Promise<ValueRef>) => Promise<T>,
): Promise<T> {
  const type = (request.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
  const extension = EXTENSIONS[type];
  if (extension === undefined) {
    throw new RidgelineError('BAD_REQUEST', 'usage', `expected a file as the body, got Content-Type "${type}"`, {
      remedy: `send it as one of ${Object.keys(EXTENSIONS).join(', ')}`,
    });
  }
  await mkdir(scratchDir, { recursive: true });
  const path = join(scratchDir, `${randomUUID()}${extension}`);
  try {
    await pipeline(request, createWriteStream(path, { flags: 'wx' }));
    return await publish(() => executor.adopt({ path, name: `upload${extension}`, dataset, checkedBy }, onLog));
  } finally {
    await rm(path, { force: true });
  }
}
