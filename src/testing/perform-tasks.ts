import type { Dag, TaskContext } from '../contracts/context.ts';
import type { HookName, TaskDefinition } from '../contracts/definition.ts';
import { RidgelineError, toErrorInfo } from '../contracts/errors.ts';
import type { LogLine } from '../contracts/executor.ts';
import type { ValueRef } from '../contracts/log.ts';
import type { Store } from '../contracts/store.ts';
import { fetchSource } from '../data/source/index.ts';
import { retryDelayMs } from '../engine/plan/retry.ts';
import { listOf, planTasks, resultOf, stateOf } from '../engine/plan/tasks.ts';
import type { InstanceState } from '../engine/plan/tasks.ts';
import { exportValue } from '../engine/worker/export-value.ts';
import { runTask } from '../engine/worker/run-task.ts';
import { openTracking } from '../tracking/local-tracking.ts';

export interface PerformedTask {
  readonly state: 'success' | 'failed' | 'skipped' | 'upstream_failed';
  /** Of all instances together, for a mapped task. */
  readonly attempts: number;
  /** Why it did not run. */
  readonly note: string | undefined;
  /** What it threw, as it was thrown. */
  readonly error: unknown;
}

export interface Surroundings {
  readonly run: string;
  readonly store: Store;
  readonly scratchDir: string;
  readonly signal: AbortSignal;
  /** By dataset. */
  readonly inputs: Readonly<Record<string, ValueRef>>;
  readonly pinned: TaskContext['pinned'];
  readonly params: Readonly<Record<string, unknown>>;
  readonly dataDir: string | undefined;
}

interface Performed {
  readonly tasks: Readonly<Record<string, PerformedTask>>;
  /** By task. */
  readonly results: Readonly<Record<string, ValueRef>>;
  /** By dataset. */
  readonly published: Readonly<Record<string, ValueRef>>;
  readonly logs: readonly (LogLine & { readonly task: string })[];
}

interface Instance {
  readonly task: string;
  readonly mapIndex: number;
  state: InstanceState;
  attempts: number;
  readyAt?: number;
  result?: ValueRef;
  note?: string;
  error?: unknown;
}

/** Follows the runner's own decisions to the end, on a clock that is always as late as the next retry needs it. */
export async function performTasks(dag: Dag, around: Surroundings): Promise<Performed> {
  const { definition } = dag;
  const instances = new Map(definition.tasks.map(({ id }) => [id, [begin(id, -1)]]));
  const published: Record<string, ValueRef> = {};
  const logs: (LogLine & { task: string })[] = [];
  let now = 0;

  for (;;) {
    const decisions = planTasks(definition, instances, now);
    if (decisions.length === 0) {
      const waiting = [...instances.values()]
        .flat()
        .flatMap((it) => (it.state === 'up_for_retry' ? [it.readyAt!] : []));
      if (waiting.length === 0) break;
      now = Math.min(...waiting);
    }
    for (const decision of decisions) {
      const own = instances.get(decision.task)!;
      if (decision.do === 'settle') {
        Object.assign(own[0]!, settled(decision));
        if (decision.state === 'failed') await tell('onFailure', own[0]!);
      } else if (decision.do === 'start') await perform(own.find(({ mapIndex }) => mapIndex === decision.mapIndex)!);
      else if (decision.count === 0) Object.assign(own[0]!, { state: 'success', result: { kind: 'json', value: [] } });
      else own.splice(0, 1, ...Array.from({ length: decision.count }, (_, index) => begin(decision.task, index)));
    }
  }

  const failed = [...instances.values()].flat().find(({ state }) => state === 'failed');
  await tell(failed ? 'onFailure' : 'onSuccess', undefined, failed?.error);

  const results = definition.tasks.flatMap((task) => {
    const result = resultOf(instances.get(task.id)!);
    return result === undefined ? [] : [[task.id, result] as const];
  });
  return {
    tasks: Object.fromEntries([...instances].map(([id, own]) => [id, summarise(own)])),
    results: Object.fromEntries(results),
    published,
    logs,
  };

  async function perform(it: Instance): Promise<void> {
    const task = definition.tasks.find(({ id }) => id === it.task)!;
    it.attempts++;
    const { run, params, pinned, store, scratchDir } = around;
    const request = {
      module: { name: definition.id, url: 'memory:' },
      dag: definition.id,
      run,
      task: task.id,
      mapIndex: it.mapIndex,
      attempt: it.attempts,
      inputs: inputsOf(task),
      ...(it.mapIndex >= 0 && { item: listOf(task, instances)![it.mapIndex] }),
      params,
      pinned,
    };
    const context = createContext(request, around, logTo(task.id));
    try {
      const outcome = await runTask(dag, request, { store, scratchDir, context });
      if (outcome.state === 'failed') throw RidgelineError.fromInfo(outcome.error);
      it.result = outcome.result;
      it.state = 'success';
      for (const [key, ref] of Object.entries(outcome.outlets)) published[task.outlets[key]!] = ref;
      if (task.export !== undefined) await exportValue(outcome.result, task.export, store, scratchDir);
    } catch (error) {
      const { kind } = toErrorInfo(error);
      const delay = kind === 'run' || kind === 'store' ? retryDelayMs(task, it.attempts, 0) : undefined;
      it.error = error;
      it.state = delay === undefined ? 'failed' : 'up_for_retry';
      if (delay !== undefined) it.readyAt = now + delay;
    }
    await tell(it.state === 'success' ? 'onSuccess' : it.state === 'failed' ? 'onFailure' : 'onRetry', it);
  }

  /** Calls the hooks as the runner would; one that fails changes nothing. */
  async function tell(hook: HookName, it?: Instance, thrown = it?.error): Promise<void> {
    const { run, params, signal } = around;
    const about = it && { task: it.task, mapIndex: it.mapIndex, attempt: it.attempts };
    const error = hook === 'onSuccess' ? undefined : toErrorInfo(thrown);
    const log = logTo(it?.task ?? '');
    for (const hooks of [it && dag.hooks[it.task], it && hook !== 'onRetry' ? undefined : dag.hooks['']]) {
      try {
        const trigger = { type: 'manual' } as const;
        const base = { hook, run, dag: definition.id, trigger, params, signal, log };
        await hooks?.[hook]?.({ ...base, ...about, ...(error && { error }) });
      } catch (broken) {
        log.error(`hook ${hook} failed: ${toErrorInfo(broken).message}`);
      }
    }
  }

  function logTo(task: string): TaskContext['log'] {
    const write = (level: LogLine['level']) => (message: string) => void logs.push({ task, at: now, level, message });
    return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  }

  function inputsOf(task: TaskDefinition): Record<string, ValueRef> {
    const found: Record<string, ValueRef> = {};
    for (const [name, input] of Object.entries(task.inputs)) {
      const ref = input.type === 'dataset' ? around.inputs[input.dataset] : resultOf(instances.get(input.task)!);
      if (ref !== undefined) found[name] = ref;
    }
    return found;
  }
}

function begin(task: string, mapIndex: number): Instance {
  return { task, mapIndex, state: 'none', attempts: 0 };
}

function settled({ state, note }: { state: InstanceState; note: string }): Partial<Instance> {
  return { state, note, ...(state === 'failed' && { error: new RidgelineError('BAD_RESULT', 'usage', note) }) };
}

function summarise(own: readonly Instance[]): PerformedTask {
  return {
    state: stateOf(own) as PerformedTask['state'],
    attempts: own.reduce((sum, it) => sum + it.attempts, 0),
    note: own.find(({ note }) => note !== undefined)?.note,
    error: own.find(({ state }) => state === 'failed')?.error,
  };
}

function createContext(
  request: Pick<TaskContext, 'run' | 'dag' | 'task' | 'mapIndex' | 'attempt' | 'params' | 'pinned'>,
  { store, signal, scratchDir, dataDir }: Surroundings,
  log: TaskContext['log'],
): TaskContext {
  const { run, dag, task, mapIndex, attempt, params, pinned } = request;
  const policy = dataDir === undefined ? 'synthetic' : 'file';
  return {
    run,
    dag,
    task,
    mapIndex,
    attempt,
    params,
    pinned,
    events: [],
    signal,
    store,
    kernels: undefined,
    progress: () => {},
    createBucket: (name) => store.create(`_buckets/${name}`, new Uint8Array()),
    tracking: openTracking(store, { ...request, signal, owner: 'test', experiment: 'Default' }),
    log,
    sources: {
      policy,
      fetch: (file) =>
        fetchSource(file, { policy, cacheDir: scratchDir, signal, ...(dataDir !== undefined && { dataDir }) }),
    },
  };
}
