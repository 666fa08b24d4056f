import { compileString } from 'assemblyscript/asc';

/** What one core of this machine can do in SIMD128, at best: measured before every bench, and all floors come from it. */
export interface Roof {
  /** Multiplications and additions of doubles. */
  readonly flopsPerMs: number;
  /** Read from memory that no cache holds. */
  readonly bytesPerMs: number;
}

/** Doubles read by a tile are in the nearest cache; the stream is larger than any. */
const TILE_DEPTH = 512;
const STREAM_BYTES = 2 ** 28;
const ROUNDS = 12;

/**
 * Two kernels of nothing but their inner loop: the 4 x 4 tile of an outer-product Gram (8 accumulators of 2 doubles, as many
 * as the registers carry), and a sum in 8 accumulators.
 */
const KERNELS = `
export function tile(depth: i32, times: i32): f64 {
  let c0 = f64x2.splat(0), c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0, c6 = c0, c7 = c0;
  for (let t = 0; t < times; t++) {
    for (let at: usize = 0, end = <usize>depth * 64; at < end; at += 64) {
      const a = v128.load(at), b = v128.load(at, 16);
      const s0 = v128.load64_splat(at, 32), s1 = v128.load64_splat(at, 40);
      const s2 = v128.load64_splat(at, 48), s3 = v128.load64_splat(at, 56);
      c0 = f64x2.add(c0, f64x2.mul(a, s0)); c1 = f64x2.add(c1, f64x2.mul(b, s0));
      c2 = f64x2.add(c2, f64x2.mul(a, s1)); c3 = f64x2.add(c3, f64x2.mul(b, s1));
      c4 = f64x2.add(c4, f64x2.mul(a, s2)); c5 = f64x2.add(c5, f64x2.mul(b, s2));
      c6 = f64x2.add(c6, f64x2.mul(a, s3)); c7 = f64x2.add(c7, f64x2.mul(b, s3));
    }
  }
  return lanes(f64x2.add(f64x2.add(f64x2.add(c0, c1), f64x2.add(c2, c3)), f64x2.add(f64x2.add(c4, c5), f64x2.add(c6, c7))));
}

export function stream(bytes: usize): f64 {
  let c0 = f64x2.splat(0), c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0, c6 = c0, c7 = c0;
  for (let at: usize = 0; at < bytes; at += 128) {
    c0 = f64x2.add(c0, v128.load(at)); c1 = f64x2.add(c1, v128.load(at, 16));
    c2 = f64x2.add(c2, v128.load(at, 32)); c3 = f64x2.add(c3, v128.load(at, 48));
    c4 = f64x2.add(c4, v128.load(at, 64)); c5 = f64x2.add(c5, v128.load(at, 80));
    c6 = f64x2.add(c6, v128.load(at, 96)); c7 = f64x2.add(c7, v128.load(at, 112));
  }
  return lanes(f64x2.add(f64x2.add(f64x2.add(c0, c1), f64x2.add(c2, c3)), f64x2.add(f64x2.add(c4, c5), f64x2.add(c6, c7))));
}

function lanes(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1);
}
`;

interface Kernels {
  readonly memory: WebAssembly.Memory;
  tile(depth: number, times: number): number;
  stream(bytes: number): number;
}

export async function measureRoof(): Promise<Roof> {
  const { binary, stderr } = await compileString(KERNELS, {
    optimizeLevel: 3,
    runtime: 'stub',
    enable: ['simd'],
    initialMemory: STREAM_BYTES / 65_536,
  });
  if (binary === null) throw new Error(`bench: the kernels of the roof do not compile: ${stderr.toString()}`);
  const { instance } = await WebAssembly.instantiate(new Uint8Array(binary));
  const { memory, tile, stream } = instance.exports as unknown as Kernels;
  new Float64Array(memory.buffer).fill(1);
  const times = 2000;
  const tileMs = best(() => tile(TILE_DEPTH, times));
  const streamMs = best(() => stream(STREAM_BYTES));
  return { flopsPerMs: (times * TILE_DEPTH * 32) / tileMs, bytesPerMs: STREAM_BYTES / streamMs };
}

export function describeRoof({ flopsPerMs, bytesPerMs }: Roof): string {
  return `one core, SIMD128: ${(flopsPerMs / 1e6).toFixed(1)} GFLOP/s, reads ${(bytesPerMs / 1e6).toFixed(1)} GB/s`;
}

/**
 * Least time of scaler, exact leave-one-out sweep and predictions: the arithmetic at the roof, or three reads of `[X y]` and
 * one write of the predictions, whichever is longer.
 *
 * @param n  rows; @param p  columns; @param r  alphas
 */
export function ridgeFloorMs(
  { flopsPerMs, bytesPerMs }: Roof,
  n: number,
  p: number,
  r: number,
  threads: number,
): number {
  const flops = n * (p * p + 2 * p * p + 4 * p * r + 2 * p);
  const bytes = 8 * n * (3 * (p + 1) + 1);
  return Math.max(flops / flopsPerMs, bytes / bytesPerMs) / threads;
}

function best(work: () => number): number {
  let least = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    if (Number.isNaN(work())) throw new Error('bench: the sum of ones is NaN');
    least = Math.min(least, performance.now() - start);
  }
  return least;
}
