import { createHash } from 'node:crypto';
import { datasetNames } from '../../authoring/index.ts';
import type { DagDefinition } from '../../contracts/definition.ts';
import { RidgelineError, type ErrorInfo } from '../../contracts/errors.ts';
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

type Row = Omit<DagRecord, 'module' | 'definition' | 'paused' | 'removed'> &
  Readonly<{ module: string; url: string; paused: number; removed: number }>;

const SELECT = `SELECT id, module, url, code_hash, definition AS definition_hash, paused_at IS NOT NULL AS paused, cron_at,
  removed, error FROM dags`;

function toDag(db: Database, { module, url, paused, removed, ...row }: Row): DagRecord {
  const definition = readDefinition(db, row.definitionHash);
  return { ...row, definition, module: { name: module, url }, paused: paused === 1, removed: removed === 1 };
}

export function getDag(db: Database, id: string): DagRecord | undefined {
  const row = db.get<Row>(`${SELECT} WHERE id = ?`, id);
  return row && toDag(db, row);
}

/** @throws {RidgelineError} UNKNOWN_PIPELINE, naming what there is; also for one that was removed. */
export function knownDag(db: Database, id: string): DagRecord {
  const dag = getDag(db, id);
  return dag && !dag.removed ? dag : refuseUnknown(db, id);
}

export function refuseUnknown(db: Database, id: string): never {
  const known = allDags(db).map((dag) => dag.id);
  const none = 'name files of pipelines in ridgeline.config.ts, or ridgeline init makes a project';
  throw new RidgelineError('UNKNOWN_PIPELINE', 'usage', `no pipeline "${id}"`, {
    remedy: known.length === 0 ? none : `there are: ${known.join(', ')}`,
  });
}

/** By id, without those that were removed. */
export function allDags(db: Database): readonly DagRecord[] {
  return db.all<Row>(`${SELECT} WHERE removed = 0 ORDER BY id`).map((row) => toDag(db, row));
}

/** Ids of pipelines scheduled by the clock. */
export function dagsWithCron(db: Database): readonly string[] {
  return allDags(db).flatMap(({ id, definition }) => (definition.schedule.cron ? [id] : []));
}

export function setCronAt(db: Database, id: string, at: number): void {
  db.run('UPDATE dags SET cron_at = ? WHERE id = ?', at, id);
}

/**
 * Records what modules hold now, in the caller's transaction. What is subscribed for the first time gets the events that
 * `from` says (R10); what is no longer subscribed has its pending events skipped. A pipeline that moved to another of these
 * modules keeps its own, and a module that cannot be loaded its pipelines', so that their events wait for the repair.
 */
export function registerModules(db: Database, descriptions: readonly ModuleDescription[]): void {
  const held = new Set(descriptions.flatMap((each) => (each.ok ? each.dags.map(({ id }) => id) : [])));
  for (const description of descriptions) {
    if (!description.ok) {
      db.update('dags', { error: description.error }, { module: description.module.name });
      continue;
    }
    const { module, codeHash, dags } = description;
    const gone = db
      .all<{ id: string }>('SELECT id FROM dags WHERE module = ? AND removed = 0', module.name)
      .filter(({ id }) => !held.has(id));
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
export function readDefinition(db: Database, hash: string): DagDefinition {
  const known = DEFINITIONS.get(hash);
  if (known !== undefined) return known;
  const { body } = db.get<{ body: DagDefinition }>('SELECT body FROM definitions WHERE hash = ?', hash)!;
  if (DEFINITIONS.size >= 1000) DEFINITIONS.clear();
  DEFINITIONS.set(hash, body);
  return body;
}

/** Runs keep the definition they were created with; equal ones are kept once. */
function saveDefinition(db: Database, dag: DagDefinition): string {
  const body = JSON.stringify(dag);
  const hash = createHash('sha256').update(body).digest('hex');
  db.run('INSERT INTO definitions VALUES (?, ?) ON CONFLICT DO NOTHING', hash, body);
  return hash;
}

function subscribe(db: Database, dag: string, datasets: readonly string[], from: DagDefinition['from']): void {
  const others = 'dag = ? AND dataset NOT IN (SELECT value FROM json_each(?))';
  const reason = 'no longer in its schedule';
  db.run(`UPDATE inbox SET state = 'skipped', reason = ? WHERE state = 'pending' AND ${others}`, reason, dag, datasets);
  db.run(`DELETE FROM subscriptions WHERE ${others}`, dag, datasets);
  for (const dataset of datasets) {
    const added = db.run('INSERT INTO subscriptions VALUES (?, ?) ON CONFLICT DO NOTHING', dataset, dag);
    if (added === 0 || from === 'now') continue;
    db.run(
      `INSERT INTO inbox (dag, dataset, version, commit_id) SELECT ?, dataset, version, commit_id FROM versions
       WHERE dataset = ? AND removed_by IS NULL ${from === 'latest' ? 'ORDER BY version DESC LIMIT 1' : 'ORDER BY version'}`,
      dag,
      dataset,
    );
  }
}
