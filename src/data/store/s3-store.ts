import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { RidgelineError } from '../../contracts/errors.ts';
import type { ByteSource, LocalFile, ObjectInfo, Store } from '../../contracts/store.ts';
import { checkKey } from './object-key.ts';
import type { Environment } from './environment.ts';
import { createS3Client, endpointOf, publicEndpoint } from './s3-client.ts';
import { httpStatus, isNoSuchKey, s3Error, s3ErrorName, type S3Place } from './s3-errors.ts';
import { readBody } from './s3-read.ts';
import { uploadParts, PART_BYTES } from './s3-upload.ts';

/** Name of the metadata that tells a writer its own object from another's. */
const WRITER = 'ridgeline-writer';

/** Parses `s3://bucket/prefix` and makes the client; asks nothing of the server. */
export function openS3Store(url: string, env: Environment): S3Store {
  const match = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*?))?\/?$/i.exec(url);
  if (match === null) {
    throw new RidgelineError('STORE_URL', 'usage', 'store: an s3: URL must read s3://bucket or s3://bucket/prefix', {
      remedy: 'name the bucket, and give credentials by AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, not in the URL',
    });
  }
  const [, bucket = '', prefix = ''] = match;
  if (prefix !== '') checkKey(prefix);
  const endpoint = endpointOf(env);
  const place = { bucket, endpoint: endpoint === undefined ? undefined : publicEndpoint(endpoint) };
  return new S3Store(createS3Client(env), place, prefix === '' ? '' : `${prefix}/`);
}

/**
 * Objects in a bucket. A write is one PUT, or a multipart upload above 16 MiB; both appear whole or not at all. `create`
 * is a PUT with `If-None-Match: *`.
 */
export class S3Store implements Store {
  readonly url: string;
  readonly client: S3Client;
  readonly place: S3Place;
  readonly #prefix: string;
  #conditional = false;

  constructor(client: S3Client, place: S3Place, prefix: string) {
    this.client = client;
    this.place = place;
    this.#prefix = prefix;
    this.url = `s3://${place.bucket}${prefix === '' ? '' : `/${prefix.slice(0, -1)}`}`;
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    return this.#attempt('look up', key, async (target) => {
      const found = await this.#head(target);
      return found && { key, sizeBytes: found.ContentLength ?? 0 };
    });
  }

  async open(key: string): Promise<ByteSource> {
    return this.#attempt('open', key, async (target) => {
      const found = await this.#head(target);
      if (found === undefined) throw s3Error({ name: 'NoSuchKey' }, `open ${key}`, this.place);
      const byteLength = found.ContentLength ?? 0;
      const ifMatch = found.ETag === undefined ? {} : { IfMatch: found.ETag };
      return {
        byteLength,
        slice: (start, end = byteLength) =>
          this.#attempt('read', key, async () => {
            const last = Math.min(end, byteLength) - 1;
            if (last < start) return new Uint8Array(0);
            const range = { Range: `bytes=${start}-${last}`, ...ifMatch };
            return await readBody(this.client, new GetObjectCommand({ ...target, ...range }), last + 1 - start);
          }),
      };
    });
  }

  async get(key: string): Promise<Uint8Array> {
    return this.#attempt('read', key, (target) => readBody(this.client, new GetObjectCommand(target)));
  }

  async put(key: string, body: Uint8Array | LocalFile): Promise<void> {
    return this.#attempt('write', key, async (target) => {
      await uploadParts(this.client, target, body);
    });
  }

  async create(key: string, body: Uint8Array): Promise<boolean> {
    if (body.byteLength > PART_BYTES)
      throw new RangeError(`create: at most ${PART_BYTES} bytes, got ${body.byteLength}`);
    return this.#attempt('create', key, async (target) => {
      const writer = randomUUID();
      const put = async (): Promise<boolean> => this.#putIfAbsent(target, body, writer);
      // A 412 may be the answer to our own first try, whose answer was lost: then the object carries our name.
      const created = (await put()) || (await this.#head(target))?.Metadata?.[WRITER] === writer;
      if (created && !this.#conditional) {
        if (await put()) throw unconditional(this.place);
        this.#conditional = true;
      }
      return created;
    });
  }

  async *list(prefix: string, options: { startAfter?: string } = {}): AsyncIterable<ObjectInfo> {
    let token: string | undefined;
    do {
      const page = await this.#guard(`list ${prefix}`, () =>
        this.client.send(
          new ListObjectsV2Command({
            Bucket: this.place.bucket,
            Prefix: this.#prefix + prefix,
            ...(options.startAfter && { StartAfter: this.#prefix + options.startAfter }),
            ...(token !== undefined && { ContinuationToken: token }),
          }),
        ),
      );
      for (const { Key = '', Size = 0 } of page.Contents ?? []) {
        // Folder markers of other tools are no objects of ours.
        if (!Key.endsWith('/')) yield { key: Key.slice(this.#prefix.length), sizeBytes: Size };
      }
      token = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  async delete(key: string): Promise<void> {
    return this.#attempt('delete', key, async (target) => {
      await this.client.send(new DeleteObjectCommand(target));
    });
  }

  async close(): Promise<void> {
    this.client.destroy();
  }

  async #attempt<T>(verb: string, key: string, work: (target: { Bucket: string; Key: string }) => Promise<T>) {
    checkKey(key);
    return this.#guard(`${verb} ${key}`, () => work({ Bucket: this.place.bucket, Key: this.#prefix + key }));
  }

  async #guard<T>(subject: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (httpStatus(error) === 412) throw changed(subject, this.place);
      throw s3Error(error, subject, this.place);
    }
  }

  /** Undefined when the object is not there; a HEAD alone cannot tell that from a missing bucket. */
  async #head(target: { Bucket: string; Key: string }) {
    try {
      return await this.client.send(new HeadObjectCommand(target));
    } catch (error) {
      if (!isNoSuchKey(error) && httpStatus(error) !== 404) throw error;
    }
    try {
      await this.client.send(new HeadBucketCommand({ Bucket: target.Bucket }));
      return undefined;
    } catch (error) {
      if (httpStatus(error) === 404)
        throw Object.assign(new Error('no bucket', { cause: error }), { name: 'NoSuchBucket' });
      if (httpStatus(error) === 403) return undefined; // may read objects, may not ask for the bucket
      throw error;
    }
  }

  async #putIfAbsent(target: { Bucket: string; Key: string }, body: Uint8Array, writer: string): Promise<boolean> {
    for (let attempt = 0; ; attempt++) {
      try {
        const input = { ...target, Body: body, IfNoneMatch: '*', Metadata: { [WRITER]: writer } };
        await this.client.send(new PutObjectCommand(input));
        return true;
      } catch (error) {
        if (httpStatus(error) === 412) return false;
        // Another conditional write of this key is under way: who wins is not decided yet.
        if (s3ErrorName(error) !== 'ConditionalRequestConflict' || attempt === 20) throw error;
        await sleep(20 + Math.random() * 20 * 2 ** Math.min(attempt, 5));
      }
    }
  }
}

function changed(subject: string, place: S3Place): RidgelineError {
  const what = `store: cannot ${subject} in s3://${place.bucket}: it was replaced while it was read`;
  return new RidgelineError('STORE_CHANGED', 'store', what, {
    remedy: 'run the command again; a published version is never replaced, a file under a fixed name may be',
  });
}

function unconditional(place: S3Place): RidgelineError {
  const server = place.endpoint ?? 'S3';
  const what = `store: ${server} ignores If-None-Match, so two writers can overwrite each other's commits`;
  return new RidgelineError('STORE_UNSUPPORTED', 'store', what, {
    remedy:
      'use a server with conditional writes: AWS S3, MinIO, RustFS, SeaweedFS, versitygw; ridgeline doctor tests it',
  });
}
