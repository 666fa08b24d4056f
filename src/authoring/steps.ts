import type { Hooks, TaskFunction } from '../contracts/context.ts';
import type { InputDefinition, TaskDefinition } from '../contracts/definition.ts';
import { RidgelineError } from '../contracts/errors.ts';
import type { Dataset } from './dataset.ts';
import { hookNames } from './hooks.ts';
import { checkName, claimName } from './names.ts';
import type { BranchRef, Builder, Inputs, MapOptions, TaskOptions, TaskRef } from './task.ts';

type AnyOptions = TaskOptions<Inputs, Dataset<unknown> | undefined, Record<string, Dataset<unknown>> | undefined> &
  MapOptions<Inputs>;
type AnyFunction = (...args: readonly unknown[]) => unknown;

interface Steps {
  readonly tasks: readonly TaskDefinition[];
  readonly functions: Readonly<Record<string, TaskFunction>>;
  /** By task, of those that have any. */
  readonly hooks: Readonly<Record<string, Hooks>>;
  /** Inputs and outlets, with repeats. */
  readonly datasets: readonly Dataset<unknown>[];
}

/** Runs a DAG's `build` and collects what it declares. Tasks come in an order that respects dependencies. */
export function collectSteps(dag: string, build: (builder: Builder<never>) => unknown): Steps {
  const tasks: TaskDefinition[] = [];
  const functions: Record<string, TaskFunction> = {};
  const hooks: Record<string, Hooks> = {};
  const datasets: Dataset<unknown>[] = [];
  const taken = new Map<string, string>();
  const owners = new Map<string, string>();
  const skippable = new Set<string>();
  const refs = new WeakMap<object, TaskDefinition>();

  function refuse(task: string, message: string, remedy: string): never {
    throw new RidgelineError('BAD_TASK', 'usage', `dag "${dag}", task "${task}": ${message}`, { remedy });
  }

  /** Of this very DAG: a task elsewhere may have the same id. */
  function known(task: string, ref: object, id: string): string {
    if (!refs.has(ref)) refuse(task, `"${id}" is no task of this dag`, 'hand on data between dags by a dataset');
    return id;
  }

  function own(what: 'outlet' | 'export', name: string, task: string, remedy: string): void {
    const other = owners.get(`${what} ${name}`);
    if (other !== undefined) refuse(task, `"${name}" is the ${what} of "${other}" already`, remedy);
    owners.set(`${what} ${name}`, task);
  }

  function checkExport(task: string, key: string): void {
    const parts = key.split('/');
    const plain = parts.every((part) => part !== '' && part !== '.' && part !== '..');
    const isOurs = /^(_|objects$)/i.test(parts[0]!); // there `gc` deletes
    if (plain && !isOurs && /[^/]\.[A-Za-z0-9]{1,10}$/.test(key)) return;
    refuse(task, `cannot export to ${JSON.stringify(key)}`, 'export to a key with an extension, such as data/name.csv');
  }

  function toInput(task: string, name: string, input: Inputs[string]): InputDefinition {
    if (input?.type === 'dataset') {
      datasets.push(input);
      return { type: 'dataset', dataset: input.name };
    }
    if (input?.type !== 'task' && input?.type !== 'optional') {
      refuse(task, `input "${name}" is neither a task nor a dataset`, 'hand on what task(…) or dataset(…) returned');
    }
    return { type: 'task', task: known(task, input, input.id), optional: input.type === 'optional' };
  }

  function addStep(
    id: string,
    kind: TaskDefinition['kind'],
    options: AnyOptions,
    run: unknown,
    over?: TaskDefinition['over'],
  ): TaskRef<unknown> {
    if (typeof run !== 'function') refuse(id, 'its function is missing', 'the function comes last');
    claimName(taken, `dag "${dag}": task`, id);
    const inputs = Object.fromEntries(
      Object.entries(options.inputs ?? {}).map(([name, input]) => [name, toInput(id, name, input)]),
    );
    const published = options.outlets ?? (options.outlet ? { '': options.outlet } : {});
    datasets.push(...Object.values(published));
    for (const { name } of Object.values(published)) own('outlet', name, id, 'publish it from one task');
    if (options.export !== undefined) {
      checkExport(id, options.export);
      own('export', options.export, id, 'choose another key');
    }
    for (const [name, from, least] of [
      ['retries', options.retries, 0],
      ['retryDelayMs', options.retryDelayMs, 0],
      ['maxRetryDelayMs', options.maxRetryDelayMs, 0],
      ['timeoutMs', options.timeoutMs, 1],
      ['concurrency', options.concurrency, 1],
    ] as const) {
      if (from === undefined || (Number.isInteger(from) && from >= least)) continue;
      refuse(id, `${name} is a whole number from ${least}, got ${from}`, `correct ${name}`);
    }

    const { when } = options;
    const names = hookNames(`dag "${dag}", task "${id}"`, options);
    if (names.length > 0) hooks[id] = options;
    const task: TaskDefinition = {
      id,
      kind,
      inputs,
      after: (options.after ?? []).map((ref) => known(id, ref, ref.id)),
      outlets: Object.fromEntries(Object.entries(published).map(([key, each]) => [key, each.name])),
      ...(options.export !== undefined && { export: options.export }),
      ...(when && { when: { branch: known(id, when, when.branch), choice: when.choice } }),
      ...(over && { over }),
      ...(options.concurrency !== undefined && { concurrency: options.concurrency }),
      triggerRule: options.triggerRule ?? 'all_success',
      retries: options.retries ?? 0,
      retryDelayMs: options.retryDelayMs ?? 1000,
      maxRetryDelayMs: options.maxRetryDelayMs ?? 600_000,
      ...(options.timeoutMs !== undefined && { timeoutMs: options.timeoutMs }),
      slots: options.slots ?? [],
      ...(names.length > 0 && { hooks: names }),
    };
    checkOptionals(task);
    tasks.push(task);
    functions[id] = run as TaskFunction;
    return makeRef(task);
  }

  /** A function must not meet `undefined` where its types promise a value. */
  function checkOptionals(task: TaskDefinition): void {
    const upstream = upstreamOf(task);
    if (task.when || (task.triggerRule === 'all_success' && upstream.some((id) => skippable.has(id))))
      skippable.add(task.id);
    if (task.triggerRule === 'all_success') return;
    const lenient = task.triggerRule === 'all_done' || task.triggerRule === 'one_failed';
    for (const [name, input] of Object.entries(task.inputs)) {
      if (input.type !== 'task' || input.optional || !(lenient || skippable.has(input.task))) continue;
      const why = `because "${input.task}" can be ${lenient ? 'failed' : 'skipped'}`;
      const message = `under ${task.triggerRule} its input "${name}" may have no value, ${why}`;
      refuse(task.id, message, `write ${name}: ….optional()`);
    }
  }

  function makeRef(task: TaskDefinition): TaskRef<unknown> {
    const ref: TaskRef<unknown> & Pick<BranchRef<string>, 'is'> = {
      type: 'task',
      id: task.id,
      optional: () => keep({ type: 'optional', id: task.id }),
      is: (choice) => keep({ type: 'condition', branch: task.id, choice }),
    };
    function keep<R extends object>(made: R): R {
      refs.set(made, task);
      return made;
    }
    return keep(ref);
  }

  function builderFor(prefix: string): Builder<never> {
    function nameOf(what: string, id: string): string {
      checkName(`dag "${dag}": ${what}`, id);
      return prefix + id;
    }
    const builder = {
      task: (id: string, ...rest: readonly unknown[]) => addStep(nameOf('task', id), 'task', ...split(rest)),
      branch: (id: string, ...rest: readonly unknown[]) => addStep(nameOf('task', id), 'branch', ...split(rest)),
      map: (id: string, over: readonly unknown[] | TaskRef<readonly unknown[]>, ...rest: readonly unknown[]) => {
        const full = nameOf('task', id);
        const [options, run] = split(rest);
        const body: TaskFunction = (inputs, context, item) => (run as AnyFunction)(item, inputs, context);
        const list = 'type' in over ? { task: known(full, over, over.id) } : { items: over };
        return addStep(full, 'map', options, typeof run === 'function' ? body : undefined, list);
      },
      group: (id: string, build: (builder: Builder<never>) => unknown) => {
        const full = nameOf('group', id);
        claimName(taken, `dag "${dag}": group`, full);
        return build(builderFor(`${full}.`));
      },
    };
    return builder as unknown as Builder<never>;
  }

  build(builderFor(''));
  return { tasks, functions, hooks, datasets };
}

/** Ids of the tasks whose states decide whether this one runs. */
export function upstreamOf(task: TaskDefinition): readonly string[] {
  const ids = Object.values(task.inputs).flatMap((input) => (input.type === 'task' ? [input.task] : []));
  if (task.when) ids.push(task.when.branch);
  if (task.over && 'task' in task.over) ids.push(task.over.task);
  return [...new Set([...ids, ...task.after])];
}

function split(rest: readonly unknown[]): [options: AnyOptions, run: unknown] {
  return rest.length > 1 ? [rest[0] as AnyOptions, rest[1]] : [{}, rest[0]];
}
