import { createHash } from 'node:crypto';
import { RidgelineError } from '../contracts/errors.ts';
import type { Store } from '../contracts/store.ts';
import type { Experiment, ExperimentOptions, TrackedRun, Tracking } from '../contracts/tracking.ts';
import { createRegistry } from './registry.ts';
import { alreadyThere, encodeRecord, nameInKey, readRecord, RECORD_KEYS, type ExperimentRecord } from './records.ts';
import { trackRun } from './tracked-run.ts';
import type { TrackingOrigin } from './tracking-origin.ts';

/** Tracking for one attempt, kept in its store. */
export function openTracking(store: Store, origin: TrackingOrigin): Tracking {
  let count = 0;
  /** The same attempt of the same task, run again after a crash, writes the same records again. */
  const nextId = (): string => {
    const { run, task, mapIndex, attempt } = origin;
    const identity = JSON.stringify([run, task, mapIndex, attempt, count++]);
    return `${encodeURIComponent(run)}/${createHash('sha256').update(identity).digest('hex').slice(0, 12)}`;
  };
  const experiments = openExperiments(store);

  async function track<T>(
    { experiment = origin.experiment, name }: { experiment?: string; name: string },
    work: (run: TrackedRun) => Promise<T> | T,
  ): Promise<T> {
    if ((await experiments.find(experiment)) === undefined)
      await experiments.create(experiment).catch((error: unknown) => {
        if (!RidgelineError.is(error) || error.code !== 'TRACKING_EXISTS') throw error;
      });
    return trackRun({ store, origin, nextId, experiment, name, parent: null }, work);
  }

  async function artifact(run: string, path: string): Promise<Uint8Array> {
    try {
      return await store.get(RECORD_KEYS.artifact(run, path));
    } catch (error) {
      if (!RidgelineError.is(error) || error.code !== 'STORE_NOT_FOUND') throw error;
      throw new RidgelineError('TRACKING_UNKNOWN', 'usage', `tracking: run ${run} has no file "${path}"`, {
        remedy: `ridgeline runs show ${run} lists what it has`,
      });
    }
  }
  return { experiments, track, artifact, models: createRegistry(store) };
}

export function openExperiments(store: Store): Tracking['experiments'] {
  return {
    async list() {
      const names: string[] = [];
      for await (const { key } of store.list(RECORD_KEYS.experiments)) names.push(nameInKey(key));
      return names.toSorted();
    },
    async find(name): Promise<Experiment | undefined> {
      return readRecord<ExperimentRecord>(store, RECORD_KEYS.experiment(name), 'ridgeline.experiment/1');
    },
    async create(name, options: ExperimentOptions = {}) {
      const record: ExperimentRecord = { format: 'ridgeline.experiment/1', name, ...options };
      if (await store.create(RECORD_KEYS.experiment(name), encodeRecord(record))) return record;
      throw alreadyThere('experiment', name);
    },
  };
}
