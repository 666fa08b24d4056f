/** Room for the rows of one call: large enough that the call costs nothing, small enough to stay in a core's own cache. */
const BLOCK_BYTES = 256 * 1024;

/** Rows handed to the core at once: a multiple of `chunkRows`, at least one chunk. */
export function rowsPerCall(width: number, chunkRows: number): number {
  return chunkRows * Math.max(1, Math.floor(BLOCK_BYTES / (8 * width * chunkRows)));
}
