import { join } from 'node:path';
import { toErrorInfo } from '../contracts/errors.ts';
import type { Store } from '../contracts/store.ts';
import type { SyncReport } from '../tracking/index.ts';
import type { CliContext } from './context.ts';

/** Sends to MLflow what it does not have yet; undefined when there is none. @throws what `syncTracking` throws */
export async function syncHome({ env, home }: CliContext, store: Store): Promise<SyncReport | undefined> {
  if (!env['MLFLOW_TRACKING_URI']) return undefined;
  const [{ homeOwner, syncTracking }, { withFileLock }] = await Promise.all([
    import('../tracking/index.ts'),
    import('../engine/state/file-lock.ts'),
  ]);
  return withFileLock(join(home, 'tracking.lock'), () => syncTracking(store, env, homeOwner(home)));
}

/**
 * The same for after a run. That it failed is said and no more: the records are in the store, and are sent the next time.
 */
export async function sendTracking(context: CliContext, store: Store): Promise<void> {
  try {
    await syncHome(context, store);
  } catch (error) {
    const { message, remedy } = toErrorInfo(error);
    context.stderr.write(`ridgeline: ${message}\n${remedy === undefined ? '' : `  ${remedy}\n`}`);
  }
}

/** For a process that stays: `poke` after each run sends in turn, and once more for all that asked meanwhile. */
export class TrackingSender {
  readonly #send: () => Promise<void>;
  #working: Promise<void> | undefined;
  #again = false;

  constructor(context: CliContext, store: Store) {
    this.#send = () => sendTracking(context, store);
  }

  poke(): void {
    this.#again = true;
    this.#working ??= this.#work();
  }

  /** Resolves when nothing is being sent. */
  async idle(): Promise<void> {
    await this.#working;
  }

  async #work(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      await this.#send();
    }
    this.#working = undefined;
  }
}
