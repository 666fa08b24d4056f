import type { FittedModel } from './model.ts';
import type { Table } from './table.ts';

/**
 * Experiment tracking: what a task writes down about an experiment, kept in the store and, when there is an MLflow
 * server, sent on to it. The words are MLflow's.
 */
export interface Tracking {
  readonly experiments: {
    /** Names, in order. */
    list(): Promise<readonly string[]>;
    find(name: string): Promise<Experiment | undefined>;
    /** @throws {RidgelineError} TRACKING_EXISTS when there is one of that name. */
    create(name: string, options?: ExperimentOptions): Promise<Experiment>;
  };
  /**
   * Does a piece of work as a tracked run: `FINISHED` when it returns, `FAILED` with the error when it throws. An
   * experiment that does not exist is made; without one named it is that of `MLFLOW_EXPERIMENT_NAME`, else `Default`.
   */
  track<T>(
    run: { readonly experiment?: string; readonly name: string },
    work: (run: TrackedRun) => Promise<T> | T,
  ): Promise<T>;
  /** A file that a run has logged, by the run's id and the file's path. @throws {RidgelineError} TRACKING_UNKNOWN */
  artifact(run: string, path: string): Promise<Uint8Array>;
  /** The model registry. */
  readonly models: {
    find(name: string): Promise<RegisteredModel | undefined>;
    /** @throws {RidgelineError} TRACKING_EXISTS when there is one of that name. */
    create(name: string, options?: RegisteredModelOptions): Promise<RegisteredModel>;
    /** Registers what a run has logged by `model`; versions count from 1. The same of the same run again is the same. */
    createVersion(name: string, source: ModelSource): Promise<ModelVersion>;
    /** By number or alias. */
    findVersion(name: string, version: number | string): Promise<ModelVersion | undefined>;
    /** Names a version; whichever had the alias before loses it and is tagged, say `{ archived: 'true' }`. */
    setAlias(name: string, alias: string, version: number, formerTags?: Tags): Promise<void>;
  };
}

export type Tags = Readonly<Record<string, string>>;

export interface ExperimentOptions {
  /** Where an MLflow server keeps the files of its runs: `s3://bucket/prefix`; default its own choice. */
  readonly artifactLocation?: string;
  readonly tags?: Tags;
}

export interface Experiment extends ExperimentOptions {
  readonly name: string;
}

export interface TrackedRun {
  /** Of the record in the store; MLflow gives its own, see the tag `ridgeline.tracked_run` there. */
  readonly id: string;
  /** Values as text; lists and records as JSON. A parameter is set once. */
  params(values: Readonly<Record<string, unknown>>): void;
  /** Numbers, at a step if there are several of one name. */
  metrics(values: Readonly<Record<string, number>>, step?: number): void;
  tags(values: Tags): void;
  /** A file of the run; `path` is relative. */
  artifact(path: string, body: Uint8Array | string): Promise<void>;
  /** The model as a folder that MLflow's Python loads (ONNX), and as our own artifact. The table gives an input example. */
  model(path: string, model: FittedModel, options?: { readonly example?: Table }): Promise<void>;
  /** A run within this one. */
  track<T>(name: string, work: (run: TrackedRun) => Promise<T> | T): Promise<T>;
}

export interface RegisteredModelOptions {
  readonly description?: string;
  readonly tags?: Tags;
}

export interface RegisteredModel extends RegisteredModelOptions {
  readonly name: string;
  /** Version by alias. */
  readonly aliases: Readonly<Record<string, number>>;
  /** The newest version, 0 when there is none. */
  readonly latest: number;
}

export interface ModelSource {
  /** Id of the tracked run. */
  readonly run: string;
  /** What it was logged under. */
  readonly path: string;
  readonly tags?: Tags;
  readonly description?: string;
}

export interface ModelVersion extends ModelSource {
  readonly name: string;
  readonly version: number;
}
