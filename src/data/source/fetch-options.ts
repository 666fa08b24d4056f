/**
 * Where a pipeline may get its data. All but `synthetic` look into the data directory and the cache, and all but `file`
 * then on the network; `auto` has leave to make a synthetic sample after that, and `synthetic` always does.
 */
export type SourcePolicy = 'auto' | 'download' | 'file' | 'synthetic';

export interface FetchOptions {
  readonly policy: SourcePolicy;
  /** A folder that may hold the file already (`RIDGELINE_DATA_DIR`); never written to. */
  readonly dataDir?: string;
  /** Where downloads are kept; made when missing. */
  readonly cacheDir: string;
  /** Longest silence of the server, default 30,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Bytes so far, and in all if the server says so. */
  readonly onProgress?: (doneBytes: number, totalBytes: number | undefined) => void;
}
