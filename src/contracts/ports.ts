/** Wall and monotonic time. Decisions never compare wall clocks of two machines. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Spreads numeric phases over kernel threads. Jobs and results are references and small states, never matrices. */
export interface KernelFanout {
  /** Kernel threads available, >= 1. */
  readonly threads: number;
  /** The threads are up: a job costs about 0.1 ms. Absent or false: they may have to start first. */
  readonly up?: boolean;
  /**
   * Runs one job per element, in any order, on any thread; results come back in the order of `jobs`. Of several that fail the
   * first one's error is thrown.
   */
  run<Job, Result>(phase: string, jobs: readonly Job[]): Promise<Result[]>;
}

/** Values (rows x columns) of a stored table from which kernel threads pay: 0.1 s in one thread, in which two start. */
export const SPREAD_VALUES = 16e6;

/** Milliseconds of work in one thread from which threads that are up pay. */
const SPREAD_MS = 3;
/** And those that have to start, and to load their code. */
const START_MS = 180;
/** From column to column, what is copied being in no cache. */
const COPY_BYTES_PER_MS = 8e6;

/** Whether work of so many milliseconds in one thread is done sooner by all, after so many bytes are copied for them. */
export function paysToSpread({ threads, up }: KernelFanout, ms: number, bytesToCopy = 0): boolean {
  return ms * (1 - 1 / threads) - bytesToCopy / COPY_BYTES_PER_MS >= (up ? SPREAD_MS : START_MS) / 2;
}

/** A compiled module as it travels between threads: a clone is a handle on the same code. */
export type CompiledModule = WebAssembly.Module;

/**
 * What a thread lends to the estimators that run in it: set by the engine, found by every copy of the package, so that
 * a pipeline need not hand them on. Empty in a plain process or a browser.
 */
export interface ThreadServices {
  /** The numeric core, compiled once for all threads. */
  coreModule?: CompiledModule;
  /** Kernel threads; absent where there are none. */
  kernels?: KernelFanout | undefined;
  /** Rows of a batch, where memory is short; absent: as many as are fastest. */
  batchRows?: number | undefined;
}

export function threadServices(): ThreadServices {
  const host = globalThis as { [SERVICES]?: ThreadServices };
  return (host[SERVICES] ??= {});
}

const SERVICES = Symbol.for('ridgeline.thread');
