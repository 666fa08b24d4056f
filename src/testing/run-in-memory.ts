import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dag } from '../contracts/context.ts';
import { RidgelineError } from '../contracts/errors.ts';
import type { LogLine } from '../contracts/executor.ts';
import type { ValueRef } from '../contracts/log.ts';
import type { Store } from '../contracts/store.ts';
import { isTable } from '../contracts/table.ts';
import { MemoryStore } from '../data/store/memory-store.ts';
import { contentHash } from '../engine/plan/content-hash.ts';
import { resolveParams } from '../engine/plan/params.ts';
import { inputDatasets } from '../engine/plan/runs.ts';
import { readValue } from '../engine/worker/value-read.ts';
import { writeValue } from '../engine/worker/value-write.ts';
import { performTasks } from './perform-tasks.ts';
import type { PerformedTask } from './perform-tasks.ts';

export interface InMemoryOptions {
  /** Values of the datasets it reads, by name: tables, models, JSON. */
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly params?: Readonly<Record<string, unknown>>;
  /** Folder with the public files it fetches. Absent: none is to be had, as with `--source synthetic`. */
  readonly dataDir?: string;
  /** The store of a run before this one: its experiments and registered models are there. Default an empty one. */
  readonly store?: Store;
  /** Also hand back a run that failed, instead of throwing the first failed task's own error. Default false. */
  readonly mayFail?: boolean;
}

export interface InMemoryRun {
  readonly state: 'success' | 'failed';
  /** What each task handed on, by id, read back as the next task gets it; absent for one without a value. */
  // eslint-disable-next-line typescript/no-explicit-any -- a test knows what its tasks return
  readonly values: Readonly<Record<string, any>>;
  /** How each task ended, by id. */
  readonly tasks: Readonly<Record<string, PerformedTask>>;
  /** What would be the new versions of datasets, by name. */
  // eslint-disable-next-line typescript/no-explicit-any -- as above
  readonly published: Readonly<Record<string, any>>;
  readonly logs: readonly (LogLine & { readonly task: string })[];
  /** Holds the exports under their keys, and whatever tasks put there. */
  readonly store: Store;
}

/** Each run has an id of its own, as several may share a store. */
let runs = 0;

/**
 * Runs one pipeline in this process, for a unit test: no state, no threads, nothing on disk that stays, no waiting
 * between retries, tasks one after the other. Values go through a store in memory, so that what a real run would refuse
 * is refused here.
 *
 * @throws {RidgelineError} MISSING_INPUT naming a dataset without a value; BAD_PARAM; what a failed task threw.
 * @example
 * const run = await runInMemory(housingRidge, { inputs: { built_features: table } });
 * expect(run.values.train.alpha).toBe(10);
 */
export async function runInMemory(dag: Dag, options: InMemoryOptions = {}): Promise<InMemoryRun> {
  const { definition } = dag;
  const store = options.store ?? new MemoryStore();
  const scratchDir = await mkdtemp(join(tmpdir(), 'ridgeline-test-'));
  try {
    const { signal } = new AbortController();
    const inputs: Record<string, ValueRef> = {};
    for (const name of inputDatasets(definition)) {
      const value = options.inputs?.[name];
      if (value === undefined) throw missingInput(definition.id, name);
      inputs[name] = await writeValue(ownCopy(value), {
        store,
        scratchDir,
        subject: `input "${name}"`,
        lineage: undefined,
        signal,
      });
    }
    const performed = await performTasks(dag, {
      run: `in-memory-${++runs}`,
      store,
      scratchDir,
      signal,
      inputs,
      pinned: mapValues(inputs, (ref) => ({ version: 1, sha256: contentHash(ref) })),
      params: resolveParams(definition, options.params ?? {}),
      dataDir: options.dataDir,
    });
    const failed = Object.values(performed.tasks).find(({ state }) => state === 'failed');
    if (failed && !options.mayFail) throw failed.error;
    const state = failed ? 'failed' : 'success';
    const isPublished = state === 'success' || definition.emitOn === 'task';
    return {
      state,
      values: await readAll(performed.results, store),
      tasks: performed.tasks,
      published: isPublished ? await readAll(performed.published, store) : {},
      logs: performed.logs,
      store,
    };
  } finally {
    await rm(scratchDir, { recursive: true, force: true });
  }
}

/** A table that a run before this one published is a stored object, but of that run's store. */
function ownCopy(value: unknown): unknown {
  return isTable(value) ? value.select(value.columnNames) : value;
}

async function readAll(refs: Readonly<Record<string, ValueRef>>, store: Store): Promise<Record<string, unknown>> {
  const read = Object.entries(refs).map(async ([name, ref]) => [name, await readValue(ref, store)] as const);
  return Object.fromEntries(await Promise.all(read));
}

function mapValues<T, R>(record: Readonly<Record<string, T>>, map: (value: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

function missingInput(dag: string, name: string): RidgelineError {
  return new RidgelineError('MISSING_INPUT', 'usage', `${dag}: it reads dataset "${name}", which has no value here`, {
    remedy: `give it one: runInMemory(dag, { inputs: { ${/^[a-z_]\w*$/i.test(name) ? name : JSON.stringify(name)}: … } })`,
  });
}
