import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Option } from 'commander';
import { hookNames } from '../authoring/hooks.ts';
import type { SourcePolicy } from '../data/source/index.ts';
import { createThreadExecutor } from '../engine/pool/index.ts';
import type { ThreadExecutor } from '../engine/pool/index.ts';
import type { CliContext } from './context.ts';

/** Threads for this home's pipelines, with the numeric core compiled once for all of them. */
export function openExecutor(context: CliContext, policy: SourcePolicy): ThreadExecutor {
  const { home, dataDir, env, storeUrl, threads } = context;
  const { file, settings } = context.config;
  const { secrets = [], hookTimeoutMs, taskHeapMb } = settings;
  return createThreadExecutor({
    storeUrl,
    env,
    secrets: secrets.map((secret) => secret.slice('env:'.length)),
    ...(taskHeapMb !== undefined && { taskHeapMb }),
    ...(hookTimeoutMs !== undefined && { hookTimeoutMs }),
    ...(file !== undefined && {
      projectHooks: { url: pathToFileURL(file).href, names: hookNames(file, settings) },
    }),
    threads,
    source: { policy, dataDir, cacheDir: join(home, 'cache') },
    scratchDir: join(home, 'tmp'),
    home,
    // Loaded while the first thread starts.
    modules: async () => ({ core: await (await import('../core/load.ts')).compileCore() }),
  });
}

/** Of the commands that run pipelines. */
export function sourceOption(): Option {
  const policies: SourcePolicy[] = ['auto', 'download', 'file', 'synthetic'];
  return new Option('--source <policy>', 'where public data may come from').choices(policies).default('auto');
}
