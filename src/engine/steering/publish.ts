import { checkName } from '../../authoring/names.ts';
import { RidgelineError } from '../../contracts/errors.ts';
import type { CommitLog, ValueRef } from '../../contracts/log.ts';
import { contentHash } from '../plan/content-hash.ts';
import { metadataOf } from '../plan/publish.ts';
import type { Database } from '../state/database.ts';
import { applyCommits, commitVersion, findCommit, knownPosition } from '../state/log-tables.ts';

/** A version that comes from outside any pipeline. */
export interface ExternalPublish {
  readonly dataset: string;
  /** Durable in the store already. */
  readonly value: ValueRef;
  /** The caller's own word for this publish: said twice, it is published once (R11). */
  readonly idempotencyKey: string;
}

/** @returns the version, and whether this call published it */
export async function publishExternal(
  db: Database,
  homeId: string,
  log: CommitLog,
  { dataset, value, idempotencyKey }: ExternalPublish,
  now: number,
): Promise<{ version: number; fresh: boolean }> {
  checkName('dataset', dataset);
  const origin = { type: 'external', idempotencyKey } as const;
  const before = findCommit(db, origin);
  if (before !== undefined)
    return { version: commitVersion(db, before, dataset) ?? otherwise(idempotencyKey), fresh: false };
  const { commit, fresh, skipped } = await log.append(
    {
      home: homeId,
      at: new Date(now).toISOString(),
      origin,
      versions: [{ dataset, value, sha256: contentHash(value), inputs: {}, metadata: metadataOf(value, undefined) }],
      exports: [],
    },
    knownPosition(db, [dataset]),
  );
  db.transaction(() => applyCommits(db, homeId, [...skipped, commit]), 'durable');
  const found = commit.versions.find((each) => each.dataset === dataset);
  return { version: found?.version ?? otherwise(idempotencyKey), fresh };
}

function otherwise(key: string): never {
  throw new RidgelineError('KEY_USED', 'usage', `idempotency key "${key}": it has published another dataset`, {
    remedy: 'use a key of its own for each publish',
  });
}
