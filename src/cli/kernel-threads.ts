import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { threadServices } from '../contracts/ports.ts';
import type { CliContext } from './context.ts';

/** Lends kernel threads to the estimators while `work` runs. None is started before a fit is large enough to need them. */
export async function withKernelThreads<T>(context: CliContext, work: () => Promise<T>): Promise<T> {
  const [{ KernelThreads }, { compileCore }] = await Promise.all([
    import('../engine/pool/kernel-threads.ts'),
    import('../core/load.ts'),
  ]);
  const { storeUrl, env, threads, home, dataDir } = context;
  const kernels = new KernelThreads(
    {
      storeUrl,
      env,
      kernelThreads: threads,
      scratchDir: tmpdir(),
      owner: '',
      source: { policy: 'file', dataDir, cacheDir: join(home, 'cache') },
    },
    async () => ({ core: await compileCore() }),
  );
  const services = threadServices();
  services.kernels = kernels;
  try {
    return await work();
  } finally {
    delete services.kernels;
    await kernels.close();
  }
}
