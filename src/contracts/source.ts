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

export interface FetchedSource {
  /** Absolute path of the verified file. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly from: 'data-dir' | 'cache' | 'network';
}
