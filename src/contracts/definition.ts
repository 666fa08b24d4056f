/** The shape of pipelines as plain data: what the scheduler's thread knows of a user's module. */

/** When a dataset-scheduled DAG fires: `all` when every part has a pending event, `any` when one has (R9). */
export type DatasetExpression =
  | { readonly type: 'dataset'; readonly name: string }
  | { readonly type: 'all' | 'any'; readonly of: readonly DatasetExpression[] };

/** Datasets and cron are alternatives: either one starts a run. Both absent: started by hand only. */
export interface Schedule {
  readonly datasets?: DatasetExpression;
  readonly cron?: { readonly expression: string; readonly timezone: string };
}

/** Airflow's trigger rules, over the states of a task's upstream tasks. */
export type TriggerRule = 'all_success' | 'none_failed' | 'none_failed_min_one_success' | 'all_done' | 'one_failed';

/** What pipelines' own code can be told of, by the option under which it is declared. */
export type HookName = 'onSuccess' | 'onFailure' | 'onRetry';

/** Why a run exists. `dataset` and `version` name the newest event that it consumed. */
export type RunTrigger =
  | { readonly type: 'manual' }
  | { readonly type: 'cron'; readonly at: string }
  | { readonly type: 'dataset'; readonly dataset: string; readonly version: number }
  | { readonly type: 'replay' | 'rerun'; readonly of: string };

export type InputDefinition =
  | { readonly type: 'task'; readonly task: string; readonly optional: boolean }
  | { readonly type: 'dataset'; readonly dataset: string };

export interface TaskDefinition {
  /** Unique in its DAG; a task in a group is `group.task`. */
  readonly id: string;
  readonly kind: 'task' | 'branch' | 'map';
  readonly inputs: Readonly<Record<string, InputDefinition>>;
  /** Order without data: ids of tasks. */
  readonly after: readonly string[];
  /** Datasets published from the returned value: `{ "": name }` for `outlet`, `{ key: name }` for `outlets`. */
  readonly outlets: Readonly<Record<string, string>>;
  /** Key of a copy of the result, made after the commit (R18). */
  readonly export?: string;
  /** Runs only if that branch chose this; else it is skipped. */
  readonly when?: { readonly branch: string; readonly choice: string };
  /** What a `map` task runs over: a fixed list, or the list another task returned. */
  readonly over?: { readonly items: readonly unknown[] } | { readonly task: string };
  /** Instances of a `map` task that run at once. */
  readonly concurrency?: number;
  readonly triggerRule: TriggerRule;
  /** Attempts after the first. */
  readonly retries: number;
  /** Before the first retry; doubles each time up to `maxRetryDelayMs`, with jitter. */
  readonly retryDelayMs: number;
  readonly maxRetryDelayMs: number;
  /** Per attempt; absent: no limit. */
  readonly timeoutMs?: number;
  /** Named concurrency slots this task takes while it runs. */
  readonly slots: readonly string[];
  /** Hooks that it declares; absent: none. */
  readonly hooks?: readonly HookName[];
}

export interface DatasetDefinition {
  readonly name: string;
  readonly skipUnchanged: boolean;
  /** The pipeline declares a check of it (R2); absent: none. */
  readonly check?: true;
}

/** A run's parameters by name. */
export type Params = Readonly<Record<string, unknown>>;

/** A parameter of a run: JSON, checked against its default's type. */
export type ParamDefinition = { readonly type: 'string' | 'number' | 'boolean' | 'json'; readonly default: unknown };

export interface DagDefinition {
  readonly id: string;
  readonly description?: string;
  readonly schedule: Schedule;
  readonly emitOn: 'task' | 'run';
  readonly consume: 'latest' | 'each' | 'all';
  readonly from: 'now' | 'latest' | 'beginning';
  readonly onResume: 'latest' | 'each' | 'skip';
  readonly maxActiveRuns: number;
  readonly timeoutMs?: number;
  readonly params: Readonly<Record<string, ParamDefinition>>;
  /** In an order that respects dependencies. */
  readonly tasks: readonly TaskDefinition[];
  /** Every dataset it names, as input, outlet or in its schedule. */
  readonly datasets: readonly DatasetDefinition[];
  /** Hooks that it declares; absent: none. */
  readonly hooks?: readonly HookName[];
  /** Hooks of `ridgeline.config.ts`, called for every pipeline; absent: none. */
  readonly projectHooks?: readonly HookName[];
}
