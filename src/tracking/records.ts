import { RidgelineError } from '../contracts/errors.ts';
import type { Store } from '../contracts/store.ts';
import type { Experiment, ModelVersion, RegisteredModelOptions, Tags } from '../contracts/tracking.ts';

/**
 * A tracked run as it is kept: `_tracking/runs/<id>.json`, its files under `_tracking/artifacts/<id>/`. The id is that of
 * the pipeline's run, a slash and twelve hexadecimal digits.
 */
export interface RunRecord {
  readonly format: 'ridgeline.tracked-run/1';
  readonly id: string;
  readonly experiment: string;
  readonly name: string;
  /** Id of the run this one is in. */
  readonly parent: string | null;
  readonly status: 'RUNNING' | 'FINISHED' | 'FAILED' | 'KILLED';
  /** Milliseconds since the Unix epoch. */
  readonly startTime: number;
  readonly endTime: number | null;
  readonly params: Readonly<Record<string, string>>;
  readonly metrics: readonly Metric[];
  readonly tags: Tags;
  readonly datasets: readonly { readonly name: string; readonly version: number; readonly sha256: string }[];
  readonly artifacts: readonly { readonly path: string; readonly sizeBytes: number }[];
  /** Paths under which models were logged. */
  readonly models: readonly string[];
  readonly error: string | null;
  /** Which home wrote it, and so sends it. */
  readonly owner: string;
}

export interface Metric {
  readonly key: string;
  /** JSON has no other way for the last three. */
  readonly value: number | 'NaN' | 'Infinity' | '-Infinity';
  readonly step: number;
  readonly timestamp: number;
}

export interface ExperimentRecord extends Experiment {
  readonly format: 'ridgeline.experiment/1';
}

export interface ModelRecord extends RegisteredModelOptions {
  readonly format: 'ridgeline.registered-model/1';
  readonly name: string;
}

export interface ModelVersionRecord extends ModelVersion {
  readonly format: 'ridgeline.model-version/1';
  readonly createdAt: number;
}

export interface AliasRecord {
  readonly format: 'ridgeline.model-alias/1';
  readonly version: number;
}

const FOLDER = '_tracking/';

/** Keys of the records; a name of any script and length up to 80 characters becomes one part of a key. */
export const RECORD_KEYS = {
  experiments: `${FOLDER}experiments/`,
  experiment: (name: string) => `${FOLDER}experiments/${part(name)}.json`,
  runs: `${FOLDER}runs/`,
  run: (id: string) => `${FOLDER}runs/${id}.json`,
  runsOf: (run: string) => `${FOLDER}runs/${encodeURIComponent(run)}/`,
  artifact: (run: string, path: string) => `${FOLDER}artifacts/${run}/${path}`,
  models: `${FOLDER}models/`,
  model: (name: string) => `${FOLDER}models/${part(name)}/model.json`,
  versions: (name: string) => `${FOLDER}models/${part(name)}/versions/`,
  version: (name: string, version: number) =>
    `${FOLDER}models/${part(name)}/versions/${String(version).padStart(8, '0')}.json`,
  aliases: (name: string) => `${FOLDER}models/${part(name)}/aliases/`,
  alias: (name: string, alias: string) => `${FOLDER}models/${part(name)}/aliases/${part(alias)}.json`,
  /** What came of sending a record to a server. */
  sent: (server: string, key: string) => `${FOLDER}sent/${server}/${key.slice(FOLDER.length)}`,
} as const;

/** The name back from a key that `part` made. */
export function nameInKey(key: string): string {
  return decodeURIComponent(key.slice(key.lastIndexOf('/') + 1).replace(/\.json$/, ''));
}

/** MLflow's own rule for names that people type, which keeps keys of one part too. */
function part(name: string): string {
  if (name.trim() !== '' && name.length <= 80 && name.isWellFormed() && !/[/:\\\p{Cc}]|^\.+$/u.test(name))
    return encodeURIComponent(name);
  throw new RidgelineError('TRACKING_NAME', 'usage', `tracking: ${JSON.stringify(name.slice(0, 100))} is no name`, {
    remedy: 'use 1 to 80 characters other than slashes, colons and control characters',
  });
}

export async function readRecord<T extends { readonly format: string }>(
  store: Store,
  key: string,
  format: T['format'],
): Promise<T | undefined> {
  let body: Uint8Array;
  try {
    body = await store.get(key);
  } catch (error) {
    if (RidgelineError.is(error) && error.code === 'STORE_NOT_FOUND') return undefined;
    throw error;
  }
  try {
    const record = JSON.parse(new TextDecoder().decode(body)) as T;
    if (record.format === format) return record;
  } catch {
    // said below
  }
  throw new RidgelineError('TRACKING_CORRUPT', 'content', `tracking: ${store.url}/${key} must be a ${format} record`, {
    remedy: 'restore it from a backup, or delete it to go on without it',
  });
}

export function encodeRecord(record: object): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(record, null, 1)}\n`);
}

export function alreadyThere(what: string, name: string): RidgelineError {
  return new RidgelineError('TRACKING_EXISTS', 'usage', `tracking: the ${what} "${name}" exists already`, {
    remedy: 'ask with find before you create',
  });
}
