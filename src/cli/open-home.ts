import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Store } from '../contracts/store.ts';
import { compileCore } from '../core/load.ts';
import type { SourcePolicy } from '../data/source/index.ts';
import type { Engine } from '../engine/index.ts';
import { hookNames } from '../authoring/hooks.ts';
import { createThreadExecutor } from '../engine/pool/index.ts';
import type { ThreadExecutor } from '../engine/pool/index.ts';
import { homeOwner } from '../tracking/home-owner.ts';
import type { CliContext } from './context.ts';

export interface Home {
  readonly engine: Engine;
  readonly store: Store;
}

/** Opens store, log and state, follows the log to its end, and closes everything when the work is done. */
export async function withHome<T>(context: CliContext, work: (home: Home) => Promise<T>): Promise<T> {
  // Loaded while the threads of a run already start.
  const [{ openCommitLog, openStore }, { openEngine }] = await Promise.all([
    import('../data/store/index.ts'),
    import('../engine/index.ts'),
  ]);
  const store = await openStore(context.storeUrl, context.env);
  try {
    const engine = await openEngine({ homeDir: context.home, store, log: openCommitLog(store) });
    try {
      await engine.sync();
      return await work({ engine, store });
    } finally {
      engine.close();
    }
  } finally {
    await store.close();
  }
}

/** Threads for this home's pipelines, with the numeric core compiled once for all of them. */
export function openExecutor(context: CliContext, policy: SourcePolicy): ThreadExecutor {
  const { home, dataDir, env, storeUrl, threads } = context;
  const { file, settings } = context.config;
  const { secrets = [], hookTimeoutMs } = settings;
  return createThreadExecutor({
    storeUrl,
    env,
    secrets: secrets.map((secret) => secret.slice('env:'.length)),
    ...(hookTimeoutMs !== undefined && { hookTimeoutMs }),
    ...(file !== undefined && {
      projectHooks: { url: pathToFileURL(file).href, names: hookNames(file, settings) },
    }),
    threads,
    source: { policy, dataDir, cacheDir: join(home, 'cache') },
    scratchDir: join(home, 'tmp'),
    owner: homeOwner(home),
    modules: async () => ({ core: await compileCore() }),
  });
}
