import type { DagDefinition } from '../../contracts/definition.ts';
import { consumedVersions, pinVersions } from '../plan/runs.ts';
import type { InboxRow } from '../plan/runs.ts';
import type { Database } from './database.ts';
import { getVersion, newestVersion } from './log-tables.ts';

/** The versions a run that is created now is pinned to (R5). */
export function pinFor(
  db: Database,
  definition: DagDefinition,
  consumed: readonly InboxRow[],
): Readonly<Record<string, number>> {
  const lineage = (dataset: string, version: number) => getVersion(db, dataset, version)?.inputs ?? {};
  const newest = (dataset: string) => newestVersion(db, dataset)?.version;
  return { ...pinVersions(definition, consumed, lineage, newest), ...consumedVersions(consumed) };
}
