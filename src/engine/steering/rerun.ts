import { RidgelineError } from '../../contracts/errors.ts';
import { upstreamOf } from '../../authoring/index.ts';
import type { DagDefinition } from '../../contracts/definition.ts';
import { resolveParams } from '../plan/params.ts';
import { stateOf } from '../plan/tasks.ts';
import { getDag } from '../state/dag-tables.ts';
import type { Database } from '../state/database.ts';
import { pinFor } from '../state/pin.ts';
import { createRun, deleteInstance, loadInstances, loadRun, saveInstance } from '../state/run-tables.ts';
import type { LiveInstance, NewRun } from '../state/run-tables.ts';
import { viewRun } from '../state/run-views.ts';
import { unknownDag } from './unknown.ts';

/**
 * Queues a new run with the inputs and parameters of an old one, in the pipeline's code of today. Its id.
 *
 * @param from keep what the tasks before this one gave, where they gave something, and start here
 * @param emit false: publish no new version (R13)
 * @throws {RidgelineError} UNKNOWN_RUN, UNKNOWN_TASK; RUN_NOT_ENDED.
 */
export function rerun(
  db: Database,
  of: string,
  { from, emit = true }: { from?: string | undefined; emit?: boolean | undefined },
  now: number,
): string {
  const { state, dag: id, error } = viewRun(db, of);
  const old = loadRun(db, of)!;
  if (state === 'queued' || state === 'running') {
    throw new RidgelineError('RUN_NOT_ENDED', 'usage', `run ${of}: it has not ended yet`, {
      remedy: `ridgeline cancel ${of}`,
    });
  }
  const dag = getDag(db, id);
  if (!dag || dag.removed) throw unknownDag(db, id);
  const fresh = from === undefined ? undefined : andAfter(dag.definition, from);
  const run: NewRun = {
    dag,
    trigger: { type: 'rerun', of },
    params: resolveParams(dag.definition, pickKnown(dag.definition, old.params)),
    inputs: { ...pinFor(db, dag.definition, []), ...old.inputs },
    emit,
  };
  // Skipped by the run's own end, not by a branch: they have given nothing.
  const cutOff = (it: LiveInstance): boolean => it.state === 'skipped' && it.note === error?.message;
  return db.transaction(() => {
    const created = createRun(db, run, now);
    for (const [task, instances] of fresh ? loadInstances(db, of, dag.definition) : []) {
      if (fresh!.has(task) || instances.length === 0 || !['success', 'skipped'].includes(stateOf(instances))) continue;
      if (instances.some(cutOff)) continue;
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
        const params = resolveParams(dag.definition, pickKnown(dag.definition, same?.params ?? {}));
        const inputs = same?.inputs ?? pinFor(db, dag.definition, [{ id: row, dataset, version, commit }]);
        return createRun(db, { dag, trigger, params, inputs }, now);
      }),
    'durable',
  );
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

function pickKnown(
  { params }: DagDefinition,
  given: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(given).filter(([name]) => Object.hasOwn(params, name)));
}
