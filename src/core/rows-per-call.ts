/**
 * Room for the rows of one call: little enough to stay in or near a core's own cache, and enough that columns are copied in
 * runs of several pages, because reading ahead begins anew with each (1e6 x 32: 34 us for 1,024 rows in runs of one chunk,
 * 19 in runs of four).
 */
const BLOCK_BYTES = 1088 * 1024;

/** Rows handed to the core at once: a multiple of `chunkRows`, at least one chunk. */
export function rowsPerCall(width: number, chunkRows: number): number {
  return chunkRows * Math.max(1, Math.floor(BLOCK_BYTES / (8 * width * chunkRows)));
}
