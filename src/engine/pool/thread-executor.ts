import { RidgelineError } from '../../contracts/errors.ts';
import type { Executor } from '../../contracts/executor.ts';
import type { SourcePolicy } from '../../data/source/index.ts';

export interface ThreadExecutorOptions {
  readonly storeUrl: string;
  /** The store's settings (standard AWS variables), handed on to the threads. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Kernel threads, >= 1. */
  readonly threads: number;
  /** Attempts at once, >= 1; default: as many as cores, at least 2. */
  readonly taskThreads?: number;
  readonly source: { readonly policy: SourcePolicy; readonly dataDir: string | undefined; readonly cacheDir: string };
  /** A folder of this home for files on their way to the store. */
  readonly scratchDir: string;
}

/** The executor that runs attempts in threads of this process. Starts nothing until it is asked to. */
export function createThreadExecutor(options: ThreadExecutorOptions): Executor {
  throw new RidgelineError('EXECUTOR', 'usage', `executor: not yet able to run on ${options.storeUrl}`);
}
