import type { Dag, TaskContext } from '../../contracts/context.ts';
import type { TaskDefinition } from '../../contracts/definition.ts';
import { RidgelineError } from '../../contracts/errors.ts';
import type { AttemptOutcome, AttemptRequest } from '../../contracts/executor.ts';
import type { ValueRef } from '../../contracts/log.ts';
import type { DatasetVersionRef } from '../../contracts/model.ts';
import type { Store } from '../../contracts/store.ts';
import { refusedBy } from './refused-by.ts';
import { readValue } from './value-read.ts';
import { writeValue } from './value-write.ts';

/** Where a task runs: what it reads and writes through, and what its function is told. */
export interface TaskSurroundings {
  readonly store: Store;
  /** Existing folder for files on their way to the store. */
  readonly scratchDir: string;
  readonly context: TaskContext;
  /** User code is about to run. */
  onStart?(): void;
}

/**
 * Runs a task's function: inputs from the store, its result into the store, the checks of what it publishes (R2). The
 * one place that does, in a thread or in a test.
 */
export async function runTask(dag: Dag, request: AttemptRequest, around: TaskSurroundings): Promise<AttemptOutcome> {
  const { store, scratchDir, context } = around;
  const { signal } = context;
  const { definition, run } = findTask(dag, request);
  const inputs = await readInputs(request, store);
  around.onStart?.();
  const value = await run(inputs, context, request.item);
  signal.throwIfAborted();

  const subject = `task "${request.task}"`;
  const result = await writeValue(value, {
    store,
    scratchDir,
    subject,
    lineage: trainedOn(definition, request),
    signal,
  });
  const outlets = pickOutlets(definition, result);
  for (const [name, outlet] of Object.entries(outlets)) {
    const dataset = definition.outlets[name] ?? '';
    const check = dag.checks[dataset];
    if (check === undefined) continue;
    const stored = await readValue(outlet, store);
    try {
      await check(stored, context);
    } catch (error) {
      throw signal.aborted || RidgelineError.is(error) ? error : refusedBy('run', '', dataset, error); // the next attempt may return something else
    }
  }
  return { state: 'success', result, outlets };
}

function findTask(dag: Dag, { task }: AttemptRequest): { definition: TaskDefinition; run: Dag['functions'][string] } {
  const definition = dag.definition.tasks.find(({ id }) => id === task);
  const run = dag.functions[task];
  if (definition === undefined || run === undefined)
    throw new RidgelineError('UNKNOWN_TASK', 'usage', `dag "${dag.definition.id}": it has no task "${task}" any more`, {
      remedy: 'it was edited while the run was under way: start a new run',
    });
  return { definition, run };
}

async function readInputs(request: AttemptRequest, store: Store): Promise<Record<string, unknown>> {
  const read = Object.entries(request.inputs).map(async ([name, ref]) => [name, await readValue(ref, store)]);
  return Object.fromEntries(await Promise.all(read)) as Record<string, unknown>;
}

/** The version of the first dataset among the task's inputs: what a model it returns was fitted on. */
function trainedOn(definition: TaskDefinition, { pinned }: AttemptRequest): DatasetVersionRef | undefined {
  const [input] = Object.values(definition.inputs).filter((each) => each.type === 'dataset');
  if (input === undefined) return undefined;
  const version = pinned[input.dataset];
  return version && { name: input.dataset, ...version };
}

function pickOutlets({ id, outlets }: TaskDefinition, result: ValueRef): Record<string, ValueRef> {
  const picked = Object.keys(outlets).map((name): [string, ValueRef] => {
    const value = name === '' ? result : fieldOf(result, name);
    if (value !== undefined) return [name, value];
    throw new RidgelineError('BAD_RESULT', 'usage', `task "${id}": expected a record with "${name}" for its outlet`, {
      remedy: `return { ${Object.keys(outlets).join(', ')} }`,
    });
  });
  return Object.fromEntries(picked);
}

function fieldOf(result: ValueRef, name: string): ValueRef | undefined {
  if (result.kind === 'record') return result.fields[name];
  if (result.kind !== 'json') return undefined;
  const value = (result.value as Record<string, unknown> | null)?.[name];
  return value === undefined ? undefined : { kind: 'json', value };
}
