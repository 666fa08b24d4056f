import type { Dag, TaskContext } from '../../src/contracts/context.ts';
import { toErrorInfo } from '../../src/contracts/errors.ts';
import type { AttemptHooks, AttemptOutcome, AttemptRequest, Executor } from '../../src/contracts/executor.ts';
import type { ValueRef } from '../../src/contracts/log.ts';
import type { Store } from '../../src/contracts/store.ts';

/** Runs tasks in this thread, with plain JSON for values: everything of an executor but threads and tables. */
export function inProcess(store: Store, dags: () => readonly Dag[], codeHash = 'code'): Executor {
  return {
    describe: (module) =>
      Promise.resolve({
        ok: true,
        module,
        codeHash,
        dags: dags().map(({ definition }) => structuredClone(definition)),
      }),
    run: (request, hooks) => attempt(request, hooks),
    async export(value, key) {
      const body = new TextEncoder().encode(JSON.stringify(plain(value)));
      await store.put(key, body);
      return { rows: undefined, sizeBytes: body.length };
    },
    close: () => Promise.resolve(),
  };

  async function attempt(request: AttemptRequest, hooks: AttemptHooks): Promise<AttemptOutcome> {
    const { task: id } = request;
    try {
      const dag = dags().find(({ definition }) => definition.id === request.dag)!;
      const task = dag.definition.tasks.find((each) => each.id === id)!;
      const inputs = Object.fromEntries(Object.entries(request.inputs).map(([name, value]) => [name, plain(value)]));
      const line = (message: string) => hooks.onLog({ at: 0, level: 'info', message });
      const events = request.events!.map(({ value, ...event }) => ({
        ...event,
        read: () => Promise.resolve(plain(value)),
      }));
      const context = {
        ...request,
        events,
        signal: hooks.signal,
        log: { info: line },
        store,
      } as unknown as TaskContext;
      const value = await dag.functions[id]!(inputs, context, request.item);
      for (const [key, dataset] of Object.entries(task.outlets)) {
        dag.checks[dataset]?.(key === '' ? value : (value as Record<string, unknown>)[key], context);
      }
      const outlets = Object.fromEntries(
        Object.keys(task.outlets).map((key) => [
          key,
          json(key === '' ? value : (value as Record<string, unknown>)[key]),
        ]),
      );
      return { state: 'success', result: json(value), outlets };
    } catch (error) {
      return { state: 'failed', error: toErrorInfo(error), retryable: true };
    }
  }
}

function json(value: unknown): ValueRef {
  return { kind: 'json', value: value ?? null };
}

export function plain(value: ValueRef): unknown {
  if (value.kind === 'json') return value.value;
  if (value.kind === 'list') return value.items.map(plain);
  throw new Error(`a test has no ${value.kind}`);
}
