import { CreateBucketCommand, type BucketLocationConstraint } from '@aws-sdk/client-s3';
import type { Environment } from './environment.ts';
import { s3Error, s3ErrorName } from './s3-errors.ts';
import { openS3Store } from './s3-store.ts';

/** Makes the bucket an `s3:` URL names. False when this account has it already. */
export async function createS3Bucket(url: string, env: Environment): Promise<boolean> {
  const { client, place } = openS3Store(url, env);
  try {
    const region = await client.config.region();
    // AWS wants every region named but its first, and refuses that one's name.
    const location = place.endpoint === undefined && region !== 'us-east-1';
    const where = { CreateBucketConfiguration: { LocationConstraint: region as BucketLocationConstraint } };
    await client.send(new CreateBucketCommand({ Bucket: place.bucket, ...(location && where) }));
    return true;
  } catch (error) {
    if (s3ErrorName(error) === 'BucketAlreadyOwnedByYou') return false;
    throw s3Error(error, 'create the bucket', place);
  } finally {
    client.destroy();
  }
}
