import { upstreamOf } from '../../authoring/index.ts';
import type { DagDefinition, Params } from '../../contracts/definition.ts';
import { RidgelineError, toErrorInfo } from '../../contracts/errors.ts';
import { knownParams, resolveParams } from '../plan/params.ts';
import { inputDatasets } from '../plan/runs.ts';
import { stateOf } from '../plan/tasks.ts';
import { getDag, knownDag, type DagRecord } from '../state/dag-tables.ts';
import type { Database } from '../state/database.ts';
import { queueHooks } from '../state/hook-tables.ts';
import {
  createRun,
  deleteInstance,
  knownRun,
  loadInstances,
  loadRun,
  pinFor,
  saveInstance,
  setCancel,
  setRunState,
  type LiveInstance,
  type NewRun,
} from '../state/run-tables.ts';

/**
 * A run that somebody asks for. With no event behind it, the newest versions at its creation are pinned (R5).
 *
 * @throws {RidgelineError} BAD_PARAM; NO_VERSION when a dataset that it reads was never published.
 */
export function manualRun(db: Database, dag: DagRecord, params: Params): NewRun {
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
export function trigger(db: Database, id: string, params: Params, now: number): string {
  const dag = knownDag(db, id);
  return db.transaction(() => createRun(db, manualRun(db, dag, params), now), 'durable');
}

/** Asks for the end of a run; one that has not started ends here, else the scheduler does it. False: it had ended. */
export function cancelRun(db: Database, id: string, now: number): boolean {
  const { dag } = knownRun(db, id);
  const error = toErrorInfo(new RidgelineError('CANCELLED', 'run', `${dag}: the run was cancelled`));
  return db.transaction(() => {
    const run = knownRun(db, id);
    if (run.state === 'success' || run.state === 'failed') return false;
    if (run.state === 'queued') {
      // What a rerun has kept of its tasks stays as it is.
      const sql = `UPDATE tasks SET state = 'skipped', note = ?, ended_at = ? WHERE run = ? AND state = 'none'`;
      db.run(sql, error.message, now, id);
      setRunState(db, id, 'failed', { endedAt: now, error });
      queueHooks(db, run, 'onFailure', undefined, error);
    } else setCancel(db, id, error);
    return true;
  }, 'durable');
}

/**
 * Queues a new run with the inputs and parameters of an old one, in the pipeline's code of today. Its id.
 *
 * @param from keep what the tasks before this one gave, where they gave something that `gc` has not deleted, and start here
 * @param emit false: publish no new version (R13)
 * @throws {RidgelineError} UNKNOWN_RUN, UNKNOWN_TASK; RUN_NOT_ENDED.
 */
export function rerun(
  db: Database,
  of: string,
  { from, emit = true }: { from?: string | undefined; emit?: boolean | undefined },
  now: number,
): string {
  const { state, dag: id, error, ...old } = knownRun(db, of);
  if (state !== 'success' && state !== 'failed') {
    throw new RidgelineError('RUN_NOT_ENDED', 'usage', `run ${of}: it has not ended yet`, {
      remedy: `ridgeline cancel ${of}`,
    });
  }
  const dag = knownDag(db, id);
  const fresh = from === undefined ? undefined : andAfter(dag.definition, from);
  const run: NewRun = {
    dag,
    trigger: { type: 'rerun', of },
    params: resolveParams(dag.definition, knownParams(dag.definition, old.params)),
    inputs: { ...pinFor(db, dag.definition, []), ...old.inputs },
    emit,
  };
  // Skipped by the run's own end, not by a branch: they have given nothing.
  const cutOff = (it: LiveInstance): boolean => it.state === 'skipped' && it.note === error?.message;
  return db.transaction(() => {
    const created = createRun(db, run, now);
    for (const [task, instances] of fresh ? loadInstances(db, of, dag.definition) : []) {
      if (fresh!.has(task) || instances.length === 0 || !['success', 'skipped'].includes(stateOf(instances))) continue;
      if (instances.some((it) => cutOff(it) || isGivenUp(it))) continue;
      deleteInstance(db, created, task, -1);
      for (const it of instances) saveInstance(db, created, { ...it, note: `kept from run ${of}` });
    }
    return created;
  }, 'durable');
}

/**
 * Queues runs that consume an event again, with the inputs they had then (R13); marked so. Their ids.
 *
 * @param only this consumer; absent: all that had the event
 * @throws {RidgelineError} UNKNOWN_EVENT
 */
export function replay(
  db: Database,
  dataset: string,
  version: number,
  only: string | undefined,
  now: number,
): readonly string[] {
  const rows = db.all<{ dag: string; run: string | undefined; id: number; commit: number }>(
    `SELECT dag, run, id, commit_id AS "commit" FROM inbox WHERE dataset = ? AND version = ? AND dag = coalesce(?, dag) ORDER BY id`,
    dataset,
    version,
    only,
  );
  if (rows.length === 0) {
    const nobody = only === undefined ? 'no pipeline had an event of it' : `"${only}" had no event of it`;
    throw new RidgelineError('UNKNOWN_EVENT', 'usage', `${dataset}@${version}: ${nobody}`, {
      remedy: `ridgeline dataset show ${dataset}`,
    });
  }
  return db.transaction(
    () =>
      rows.map(({ dag: id, run, id: row, commit }) => {
        const dag = getDag(db, id)!;
        const before = run === undefined ? undefined : loadRun(db, run);
        const same = before?.inputs[dataset] === version ? before : undefined;
        const trigger = { type: 'replay', of: `${dataset}@${version}` } as const;
        const params = resolveParams(dag.definition, knownParams(dag.definition, same?.params ?? {}));
        const inputs = same?.inputs ?? pinFor(db, dag.definition, [{ id: row, dataset, version, commit }]);
        return createRun(db, { dag, trigger, params, inputs }, now);
      }),
    'durable',
  );
}

/** `gc` has deleted what it gave. */
function isGivenUp(it: LiveInstance): boolean {
  return it.state === 'success' && it.result === undefined;
}

/** A task and everything that depends on it. */
function andAfter({ id, tasks }: DagDefinition, from: string): ReadonlySet<string> {
  const found = new Set<string>();
  for (const task of tasks) {
    if (task.id === from || upstreamOf(task).some((each) => found.has(each))) found.add(task.id);
  }
  if (found.size > 0) return found;
  throw new RidgelineError('UNKNOWN_TASK', 'usage', `${id}: no task "${from}"`, {
    remedy: `its tasks: ${tasks.map((task) => task.id).join(', ')}`,
  });
}
