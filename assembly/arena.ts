/**
 * A bump allocator over linear memory: blocks are 16-aligned, given back together by `reset`.
 *
 *     0      16                top              memory.size
 *     | null | block | block | free ...........|
 *
 * The module has no static data, so everything from byte 16 on is the caller's. `top` is the module's only state.
 */
let top: usize = 16;

/** Largest `top` that still leaves room for rounding up to 16. */
const LIMIT: usize = 0xfffffff0;

/** Takes `bytes` (unsigned), 16-aligned and not cleared. @returns 0 when out of memory */
export function alloc(bytes: usize): usize {
  // Tested before adding: afterwards 2^32 - 8 bytes would look like a small block.
  if (bytes > LIMIT - top) return 0;
  const start = top;
  const end = (start + bytes + 15) & ~(<usize>15);
  const have = <u64>memory.size() << 16;
  if (<u64>end > have) {
    const pages = <i32>((<u64>end - have + 0xffff) >> 16);
    if (memory.grow(pages) < 0) return 0;
  }
  top = end;
  return start;
}

/** Gives a block back if it is the newest one; else it waits for `reset`. */
export function free(block: usize, bytes: usize): void {
  if (block != 0 && ((block + bytes + 15) & ~(<usize>15)) == top) top = block;
}

/** Where the arena stands: hand it to `reset`. */
export function mark(): usize {
  return top;
}

/** Gives back everything allocated since `mark`; also after an error or a trap. */
export function reset(to: usize): void {
  if (to >= 16 && to <= top) top = to;
}
