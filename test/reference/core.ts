import { readFileSync } from 'node:fs';
import { createCoreSync } from '../../src/core/index.ts';
import type { Core, RidgeOptions, RidgeResult } from '../../src/core/index.ts';

const build = (name: string) => createCoreSync(readFileSync(new URL(`../../build/${name}.wasm`, import.meta.url)));

/** A core of each build. */
export const builds = (): Record<string, Core> => ({
  simd: build('ridgeline'),
  scalar: build('ridgeline.scalar'),
  shared: build('ridgeline.shared'),
});

/** A whole ridge fit over columns in memory. */
export function fitRidge(
  core: Core,
  x: readonly Float64Array[],
  y: Float64Array,
  options: Omit<RidgeOptions, 'p'>,
): RidgeResult {
  const fit = core.ridgeFit({ p: x.length, ...options });
  do fit.push(x, y);
  while (fit.next());
  return fit.finish();
}

/** A whole scaler fit over columns in memory. */
export function fitScaler(core: Core, x: readonly Float64Array[]) {
  const fit = core.scalerFit(x.length);
  fit.push(x);
  return fit.finish();
}

/** Largest |a - b| / max(1, |b|) of two vectors. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let most = a.length === b.length ? 0 : Infinity;
  for (let i = 0; i < a.length; i++) {
    const d = Math.abs(a[i]! - b[i]!) / Math.max(1, Math.abs(b[i]!));
    most = Number.isNaN(d) ? Infinity : Math.max(most, d);
  }
  return most;
}

/** Largest |a - b| / |b| of two vectors. */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let most = a.length === b.length ? 0 : Infinity;
  for (let i = 0; i < a.length; i++) {
    const d = a[i] === b[i] ? 0 : Math.abs((a[i]! - b[i]!) / b[i]!);
    most = Number.isNaN(d) ? Infinity : Math.max(most, d);
  }
  return most;
}
