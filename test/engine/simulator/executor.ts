import type { AttemptOutcome, AttemptRequest, Executor } from '../../../src/contracts/executor.ts';
import type { ValueRef } from '../../../src/contracts/log.ts';
import { RidgelineError, toErrorInfo } from '../../../src/contracts/errors.ts';
import type { Store } from '../../../src/contracts/store.ts';
import type { Process } from './process.ts';
import { hash } from './random.ts';
import type { SimHome } from './sim-home.ts';

/** How often a task's own code fails in a run before it succeeds: the script that the model knows too. */
export function failuresOf(seed: number, run: string, task: string, mapIndex: number): number {
  const drawn = hash(seed, 'failures', run, task, mapIndex);
  return drawn < 0.85 ? 0 : Math.floor((drawn - 0.85) * 20) + 1;
}

export function choiceOf(seed: number, run: string): string {
  return hash(seed, 'choice', run) < 0.6 ? 'left' : 'right';
}

/** The list that the task `list` returns. */
export function listOf(seed: number, run: string): readonly number[] {
  return Array.from({ length: Math.floor(hash(seed, 'list', run) * 4) }, (_, i) => i);
}

/** Attempts as a thread would make them: they take time, fail as scripted, and put what they return in the store. */
export function simExecutor(seed: number, process: Process, store: Store, home: SimHome): Executor {
  const stamp = (): string => `${home.known} ${home.broken}`;
  return {
    describe: (module) => {
      const files = { m: stamp() };
      if (home.broken) return Promise.resolve({ ok: false, module, error: toErrorInfo(brokenFile()), files });
      const dags = home.pipelines.slice(0, home.known);
      return Promise.resolve({ ok: true, module, codeHash: 'code', dags, files });
    },
    isCurrent: ({ files }) => files!['m'] === stamp(),
    async run(request, { signal }): Promise<AttemptOutcome> {
      if (home.broken) return { state: 'failed', error: toErrorInfo(brokenFile()), retryable: false, loaded: false };
      home.attempts.push(request);
      process.effect();
      home.working.add(request);
      const outcome = await perform(request, signal);
      home.working.delete(request);
      return outcome;
    },
    async hook(request) {
      process.effect();
      home.calls.push(request);
      await process.wait(process.random.below(100));
      return process.random.chance(0.1) ? toErrorInfo(new Error('sim: the hook failed')) : undefined;
    },
    async export(value, key) {
      const body = new TextEncoder().encode(JSON.stringify(value));
      await store.put(key, body);
      return { rows: undefined, sizeBytes: body.length };
    },
    close: () => Promise.resolve(),
  };

  async function perform(request: AttemptRequest, signal: AbortSignal): Promise<AttemptOutcome> {
    await process.wait(process.random.below(200));
    if (signal.aborted && process.random.chance(0.5)) return failed('ABORTED');
    const [{ failures }] = home.file.all<{ failures: number }>(
      'SELECT failures FROM tasks WHERE run = ? AND task = ? AND map_index = ?',
      request.run,
      request.task,
      request.mapIndex,
    ) as [{ failures: number }];
    if (failures < failuresOf(seed, request.run, request.task, request.mapIndex)) return failed('SCRIPTED');
    for (const input of Object.values(request.inputs)) await home.checkInput(input);
    let result: ValueRef;
    try {
      result = await valueOf(seed, store, request);
    } catch (error) {
      return { state: 'failed', error: toErrorInfo(error), retryable: true };
    }
    return { state: 'success', result, outlets: { '': result, a: result, b: result } };
  }
}

/** An object under its content's hash, as it were: what is there already is not written again. */
async function valueOf(seed: number, store: Store, { run, task }: AttemptRequest): Promise<ValueRef> {
  if (task === 'way') return { kind: 'json', value: choiceOf(seed, run) };
  if (task === 'list') return { kind: 'json', value: listOf(seed, run) };
  const sha256 = hash(seed, run, task) < 0.3 ? 'same' : `${run}-${task}`;
  const key = `objects/${sha256}`;
  if ((await store.head(key)) === undefined) await store.put(key, new TextEncoder().encode(sha256));
  return { kind: 'file', key, sizeBytes: sha256.length, sha256 };
}

function brokenFile(): RidgelineError {
  return new RidgelineError('MODULE_BROKEN', 'usage', 'sim: the module is broken');
}

function failed(code: string): AttemptOutcome {
  return { state: 'failed', error: toErrorInfo(new RidgelineError(code, 'run', `sim: ${code}`)), retryable: true };
}
