import { availableParallelism, tmpdir } from 'node:os';
import { threadServices } from '../../contracts/ports.ts';

/**
 * Kernel threads for the estimators of this process, until they are given back: fits, and predictions that are read, over
 * tables where several threads pay, from about 3 ms of work. Results have the bits of one thread. Commands and the tasks of
 * pipelines have theirs without this.
 *
 * Columns over a `SharedArrayBuffer` are read where they are; others are copied into shared memory once per table.
 *
 * @param threads default one per core
 * @example
 * await using _ = await kernelThreads();
 * const model = await new RidgeCV({ target: 'y' }).fit(tableFromColumns(columns));
 */
export async function kernelThreads(threads = availableParallelism()): Promise<AsyncDisposable> {
  const [{ KernelThreads }, { compileCore }] = await Promise.all([
    import('./kernel-threads.ts'),
    import('../../core/load.ts'),
  ]);
  const folder = tmpdir();
  const source = { policy: 'file', dataDir: undefined, cacheDir: folder } as const;
  const settings = { storeUrl: folder, env: {}, source, scratchDir: folder, home: '', kernelThreads: threads };
  const core = compileCore();
  const kernels = new KernelThreads(settings, async () => ({ core: await core }), true);
  await kernels.start();
  const services = threadServices();
  services.kernels = kernels;
  return {
    async [Symbol.asyncDispose]() {
      if (services.kernels === kernels) delete services.kernels;
      await kernels.close();
    },
  };
}
