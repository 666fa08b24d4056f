import { RidgelineError } from '../contracts/errors.ts';
import type { Store } from '../contracts/store.ts';
import type { Engine } from '../engine/index.ts';
import { isOutage } from '../engine/runner/patience.ts';
import type { CliContext } from './context.ts';

export interface Home {
  readonly engine: Engine;
  readonly store: Store;
}

/** Opens store, log and state, follows the log to its end, and closes everything when the work is done. */
export function withHome<T>(context: CliContext, work: (home: Home) => Promise<T>): Promise<T> {
  return open(context, work, (error) => {
    throw error;
  });
}

/** The same for what a home knows and records by itself: while the store is away it says so and goes on. */
export function withState<T>(context: CliContext, work: (home: Home) => Promise<T>): Promise<T> {
  return open(context, work, (error) => {
    if (!RidgelineError.is(error) || !isOutage(error)) throw error;
    context.stderr.write(`${error.message}; going on with what this home knew before\n`);
  });
}

async function open<T>(
  context: CliContext,
  work: (home: Home) => Promise<T>,
  onUnread: (error: unknown) => void,
): Promise<T> {
  const [{ openCommitLog, openStore }, { openEngine }] = await Promise.all([
    import('../data/store/index.ts'),
    import('../engine/index.ts'),
  ]);
  const store = await openStore(context.storeUrl, context.env);
  try {
    const engine = await openEngine({ homeDir: context.home, store, log: openCommitLog(store) });
    try {
      await engine.sync().catch(onUnread);
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
  return withState(context, async (home) => {
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
