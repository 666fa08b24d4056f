import { RidgelineError } from '../../contracts/errors.ts';
import type { TaskDefinition } from '../../contracts/definition.ts';
import type { AttemptRequest } from '../../contracts/executor.ts';
import type { ValueRef } from '../../contracts/log.ts';
import { listOf, resultOf } from '../plan/tasks.ts';
import { viewVersion } from '../state/dataset-views.ts';
import { getVersion } from '../state/log-tables.ts';
import { consumedRows } from '../state/inbox-tables.ts';
import type { Database } from '../state/database.ts';
import { loadRun, type LiveInstance, type RunRecord } from '../state/run-tables.ts';

/**
 * Everything a thread needs for one attempt: values by reference, versions as pinned when the run was created (R5).
 *
 * @throws {RidgelineError} MISSING_INPUT when an input that is not optional has no value; VERSION_REMOVED.
 */
export function toRequest(
  db: Database,
  run: RunRecord,
  instances: ReadonlyMap<string, readonly LiveInstance[]>,
  task: TaskDefinition,
  it: LiveInstance,
): AttemptRequest {
  const pinned: Record<string, { version: number; sha256: string }> = {};
  const versions: Record<string, ValueRef> = {};
  for (const [name, version] of Object.entries(run.inputs)) {
    const { sha256, value } = viewVersion(db, name, version);
    pinned[name] = { version, sha256 };
    versions[name] = value;
  }

  const inputs: Record<string, ValueRef> = {};
  for (const [name, input] of Object.entries(task.inputs)) {
    const value = input.type === 'dataset' ? versions[input.dataset] : resultOf(instances.get(input.task)!);
    if (value !== undefined) inputs[name] = value;
    else if (input.type === 'dataset' || !input.optional) {
      const [missing, remedy] =
        input.type === 'dataset'
          ? [`dataset "${input.dataset}" has no version yet`, 'run the pipeline that publishes it']
          : [`"${input.task}" gave none`, `write ${name}: ….optional()`];
      const message = `${run.dag}.${task.id}: input "${name}" has no value: ${missing}`;
      throw new RidgelineError('MISSING_INPUT', 'usage', message, { remedy });
    }
  }
  return {
    module: run.module,
    dag: run.dag,
    run: run.id,
    task: task.id,
    mapIndex: it.mapIndex,
    attempt: it.attempt,
    inputs,
    ...(it.mapIndex >= 0 && { item: listOf(task, instances)![it.mapIndex] }),
    params: run.params,
    pinned,
    events: consumedBy(db, run),
    ...(task.timeoutMs !== undefined && { timeoutMs: task.timeoutMs }),
  };
}

/** Of a rerun: what the run that it repeats consumed; of a replay: the event replayed. */
function consumedBy(db: Database, { id, trigger }: RunRecord): NonNullable<AttemptRequest['events']> {
  if (trigger.type === 'rerun') return consumedBy(db, loadRun(db, trigger.of)!);
  const [, dataset = '', version] = /(.+)@(\d+)$/.exec(trigger.type === 'replay' ? trigger.of : '') ?? [];
  const events = version === undefined ? consumedRows(db, id) : [{ dataset, version: Number(version) }];
  return events.map((event) => ({ ...event, value: getVersion(db, event.dataset, event.version)!.value }));
}
