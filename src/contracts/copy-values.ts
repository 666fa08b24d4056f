/**
 * to[at...] := values.
 *
 * `set` of an engine may go through memory that threads share word by word (V8 13: 9 GB/s where it copies 15 in memory of
 * one thread); Node's buffers copy it as any other.
 */
export function copyValues(values: ArrayLike<number>, to: Float64Array, at: number): void {
  if (!(values instanceof Float64Array) || !(isShared(values) || isShared(to))) return to.set(values, at);
  const { Buffer } = globalThis as Partial<typeof globalThis>;
  if (Buffer === undefined || at + values.length > to.length) return to.set(values, at);
  const target = new Uint8Array(to.buffer, to.byteOffset, to.byteLength);
  // A view of these values alone: `copy` takes where to start modulo 2^32.
  Buffer.from(values.buffer, values.byteOffset, values.byteLength).copy(target, 8 * at);
}

function isShared({ buffer }: Float64Array): boolean {
  return typeof SharedArrayBuffer !== 'undefined' && buffer instanceof SharedArrayBuffer;
}
