import type { Store } from '../contracts/store.ts';
import type { Engine } from '../engine/index.ts';
import type { CliContext } from './context.ts';

export interface Home {
  readonly engine: Engine;
  readonly store: Store;
}

/** Opens store, log and state, follows the log to its end, and closes everything when the work is done. */
export async function withHome<T>(context: CliContext, work: (home: Home) => Promise<T>): Promise<T> {
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

/** The same for what has to know the project's pipelines. */
export function withPipelines<T>(context: CliContext, work: (home: Home) => Promise<T> | T): Promise<T> {
  return withHome(context, async (home) => {
    await tellPipelines(home, context);
    return work(home);
  });
}

/**
 * Tells a home that knows no pipelines yet, as when its database was deleted, of the project's, as a scheduler would.
 *
 * @param anew also one that knows some, since files may have changed
 */
export async function tellPipelines({ engine }: Home, context: CliContext, anew = false): Promise<void> {
  if (!anew && engine.listDags().length > 0) return;
  const { describeModules } = await import('./describe-modules.ts');
  engine.recordModules((await describeModules(context)).usable);
}
