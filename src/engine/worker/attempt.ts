import type { MessagePort } from 'node:worker_threads';
import type { Dag, TaskContext } from '../../contracts/context.ts';
import type { TaskDefinition } from '../../contracts/definition.ts';
import { RidgelineError } from '../../contracts/errors.ts';
import type { AttemptOutcome, AttemptRequest } from '../../contracts/executor.ts';
import type { ValueRef } from '../../contracts/log.ts';
import type { DatasetVersionRef } from '../../contracts/model.ts';
import { threadServices } from '../../contracts/ports.ts';
import type { Store } from '../../contracts/store.ts';
import { LinkedFanout } from './fanout.ts';
import type { FromTask, ToTask } from '../pool/messages.ts';
import { setLogSink, writeLog } from './thread-output.ts';
import { settings, threadStore } from './thread-store.ts';
import { readValue } from './value-read.ts';
import { writeValue } from './value-write.ts';

/** Runs one attempt: inputs from the store, the task's function, its result into the store. */
export async function runAttempt(dag: Dag, request: AttemptRequest, link: MessagePort): Promise<AttemptOutcome> {
  const { definition, run } = findTask(dag, request);
  const store = await threadStore();
  const stop = new AbortController();
  const kernels = new LinkedFanout(link, settings.kernelThreads);
  link.on('message', (message: ToTask) => {
    if (message.type === 'abort') stop.abort(RidgelineError.fromInfo(message.error));
    else kernels.receive(message);
  });
  setLogSink((line) => link.postMessage({ type: 'log', line } satisfies FromTask));
  threadServices().kernels = kernels;
  try {
    const context = createContext(request, store, stop.signal, kernels, link);
    const inputs = await readInputs(request, store);
    link.postMessage({ type: 'started' } satisfies FromTask);
    const value = await run(inputs, context, request.item);
    stop.signal.throwIfAborted();

    const { scratchDir } = settings;
    const subject = `task "${request.task}"`;
    const lineage = trainedOn(definition, request);
    const result = await writeValue(value, { store, scratchDir, subject, lineage, signal: stop.signal });
    const outlets = pickOutlets(definition, result);
    for (const [name, outlet] of Object.entries(outlets)) {
      const check = dag.checks[definition.outlets[name] ?? ''];
      if (check !== undefined) await check(await readValue(outlet, store), context);
    }
    return { state: 'success', result, outlets };
  } finally {
    setLogSink(undefined);
    delete threadServices().kernels;
    link.removeAllListeners('message');
  }
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

function createContext(
  request: AttemptRequest,
  store: Store,
  signal: AbortSignal,
  kernels: LinkedFanout,
  link: MessagePort,
): TaskContext {
  const { run, dag, task, mapIndex, attempt, params, pinned } = request;
  const progress = (step: string, done: number, total?: number): void =>
    link.postMessage({ type: 'progress', step, done, total } satisfies FromTask);
  return {
    run,
    dag,
    task,
    mapIndex,
    attempt,
    params,
    pinned,
    signal,
    store,
    kernels,
    progress,
    log: {
      debug: (message) => writeLog('debug', message),
      info: (message) => writeLog('info', message),
      warn: (message) => writeLog('warn', message),
      error: (message) => writeLog('error', message),
    },
    sources: {
      policy: settings.source.policy,
      async fetch(file) {
        const { fetchSource } = await import('../../data/source/index.ts');
        const { policy, cacheDir, dataDir } = settings.source;
        const onProgress = (done: number, total: number | undefined): void =>
          progress(`download ${file.name}`, done, total);
        return fetchSource(file, { policy, cacheDir, ...(dataDir !== undefined && { dataDir }), signal, onProgress });
      },
    },
  };
}

async function readInputs(request: AttemptRequest, store: Store): Promise<Record<string, unknown>> {
  const read = Object.entries(request.inputs).map(async ([name, ref]) => [name, await readValue(ref, store)]);
  return Object.fromEntries(await Promise.all(read)) as Record<string, unknown>;
}

/** The one dataset version among the task's inputs; with several of them, a model's own word is all there is. */
function trainedOn(definition: TaskDefinition, { pinned }: AttemptRequest): DatasetVersionRef | undefined {
  const names = Object.values(definition.inputs).flatMap((input) => (input.type === 'dataset' ? [input.dataset] : []));
  const version = names.length === 1 ? pinned[names[0]!] : undefined;
  return version === undefined ? undefined : { name: names[0]!, ...version };
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
