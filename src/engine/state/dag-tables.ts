import { createHash } from 'node:crypto';
import { datasetNames } from '../../authoring/index.ts';
import type { DagDefinition } from '../../contracts/definition.ts';
import type { ErrorInfo } from '../../contracts/errors.ts';
import type { ModuleDescription, ModuleRef } from '../../contracts/executor.ts';
import type { Database } from './database.ts';

export interface DagRecord {
  readonly id: string;
  readonly module: ModuleRef;
  readonly codeHash: string;
  readonly definition: DagDefinition;
  readonly definitionHash: string;
  readonly paused: boolean;
  readonly cronAt: number | undefined;
  /** Its module was loaded and no longer has it. */
  readonly removed: boolean;
  readonly error: ErrorInfo | undefined;
}

interface DagRow {
  id: string;
  module: string;
  url: string;
  code_hash: string;
  definition: string;
  body: string;
  paused_at: number | null;
  cron_at: number | null;
  removed: number;
  error: string | null;
}

const SELECT = 'SELECT dags.*, definitions.body FROM dags JOIN definitions ON definitions.hash = dags.definition';

export function getDag(db: Database, id: string): DagRecord | undefined {
  const row = db.get<DagRow>(`${SELECT} WHERE dags.id = ?`, id);
  return row && toDag(row);
}

/** By id, without those that were removed. */
export function allDags(db: Database): readonly DagRecord[] {
  return db.all<DagRow>(`${SELECT} WHERE removed = 0 ORDER BY dags.id`).map(toDag);
}

/** Ids of pipelines scheduled by the clock. */
export function dagsWithCron(db: Database): readonly string[] {
  const sql = `${SELECT} WHERE removed = 0 AND body -> '$.schedule.cron' IS NOT NULL ORDER BY dags.id`;
  return db.all<DagRow>(sql).map(({ id }) => id);
}

export function setCronAt(db: Database, id: string, at: number): void {
  db.run('UPDATE dags SET cron_at = ? WHERE id = ?', at, id);
}

function toDag(row: DagRow): DagRecord {
  return {
    id: row.id,
    module: { name: row.module, url: row.url },
    codeHash: row.code_hash,
    definition: readDefinition(row.definition, row.body),
    definitionHash: row.definition,
    paused: row.paused_at !== null,
    cronAt: row.cron_at ?? undefined,
    removed: row.removed === 1,
    error: row.error === null ? undefined : (JSON.parse(row.error) as ErrorInfo),
  };
}

/**
 * Records what modules hold now, in the caller's transaction. What is subscribed for the first time gets the events that
 * `from` says (R10); what is no longer subscribed has its pending events skipped. A module that cannot be loaded keeps
 * its pipelines' subscriptions, so that their events wait for the repair.
 */
export function registerModules(db: Database, descriptions: readonly ModuleDescription[]): void {
  for (const description of descriptions) {
    if (!description.ok) {
      db.run('UPDATE dags SET error = ? WHERE module = ?', JSON.stringify(description.error), description.module.name);
      continue;
    }
    const { module, codeHash, dags } = description;
    const gone = db
      .all<{ id: string }>('SELECT id FROM dags WHERE module = ? AND removed = 0', module.name)
      .filter(({ id }) => !dags.some((dag) => dag.id === id));
    for (const { id } of gone) {
      db.run('UPDATE dags SET removed = 1 WHERE id = ?', id);
      subscribe(db, id, [], 'now');
    }
    for (const dag of dags) {
      db.run(
        `INSERT INTO dags (id, module, url, code_hash, definition) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
         module = excluded.module, url = excluded.url, code_hash = excluded.code_hash, definition = excluded.definition,
         removed = 0, error = NULL, cron_at = CASE WHEN definition = excluded.definition THEN cron_at END`,
        dag.id,
        module.name,
        module.url,
        codeHash,
        saveDefinition(db, dag),
      );
      subscribe(db, dag.id, datasetNames(dag.schedule.datasets), dag.from);
    }
  }
}

/** By their hash, some of the last. */
const DEFINITIONS = new Map<string, DagDefinition>();

/** They are looked at for every event and every run, and parsed once. */
export function readDefinition(hash: string, body: string): DagDefinition {
  const known = DEFINITIONS.get(hash);
  if (known !== undefined) return known;
  const definition = JSON.parse(body) as DagDefinition;
  if (DEFINITIONS.size >= 1000) DEFINITIONS.clear();
  DEFINITIONS.set(hash, definition);
  return definition;
}

/** Runs keep the definition they were created with; equal ones are kept once. */
function saveDefinition(db: Database, dag: DagDefinition): string {
  const body = JSON.stringify(dag);
  const hash = createHash('sha256').update(body).digest('hex');
  db.run('INSERT INTO definitions VALUES (?, ?) ON CONFLICT DO NOTHING', hash, body);
  return hash;
}

function subscribe(db: Database, dag: string, datasets: readonly string[], from: DagDefinition['from']): void {
  const before = db.all<{ dataset: string }>('SELECT dataset FROM subscriptions WHERE dag = ?', dag);
  for (const { dataset } of before) {
    if (datasets.includes(dataset)) continue;
    db.run('DELETE FROM subscriptions WHERE dag = ? AND dataset = ?', dag, dataset);
    db.run(
      `UPDATE inbox SET state = 'skipped', reason = 'no longer in its schedule'
       WHERE dag = ? AND dataset = ? AND state = 'pending'`,
      dag,
      dataset,
    );
  }
  for (const dataset of datasets) {
    if (before.some((each) => each.dataset === dataset)) continue;
    db.run('INSERT INTO subscriptions (dataset, dag) VALUES (?, ?)', dataset, dag);
    if (from === 'now') continue;
    db.run(
      `INSERT INTO inbox (dag, dataset, version, commit_id) SELECT ?, dataset, version, commit_id FROM versions
       WHERE dataset = ? AND removed_by IS NULL ${from === 'latest' ? 'ORDER BY version DESC LIMIT 1' : 'ORDER BY version'}`,
      dag,
      dataset,
    );
  }
}
