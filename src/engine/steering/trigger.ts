import { RidgelineError } from '../../contracts/errors.ts';
import { resolveParams } from '../plan/params.ts';
import { inputDatasets } from '../plan/runs.ts';
import { getDag } from '../state/dag-tables.ts';
import type { DagRecord } from '../state/dag-tables.ts';
import type { Database } from '../state/database.ts';
import { pinFor } from '../state/pin.ts';
import { createRun } from '../state/run-tables.ts';
import type { NewRun } from '../state/run-tables.ts';
import { unknownDag } from './unknown.ts';

/**
 * A run that somebody asks for. With no event behind it, the newest versions at its creation are pinned (R5).
 *
 * @throws {RidgelineError} BAD_PARAM; NO_VERSION when a dataset that it reads was never published.
 */
export function manualRun(db: Database, dag: DagRecord, params: Readonly<Record<string, unknown>>): NewRun {
  const inputs = pinFor(db, dag.definition, []);
  for (const name of inputDatasets(dag.definition)) {
    if (inputs[name] !== undefined) continue;
    throw new RidgelineError('NO_VERSION', 'usage', `${dag.id}: it reads dataset "${name}", which has no version yet`, {
      remedy: 'run the pipeline that publishes it first',
    });
  }
  return { dag, trigger: { type: 'manual' }, params: resolveParams(dag.definition, params), inputs };
}

/** Queues a run of a pipeline that this home knows; the scheduler at work, or the next one, starts it. Its id. */
export function trigger(db: Database, id: string, params: Readonly<Record<string, unknown>>, now: number): string {
  const dag = getDag(db, id);
  if (!dag || dag.removed) throw unknownDag(db, id);
  return db.transaction(() => createRun(db, manualRun(db, dag, params), now), 'durable');
}
