import type { AttemptOutcome, AttemptRequest, Executor } from '../../../src/contracts/executor.ts';
import type { DagDefinition } from '../../../src/contracts/definition.ts';
import { RidgelineError, toErrorInfo } from '../../../src/contracts/errors.ts';
import type { Store } from '../../../src/contracts/store.ts';
import type { HomeFile, Process } from './process.ts';
import { hash } from './random.ts';

/** How often a task's own code fails in a run before it succeeds: the script that the model knows too. */
export function failuresOf(seed: number, run: string, task: string, mapIndex: number): number {
  const drawn = hash(seed, 'failures', run, task, mapIndex);
  return drawn < 0.85 ? 0 : Math.floor((drawn - 0.85) * 20) + 1;
}

export function choiceOf(seed: number, run: string): string {
  return hash(seed, 'choice', run) < 0.6 ? 'left' : 'right';
}

/** Attempts as a thread would make them: they take time, fail as scripted, and put what they return in the store. */
export function simExecutor(
  seed: number,
  process: Process,
  store: Store,
  file: HomeFile,
  modules: () => readonly DagDefinition[] | undefined,
  onAttempt: (request: AttemptRequest) => void,
): Executor {
  return {
    describe: (module) => {
      const dags = modules();
      if (dags) return Promise.resolve({ ok: true, module, codeHash: 'code', dags });
      const error = toErrorInfo(new RidgelineError('MODULE_BROKEN', 'usage', 'sim: the module is broken'));
      return Promise.resolve({ ok: false, module, error });
    },
    async run(request, { signal }): Promise<AttemptOutcome> {
      onAttempt(request);
      process.effect();
      await process.wait(process.random.below(200));
      if (signal.aborted && process.random.chance(0.5)) return failed('ABORTED');
      const recorded = file.db
        .prepare('SELECT failures FROM tasks WHERE run = ? AND task = ? AND map_index = ?')
        .get(request.run, request.task, request.mapIndex)!['failures'];
      if (Number(recorded) < failuresOf(seed, request.run, request.task, request.mapIndex)) return failed('SCRIPTED');
      const value =
        request.task === 'way'
          ? choiceOf(seed, request.run)
          : { from: hash(seed, request.run, request.task) < 0.3 ? 'same' : `${request.run} ${request.task}` };
      try {
        await store.put(`objects/${request.run}-${request.task}.json`, new TextEncoder().encode(JSON.stringify(value)));
      } catch (error) {
        return { state: 'failed', error: toErrorInfo(error), retryable: true };
      }
      return { state: 'success', result: { kind: 'json', value }, outlets: { '': { kind: 'json', value } } };
    },
    async export(value, key) {
      const body = new TextEncoder().encode(JSON.stringify(value));
      await store.put(key, body);
      return { rows: undefined, sizeBytes: body.length };
    },
    close: () => Promise.resolve(),
  };
}

function failed(code: string): AttemptOutcome {
  return { state: 'failed', error: toErrorInfo(new RidgelineError(code, 'run', `sim: ${code}`)), retryable: true };
}
