/**
 * Small unsigned integers as Parquet keeps levels and dictionary indices: runs of one value, and values packed by bits.
 *
 *     run     := varint(count << 1),      value in ceil(bitWidth / 8) bytes
 *     packed  := varint(groups << 1 | 1), 8 values of bitWidth bits in each group, lowest bits first
 *
 * @param bitWidth at most 24
 * @param out      its first `count` elements are filled
 * @returns false when the bytes end before
 *
 * Source: https://parquet.apache.org/docs/file-format/data-pages/encodings/#run-length-encoding--bit-packing-hybrid-rle--3
 */
export function readHybrid(bytes: Uint8Array, bitWidth: number, count: number, out: Uint32Array): boolean {
  const mask = 2 ** bitWidth - 1;
  const valueBytes = Math.ceil(bitWidth / 8);
  let at = 0;
  for (let filled = 0; filled < count;) {
    let head = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++];
      if (byte === undefined || scale > 2 ** 35) return false;
      head += (byte & 127) * scale;
      if (byte < 128) break;
    }
    if (head % 2 === 0) {
      let value = 0;
      for (let i = 0; i < valueBytes; i++) value += (bytes[at++] ?? 0) << (8 * i);
      const end = Math.min(count, filled + head / 2);
      out.fill(value, filled, end);
      if (end === filled) return false;
      filled = end;
      continue;
    }
    const groups = (head - 1) / 2;
    const end = Math.min(count, filled + 8 * groups);
    if (end === filled || at + Math.ceil(((end - filled) * bitWidth) / 8) > bytes.length) return false;
    for (let bit = 0; filled < end; filled++, bit += bitWidth) {
      const byte = at + (bit >> 3);
      // Beyond the end there is nothing, and a value has no bits there.
      const word = bytes[byte]! | (bytes[byte + 1]! << 8) | (bytes[byte + 2]! << 16) | (bytes[byte + 3]! << 24);
      out[filled] = (word >>> (bit & 7)) & mask;
    }
    at += groups * bitWidth;
  }
  return true;
}
