import { RidgelineError } from '../../contracts/errors.ts';
import type { CommitLog } from '../../contracts/log.ts';
import type { Database } from '../state/database.ts';
import { viewVersion } from '../state/dataset-views.ts';
import { READ_BY_OPEN_RUNS } from '../state/inbox-tables.ts';
import { appendExternal } from './publish.ts';

/**
 * Refuses to remove what is needed (R15): a version that an open run reads, or whose event waits for a pipeline.
 * Only this home's runs and events are known here.
 *
 * @throws {RidgelineError} UNKNOWN_DATASET, UNKNOWN_VERSION, VERSION_REMOVED; VERSION_IN_USE naming who needs it.
 */
export function checkRemovable(db: Database, dataset: string, version: number): void {
  viewVersion(db, dataset, version);
  const reader = db.get<{ run: string; dag: string }>(
    `SELECT run, dag FROM (${READ_BY_OPEN_RUNS}) WHERE dataset = ? AND version = ? LIMIT 1`,
    dataset,
    version,
  );
  if (reader) {
    const { run, dag } = reader;
    throw inUse(dataset, version, `run ${run} of ${dag} reads it`, `ridgeline cancel ${run}, or wait`);
  }
  const event = db.get<{ dag: string }>(
    `SELECT dag FROM inbox WHERE dataset = ? AND version = ? AND state = 'pending' LIMIT 1`,
    dataset,
    version,
  );
  if (event) throw inUse(dataset, version, `it is pending for ${event.dag}`, `ridgeline why ${event.dag}`);
}

/** Takes a version back, for every home of the store. Its number stays used; its content goes with the next gc. */
export async function removeVersion(
  db: Database,
  log: CommitLog,
  dataset: string,
  version: number,
  now: number,
): Promise<void> {
  checkRemovable(db, dataset, version);
  const origin = { type: 'external', idempotencyKey: `remove ${dataset}@${version}` } as const;
  await appendExternal(db, log, { origin, versions: [], removed: [{ dataset, version }] }, now);
}

function inUse(dataset: string, version: number, why: string, remedy: string): RidgelineError {
  return new RidgelineError('VERSION_IN_USE', 'usage', `${dataset} version ${version} cannot be removed: ${why}`, {
    remedy,
  });
}
