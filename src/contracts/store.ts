/** Anything that can be read by ranges: an object in a bucket, a file, bytes in memory. */
export interface ByteSource {
  readonly byteLength: number;
  /** Bytes `[start, end)`; `end` defaults to `byteLength`. The result is the caller's own. */
  slice(start: number, end?: number): Promise<Uint8Array>;
  /** Fills `target` from `start` on, where that saves making a buffer: first touch of memory costs more than the read. */
  readInto?(start: number, target: Uint8Array): Promise<void>;
}

export interface ObjectInfo {
  readonly key: string;
  readonly sizeBytes: number;
}

/** A finished file on this machine, to be stored without bringing it into memory. */
export interface LocalFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** The caller has no further use for it: a store may take the file away instead of copying it. */
  readonly temporary?: boolean;
}

/**
 * Named objects that are written whole or not at all. Keys are relative, `/`-separated, without empty, `.` or `..` parts.
 *
 * Every method rejects with a `RidgelineError` of kind `store` when the backend cannot be reached, refuses or is full
 * (`STORE_UNREACHABLE`, `STORE_DENIED`, `STORE_NO_BUCKET`, `STORE_FULL`, `STORE_READ_ONLY`); reading a key that does not
 * exist is `STORE_NOT_FOUND`, a key no store can hold is `STORE_KEY` (kind `usage`), and ranged reads of an object that
 * was replaced since it was opened end in `STORE_CHANGED`.
 */
export interface Store {
  /** `file:///…` or `s3://bucket/prefix`, without credentials. */
  readonly url: string;
  head(key: string): Promise<ObjectInfo | undefined>;
  /** Opens an object for ranged reads. */
  open(key: string): Promise<ByteSource>;
  get(key: string): Promise<Uint8Array>;
  /** Writes or replaces; durable when it resolves. Readers see the old bytes or the new, never a part. */
  put(key: string, body: Uint8Array | LocalFile): Promise<void>;
  /** Writes only if the key does not exist; durable when it resolves. False when someone else was first. */
  create(key: string, body: Uint8Array): Promise<boolean>;
  /** Keys under a prefix in ascending UTF-8 byte order, after `startAfter` if given. */
  list(prefix: string, options?: { startAfter?: string }): AsyncIterable<ObjectInfo>;
  /** Idempotent. */
  delete(key: string): Promise<void>;
  close(): Promise<void>;
}
