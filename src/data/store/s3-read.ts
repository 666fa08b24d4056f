import type { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';

/** The client retries until the headers are there; a body that breaks off is ours to ask for again. */
const ATTEMPTS = 3;

/**
 * Reads an object, or the range the command asks for, whole.
 *
 * @param expected length of the range, when it is known
 */
export async function readBody(client: S3Client, command: GetObjectCommand, expected?: number): Promise<Uint8Array> {
  for (let attempt = 1; ; attempt++) {
    const { Body, ContentLength } = await client.send(command);
    try {
      const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array(0);
      const length = expected ?? ContentLength ?? bytes.length;
      if (bytes.length !== length) throw new Error(`expected ${length} bytes, got ${bytes.length}`);
      return bytes;
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}
