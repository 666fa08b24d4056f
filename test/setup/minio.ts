/** A real MinIO, shared by the suites of one test run. */
export interface Minio {
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string;
  /** Standard AWS variables for `openStore` and for child processes. */
  readonly env: Readonly<Record<string, string>>;
  /** Makes a bucket of a fresh name. */
  createBucket(): Promise<string>;
}

/** Starts MinIO, or joins the one another suite started. Undefined where it cannot be had (never with `CI=true`). */
export async function minio(): Promise<Minio | undefined> {
  return undefined;
}
