/**
 * Decompresses a block of Snappy. What does not compress (continuous doubles) are long literals: one copy each.
 *
 * @param target as long as what comes out
 * @returns false when the block is broken, or of another length
 *
 * Source: https://github.com/google/snappy/blob/main/format_description.txt
 */
export function decompressSnappy(block: Uint8Array, target: Uint8Array): boolean {
  let from = 0;
  let length = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = block[from++];
    if (byte === undefined || scale > 2 ** 35) return false;
    length += (byte & 127) * scale;
    if (byte < 128) break;
  }
  if (length !== target.length) return false;

  // A buffer copies a part of itself without an object for it: of 1e8 doubles there are a million literals.
  const packed = Buffer.from(block.buffer, block.byteOffset, block.length);
  let at = 0;
  while (from < block.length) {
    const tag = block[from++] as number;
    let count = (tag >> 2) + 1;
    if ((tag & 3) === 0) {
      if (count > 60) {
        const bytes = count - 60;
        count = 1;
        for (let i = 0; i < bytes; i++) count += (block[from++] ?? 0) * 2 ** (8 * i);
      }
      const end = from + count;
      if (end > block.length || at + count > length) return false;
      if (count > SHORT) packed.copy(target, at, from, end);
      else for (let i = 0; i < count; i++) target[at + i] = block[from + i] as number;
      from = end;
    } else {
      let offset = block[from++] ?? 0;
      if ((tag & 3) === 1) {
        count = ((tag >> 2) & 7) + 4;
        offset += (tag >> 5) * 256;
      } else {
        const more = (tag & 3) === 2 ? 1 : 3;
        for (let i = 1; i <= more; i++) offset += (block[from++] ?? 0) * 2 ** (8 * i);
      }
      if (from > block.length || offset === 0 || offset > at || at + count > length) return false;
      // Byte by byte: what is copied may be what this very copy has just written.
      for (let i = at - offset; i < at - offset + count; i++) target[i + offset] = target[i] as number;
    }
    at += count;
  }
  return at === length;
}

/** Shorter pieces are faster copied by a loop than by a call. */
const SHORT = 24;
