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
const ROUNDS = 60;

/**
 * Two kernels of nothing but their inner loop: 6 chains of multiplications and 6 of additions in registers, which do not wait
 * for each other (a multiplication whose sum waits for it, as in `c = c * a + b`, keeps a fifth of the units idle on a core
 * that has two of each); and a sum in 8 accumulators.
 */
const KERNELS = `
export function chains(steps: i32, factor: f64, term: f64): f64 {
  const a = f64x2.splat(factor), b = f64x2.splat(term);
  let p0 = a, p1 = a, p2 = a, p3 = a, p4 = a, p5 = a, s0 = a, s1 = a, s2 = a, s3 = a, s4 = a, s5 = a;
  for (let step = 0; step < steps; step++) {
    p0 = f64x2.mul(p0, a); s0 = f64x2.add(s0, b); p1 = f64x2.mul(p1, a); s1 = f64x2.add(s1, b);
    p2 = f64x2.mul(p2, a); s2 = f64x2.add(s2, b); p3 = f64x2.mul(p3, a); s3 = f64x2.add(s3, b);
    p4 = f64x2.mul(p4, a); s4 = f64x2.add(s4, b); p5 = f64x2.mul(p5, a); s5 = f64x2.add(s5, b);
  }
  const p = f64x2.add(f64x2.add(f64x2.add(p0, p1), f64x2.add(p2, p3)), f64x2.add(p4, p5));
  return lanes(f64x2.add(p, f64x2.add(f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3)), f64x2.add(s4, s5))));
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
  // In turn, so that what else the machine does for a moment meets neither for all rounds.
  let [chainsMs, streamMs] = [Infinity, Infinity];
  for (let round = 0; round < ROUNDS; round++) {
    chainsMs = Math.min(
      chainsMs,
      time(() => chains(STEPS, 1, 1)),
    );
    streamMs = Math.min(
      streamMs,
      time(() => stream(STREAM_BYTES)),
    );
  }
  return { flopsPerMs: (STEPS * 12 * 2) / chainsMs, bytesPerMs: STREAM_BYTES / streamMs };
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

function time(work: () => number): number {
  const start = performance.now();
  if (Number.isNaN(work())) throw new Error('bench: the sum of ones is NaN');
  return performance.now() - start;
}
