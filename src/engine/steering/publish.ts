import { checkName, claimName } from '../../authoring/names.ts';
import { RidgelineError } from '../../contracts/errors.ts';
import type { ModuleRef } from '../../contracts/executor.ts';
import type { Commit, CommitDraft, CommitLog, ValueRef } from '../../contracts/log.ts';
import { contentHash } from '../plan/content-hash.ts';
import { metadataOf } from '../plan/publish.ts';
import { allDags } from '../state/dag-tables.ts';
import type { Database } from '../state/database.ts';
import { applyCommits, commitVersion, findCommit, knownPosition, lastNumber } from '../state/log-tables.ts';

/** A version that comes from outside any pipeline. */
export interface ExternalPublish {
  readonly dataset: string;
  /** Durable in the store already, and past the checks. */
  readonly value: ValueRef;
  /** The caller's own word for this publish: said twice, it is published once (R11). */
  readonly idempotencyKey: string;
}

/**
 * Whose checks a value must pass before it is published from outside (R2).
 *
 * @throws {RidgelineError} BAD_NAME; DUPLICATE_NAME for a name that differs from a known one in case only: one rule for
 *   names from outside and in pipelines, and both would be one file on some stores
 */
export function checksOf(db: Database, dataset: string): readonly { dag: string; module: ModuleRef }[] {
  checkName('dataset', dataset);
  const dags = allDags(db);
  const known =
    lastNumber(db, dataset) > 0 ? [] : db.all<{ name: string }>('SELECT DISTINCT dataset AS name FROM versions');
  const taken = new Map(
    [...known, ...dags.flatMap(({ definition }) => definition.datasets)].map(({ name }) => [name.toLowerCase(), name]),
  );
  if (taken.get(dataset.toLowerCase()) !== dataset) claimName(taken, 'dataset', dataset);
  return dags
    .filter(({ definition }) => definition.datasets.some(({ name, check }) => name === dataset && check))
    .map(({ id, module }) => ({ dag: id, module }));
}

/** @returns the version, and whether this call published it */
export async function publishExternal(
  db: Database,
  log: CommitLog,
  { dataset, value, idempotencyKey }: ExternalPublish,
  now: number,
): Promise<{ version: number; fresh: boolean }> {
  checkName('dataset', dataset);
  const origin = { type: 'external', idempotencyKey } as const;
  const before = findCommit(db, origin);
  if (before !== undefined)
    return { version: commitVersion(db, before, dataset) ?? otherwise(idempotencyKey), fresh: false };
  const version = { dataset, value, sha256: contentHash(value), inputs: {}, metadata: metadataOf(value, undefined) };
  const { commit, fresh } = await appendExternal(db, log, { origin, versions: [version] }, now);
  const found = commit.versions.find((each) => each.dataset === dataset);
  return { version: found?.version ?? otherwise(idempotencyKey), fresh };
}

/** Commits what no task has made, and applies it. */
export async function appendExternal(
  db: Database,
  log: CommitLog,
  draft: Pick<CommitDraft, 'origin' | 'versions' | 'removed'>,
  now: number,
): Promise<{ commit: Commit; fresh: boolean }> {
  const known = knownPosition(
    db,
    draft.versions.map(({ dataset }) => dataset),
  );
  const at = new Date(now).toISOString();
  const { commit, fresh, skipped } = await log.append({ home: db.homeId, at, exports: [], ...draft }, known);
  // The log has it: what a power cut takes here is read from there again.
  db.transaction(() => applyCommits(db, [...skipped, commit]));
  db.announce();
  return { commit, fresh };
}

function otherwise(key: string): never {
  throw new RidgelineError('KEY_USED', 'usage', `idempotency key "${key}": it has published another dataset`, {
    remedy: 'use a key of its own for each publish',
  });
}
