import { RidgelineError } from '../contracts/errors.ts';
import type { Kernels } from './kernels.ts';

/**
 * Memory of one call: blocks taken in it are given back together when it ends, however it ends. Views are made when they
 * are needed and never kept, because growing memory kills them.
 */
export class Arena {
  readonly #kernels: Kernels;
  #f64: Float64Array;

  constructor(kernels: Kernels) {
    this.#kernels = kernels;
    this.#f64 = new Float64Array(kernels.memory.buffer);
  }

  /** Runs `work` and gives back what it took. */
  scope<T>(work: () => T): T {
    const mark = this.#kernels.rl_mark();
    try {
      return work();
    } finally {
      this.#kernels.rl_reset(mark);
    }
  }

  /** Takes `bytes`, 16-aligned, not cleared. @throws {RidgelineError} OUT_OF_MEMORY before anything is computed. */
  bytes(bytes: number): number {
    const block = bytes <= 0xffff_ffff ? this.#kernels.rl_alloc(bytes) >>> 0 : 0;
    if (block === 0) {
      throw new RidgelineError(
        'OUT_OF_MEMORY',
        'usage',
        `core: expected ${Math.ceil(bytes / 2 ** 20)} MB of WebAssembly memory, got none (the limit is 4096 MB)`,
        { remedy: 'use fewer columns' },
      );
    }
    return block;
  }

  /** Takes room for `length` numbers. */
  f64(length: number): number {
    return this.bytes(length * 8);
  }

  /** Copies numbers in; 0 (a null pointer) for none. */
  put(values: ArrayLike<number> | undefined): number {
    if (values === undefined) return 0;
    const block = this.f64(values.length);
    this.view.set(values, block / 8);
    return block;
  }

  /** Copies bytes in, to a block of at least `capacity` bytes. */
  putBytes(bytes: Uint8Array, capacity = bytes.length): number {
    const block = this.bytes(capacity);
    new Uint8Array(this.#kernels.memory.buffer, block, bytes.length).set(bytes);
    return block;
  }

  /** Copies numbers out. */
  take(block: number, length: number): Float64Array {
    return this.view.slice(block / 8, block / 8 + length);
  }

  takeBytes(block: number, length: number): Uint8Array {
    return new Uint8Array(this.#kernels.memory.buffer, block, length).slice();
  }

  /** All of memory as it is now: index = address / 8. Not to be kept. */
  get view(): Float64Array {
    const { buffer } = this.#kernels.memory;
    if (this.#f64.buffer !== buffer) this.#f64 = new Float64Array(buffer);
    return this.#f64;
  }

  /** An i32 at an address. */
  i32(address: number): number {
    return new DataView(this.#kernels.memory.buffer).getInt32(address, true);
  }
}
