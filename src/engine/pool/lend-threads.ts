import { availableParallelism, tmpdir } from 'node:os';
import { RidgelineError } from '../../contracts/errors.ts';
import { threadServices } from '../../contracts/ports.ts';

/**
 * Kernel threads for the estimators of this process, until they are given back: fits, and predictions that are read, over
 * tables where several threads pay, from about 3 ms of work. Results have the bits of one thread. Commands and the tasks of
 * pipelines have theirs without this.
 *
 * Columns over a `SharedArrayBuffer` are read where they are; others are copied for the threads a few megabytes at a time.
 *
 * @param threads whole, >= 1; default one per core
 * @throws {RidgelineError} BAD_THREADS
 * @example
 * await using _ = await kernelThreads();
 * const model = await new RidgeCV({ target: 'y' }).fit(tableFromColumns(columns));
 */
export async function kernelThreads(threads = availableParallelism()): Promise<AsyncDisposable> {
  if (!Number.isInteger(threads) || threads < 1) {
    throw new RidgelineError('BAD_THREADS', 'usage', `kernelThreads: expected a whole number >= 1, got ${threads}`);
  }
  const [{ KernelThreads }, { compileCore }] = await Promise.all([
    import('./kernel-threads.ts'),
    import('../../core/load.ts'),
  ]);
  const folder = tmpdir();
  const source = { policy: 'file', dataDir: undefined, cacheDir: folder } as const;
  const settings = { storeUrl: folder, env: {}, source, scratchDir: folder, home: '', kernelThreads: threads };
  const core = compileCore();
  const kernels = new KernelThreads(settings, async () => ({ core: await core }), true);
  await kernels.start().catch(async (error: unknown) => {
    await kernels.close();
    throw error;
  });
  const services = threadServices();
  const before = services.kernels;
  services.kernels = kernels;
  return {
    async [Symbol.asyncDispose]() {
      if (services.kernels === kernels) services.kernels = before;
      await kernels.close();
    },
  };
}
