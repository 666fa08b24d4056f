import { compileString } from 'assemblyscript/asc';

/** What one core of this machine can do in SIMD128, at best: measured before every bench, and all floors come from it. */
export interface Roof {
  /** Multiplications and additions of doubles. */
  readonly flopsPerMs: number;
  /** Read from memory that no cache holds. */
  readonly bytesPerMs: number;
}

/** Larger than any cache. */
const STREAM_BYTES = 2 ** 28;
const STEPS = 200_000;
const ROUNDS = 40;

/**
 * Two kernels of nothing but their inner loop: multiplications and additions in registers, in as many chains as hide that
 * each waits for the last and no more than the registers carry; and a sum in 8 accumulators.
 */
const KERNELS = `
export function chains(steps: i32, factor: f64, term: f64): f64 {
  const a = f64x2.splat(factor), b = f64x2.splat(term);
  let c0 = a, c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0, c6 = c0, c7 = c0, c8 = c0, c9 = c0, c10 = c0, c11 = c0;
  for (let step = 0; step < steps; step++) {
    c0 = f64x2.add(f64x2.mul(c0, a), b); c1 = f64x2.add(f64x2.mul(c1, a), b); c2 = f64x2.add(f64x2.mul(c2, a), b);
    c3 = f64x2.add(f64x2.mul(c3, a), b); c4 = f64x2.add(f64x2.mul(c4, a), b); c5 = f64x2.add(f64x2.mul(c5, a), b);
    c6 = f64x2.add(f64x2.mul(c6, a), b); c7 = f64x2.add(f64x2.mul(c7, a), b); c8 = f64x2.add(f64x2.mul(c8, a), b);
    c9 = f64x2.add(f64x2.mul(c9, a), b); c10 = f64x2.add(f64x2.mul(c10, a), b); c11 = f64x2.add(f64x2.mul(c11, a), b);
  }
  const u = f64x2.add(f64x2.add(c0, c1), f64x2.add(c2, c3)), v = f64x2.add(f64x2.add(c4, c5), f64x2.add(c6, c7));
  return lanes(f64x2.add(f64x2.add(u, v), f64x2.add(f64x2.add(c8, c9), f64x2.add(c10, c11))));
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
  chains(steps: number, factor: number, term: number): number;
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
  const { memory, chains, stream } = instance.exports as unknown as Kernels;
  new Float64Array(memory.buffer).fill(1);
  const chainsMs = best(() => chains(STEPS, 1, 1));
  const streamMs = best(() => stream(STREAM_BYTES));
  return { flopsPerMs: (STEPS * 12 * 4) / chainsMs, bytesPerMs: STREAM_BYTES / streamMs };
}

export function describeRoof({ flopsPerMs, bytesPerMs }: Roof): string {
  return `one core, SIMD128: ${(flopsPerMs / 1e6).toFixed(1)} GFLOP/s, reads ${(bytesPerMs / 1e6).toFixed(1)} GB/s`;
}

/**
 * Least time of scaler, exact leave-one-out sweep and predictions: the arithmetic at the roof (moments, Z = XV and the sweep,
 * predictions), or three reads of `[X y]` and one write of the predictions, whichever is longer.
 *
 * @param n  rows; @param p  columns; @param points  alphas at which the sweep is evaluated, or nodes in their place
 */
export function ridgeFloorMs(
  { flopsPerMs, bytesPerMs }: Roof,
  n: number,
  p: number,
  points: number,
  threads: number,
): number {
  const flops = n * (p * p + 2 * p * p + 4 * p * points + 2 * p);
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
