import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A regression problem in memory: p columns of X, each f64[n], and y: f64[n]. All are views of `flat`, column-major. */
export interface DesignMatrix {
  readonly n: number;
  readonly p: number;
  readonly columns: readonly Float64Array[];
  readonly y: Float64Array;
  readonly flat: Float64Array;
}

export function viewDesignMatrix(flat: Float64Array, n: number, p: number): DesignMatrix {
  const columns = Array.from({ length: p }, (_, j) => flat.subarray(j * n, (j + 1) * n));
  return { n, p, columns, y: flat.subarray(p * n), flat };
}

/**
 * A seeded problem whose best alpha lies inside the grid: columns of different means and scales that share one factor,
 * most coefficients small, noise of the size of the signal.
 */
export function makeDesignMatrix(n: number, p: number, seed: number): DesignMatrix {
  const matrix = viewDesignMatrix(new Float64Array(n * (p + 1)), n, p);
  const normal = normals(seed);
  const factor = Float64Array.from({ length: n }, normal);
  for (const [j, column] of matrix.columns.entries()) {
    const mean = 10 * normal();
    const scale = 2 ** (3 * normal());
    const beta = normal() / (1 + j) / scale;
    for (let i = 0; i < n; i++) {
      const x = mean + scale * (0.8 * normal() + 0.6 * factor[i]!);
      column[i] = x;
      matrix.y[i]! += beta * (x - mean);
    }
  }
  for (let i = 0; i < n; i++) matrix.y[i]! += 5 + normal();
  return matrix;
}

/** The matrix where all threads read it. */
export function inSharedMemory({ flat, n, p }: DesignMatrix): DesignMatrix {
  const shared = new Float64Array(new SharedArrayBuffer(flat.byteLength));
  shared.set(flat);
  return viewDesignMatrix(shared, n, p);
}

/** Puts the matrix into a file for a while, so that other processes can load the very same doubles. */
export async function withFile<T>({ flat }: DesignMatrix, use: (path: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'ridgeline-bench-'));
  try {
    const path = join(folder, 'design.f64');
    await writeFile(path, new Uint8Array(flat.buffer, flat.byteOffset, flat.byteLength));
    return await use(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Standard normal deviates: a 32-bit linear congruential generator (Numerical Recipes) through Box and Muller. */
function normals(seed: number): () => number {
  let state = seed >>> 0;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}
