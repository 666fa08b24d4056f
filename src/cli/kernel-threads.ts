import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { threadServices } from '../contracts/ports.ts';
import type { CliContext } from './context.ts';
import { parseSize, planMemory } from './memory.ts';
import type { MemoryShape } from './memory.ts';

/**
 * Lends kernel threads to the estimators while `work` runs. None is started before a fit is large enough to need them.
 *
 * @param budget most bytes the process may hold (`--memory`, else `RIDGELINE_MEMORY`), and for which shape
 * @throws {RidgelineError} MEMORY_BUDGET when it is too small
 */
export async function withKernelThreads<T>(
  context: CliContext,
  budget: { readonly memory: string | undefined; readonly shape: MemoryShape },
  work: () => Promise<T>,
): Promise<T> {
  const [{ KernelThreads }, { compileCore }] = await Promise.all([
    import('../engine/pool/kernel-threads.ts'),
    import('../core/load.ts'),
  ]);
  const { storeUrl, env, home, dataDir } = context;
  const memory = budget.memory ?? (env['RIDGELINE_MEMORY'] || undefined);
  const { threads, batchRows } =
    memory === undefined
      ? { threads: context.threads, batchRows: undefined }
      : planMemory(parseSize(memory), context.threads, budget.shape);
  let core: ReturnType<typeof compileCore> | undefined; // once: every call of a thread asks for it
  const kernels = new KernelThreads(
    {
      storeUrl,
      env,
      kernelThreads: threads,
      batchRows,
      scratchDir: tmpdir(),
      home: '',
      source: { policy: 'file', dataDir, cacheDir: join(home, 'cache') },
    },
    async () => ({ core: await (core ??= compileCore()) }),
  );
  const services = threadServices();
  services.kernels = kernels;
  services.batchRows = batchRows;
  try {
    return await work();
  } finally {
    delete services.kernels;
    delete services.batchRows;
    await kernels.close();
  }
}
