import { open } from 'node:fs/promises';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { LocalFile } from '../../contracts/store.ts';

/** Bodies up to this size go in one request; longer ones in parts of at least it. */
export const PART_BYTES = 16 * 1024 * 1024;
const MAX_PARTS = 10_000;
const PARALLEL = 3;

/** Writes bytes or a file as one object; holds at most three parts in memory. */
export async function uploadParts(
  client: S3Client,
  target: { Bucket: string; Key: string },
  body: Uint8Array | LocalFile,
): Promise<void> {
  if (body instanceof Uint8Array) {
    return sendParts(client, target, body.byteLength, async (start, end) => body.subarray(start, end));
  }
  const handle = await open(body.path, 'r');
  try {
    await sendParts(client, target, body.sizeBytes, async (start, end) => {
      const bytes = new Uint8Array(end - start);
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
      if (bytesRead !== bytes.length)
        throw new Error(`${body.path} ends at byte ${start + bytesRead}, expected ${end}`);
      return bytes;
    });
  } finally {
    await handle.close();
  }
}

async function sendParts(
  client: S3Client,
  target: { Bucket: string; Key: string },
  sizeBytes: number,
  read: (start: number, end: number) => Promise<Uint8Array>,
): Promise<void> {
  // Parts are held as bytes, not streams, so that the client can sign and repeat them.
  if (sizeBytes <= PART_BYTES) {
    await client.send(new PutObjectCommand({ ...target, Body: await read(0, sizeBytes) }));
    return;
  }
  const partBytes = Math.max(PART_BYTES, Math.ceil(sizeBytes / MAX_PARTS));
  const count = Math.ceil(sizeBytes / partBytes);
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(target));
  if (UploadId === undefined) throw new Error('the server gave no upload id');
  const upload = { ...target, UploadId };
  const parts = Array.from<unknown, { PartNumber: number; ETag: string | undefined }>({ length: count }, (_, i) => ({
    PartNumber: i + 1,
    ETag: undefined,
  }));
  const todo = parts.values();
  const stop = new AbortController();
  const sendNext = async (): Promise<void> => {
    for (const part of todo) {
      const start = (part.PartNumber - 1) * partBytes;
      const Body = await read(start, Math.min(start + partBytes, sizeBytes));
      const command = new UploadPartCommand({ ...upload, PartNumber: part.PartNumber, Body });
      part.ETag = (await client.send(command, { abortSignal: stop.signal })).ETag;
    }
  };
  try {
    await Promise.all(Array.from({ length: PARALLEL }, sendNext));
    await client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: parts } }));
  } catch (error) {
    stop.abort();
    await client.send(new AbortMultipartUploadCommand(upload)).catch(() => undefined); // the first error is the news
    throw error;
  }
}
