import { RidgelineError } from '../../contracts/errors.ts';
import type { DatasetView, VersionView } from '../views.ts';
import { allDags } from './dag-tables.ts';
import type { Database } from './database.ts';
import { lastNumber, VERSION } from './log-tables.ts';

type Row = Omit<VersionView, 'removed'> & { readonly removed: number };

const SELECT = `SELECT ${VERSION}, commit_id AS "commit", at, home, run, removed_by IS NOT NULL AS removed
  FROM versions JOIN commits ON commits.id = commit_id`;

/** From one name to the next, and versions are numbered from 1 without gaps: no row is looked at for itself. */
const COUNT = `WITH RECURSIVE names (name) AS (
    SELECT min(dataset) FROM versions
    UNION ALL SELECT (SELECT min(dataset) FROM versions WHERE dataset > name) FROM names WHERE name IS NOT NULL)
  SELECT dataset, version, (SELECT max(version) FROM versions WHERE dataset = name)
      - (SELECT count(*) FROM versions INDEXED BY versions_removed
           WHERE dataset = name AND removed_by IS NOT NULL) AS versions
    FROM names JOIN versions ON dataset = name AND version =
      (SELECT version FROM versions WHERE dataset = name AND removed_by IS NULL ORDER BY version DESC LIMIT 1)`;

const toView = (row: Row): VersionView => ({ ...row, removed: row.removed === 1 });

/** Every dataset that has versions or that a pipeline names, by name. */
export function listDatasets(db: Database): readonly DatasetView[] {
  const found = new Map<string, { producers: string[]; consumers: string[]; version: number; versions: number }>();
  const of = (name: string) => {
    const entry = found.get(name) ?? { producers: [], consumers: [], version: 0, versions: 0 };
    found.set(name, entry);
    return entry;
  };
  type Count = { dataset: string; version: number; versions: number };
  for (const { dataset, version, versions } of db.all<Count>(COUNT)) Object.assign(of(dataset), { version, versions });
  for (const { id, definition } of allDags(db)) {
    const outlets = definition.tasks.flatMap((task) => Object.values(task.outlets));
    for (const { name } of definition.datasets)
      (outlets.includes(name) ? of(name).producers : of(name).consumers).push(id);
  }
  return [...found].map(([name, entry]) => ({ name, ...entry })).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Oldest first. @throws {RidgelineError} UNKNOWN_DATASET naming what there is. */
export function listVersions(db: Database, dataset: string): readonly VersionView[] {
  const rows = db.all<Row>(`${SELECT} WHERE dataset = ? ORDER BY version`, dataset);
  if (rows.length === 0) checkKnown(db, dataset);
  return rows.map(toView);
}

/** Newest when `version` is undefined. @throws {RidgelineError} UNKNOWN_DATASET, UNKNOWN_VERSION, VERSION_REMOVED */
export function viewVersion(db: Database, dataset: string, version: number | undefined): VersionView {
  const row = db.get<Row>(
    `${SELECT} WHERE dataset = ?1 AND version = coalesce(?2, version) AND (?2 IS NOT NULL OR removed_by IS NULL)
     ORDER BY version DESC LIMIT 1`,
    dataset,
    version,
  );
  if (row?.removed) {
    throw new RidgelineError('VERSION_REMOVED', 'usage', `${dataset} version ${row.version}: it was removed`, {
      remedy: `ridgeline dataset show ${dataset}`,
    });
  }
  if (row) return toView(row);
  checkKnown(db, dataset);
  const newest = lastNumber(db, dataset);
  const there = newest === 0 ? 'it has none yet' : `the newest is ${newest}`;
  throw new RidgelineError('UNKNOWN_VERSION', 'usage', `dataset "${dataset}": no version ${version ?? ''}; ${there}`, {
    remedy: newest === 0 ? 'run the pipeline that publishes it' : `ridgeline dataset show ${dataset}`,
  });
}

function checkKnown(db: Database, dataset: string): void {
  const known = listDatasets(db).map(({ name }) => name);
  if (known.includes(dataset)) return;
  throw new RidgelineError('UNKNOWN_DATASET', 'usage', `no dataset "${dataset}"`, {
    remedy: known.length === 0 ? 'nothing has been published yet' : `there are: ${known.join(', ')}`,
  });
}
