import type { Hooks, TaskContext } from '../contracts/context.ts';
import type { TriggerRule } from '../contracts/definition.ts';
import type { Dataset, VALUE } from './dataset.ts';

/** What a task will return, before it has: naming it as an input is the dependency. */
export interface TaskRef<out T> {
  readonly type: 'task';
  readonly id: string;
  readonly [VALUE]?: T;
  /** The same, for a task that may have been skipped. */
  optional(): OptionalRef<T>;
}

export interface OptionalRef<out T> {
  readonly type: 'optional';
  readonly id: string;
  readonly [VALUE]?: T | undefined;
}

/** What a branch will choose. */
export interface BranchRef<Choice extends string> extends TaskRef<Choice> {
  /** For `when`: the task runs only if the branch chose this. */
  is<C extends Choice>(choice: C): Condition;
}

export interface Condition {
  readonly type: 'condition';
  readonly branch: string;
  readonly choice: string;
}

export type Input = TaskRef<unknown> | OptionalRef<unknown> | Dataset<unknown>;
export type Inputs = Readonly<Record<string, Input>>;
export type Outlets = Readonly<Record<string, Dataset<unknown>>>;

type ValueOf<R> =
  R extends OptionalRef<infer T>
    ? T | undefined
    : R extends TaskRef<infer T>
      ? T
      : R extends Dataset<infer T>
        ? T
        : never;

/** The inputs as the function gets them. */
export type Values<I> = { readonly [K in keyof I]: ValueOf<I[K]> };

/** What a function with these outlets must return. */
export type Published<O, M> =
  O extends Dataset<infer T> ? T : M extends Outlets ? { readonly [K in keyof M]: ValueOf<M[K]> } : unknown;

/** What every step takes, and the hooks that are told of each of its instances. */
export interface StepOptions<I extends Inputs> extends Hooks {
  /** Values by name: tasks of this DAG, or datasets in the version pinned to the run. */
  inputs?: I;
  /** Order without data. */
  after?: readonly TaskRef<unknown>[];
  when?: Condition;
  /** Default `all_success`. */
  triggerRule?: TriggerRule;
  /** Attempts after the first, default 0. */
  retries?: number;
  /** Before the first retry, default 1,000; doubles each time. */
  retryDelayMs?: number;
  /** Default 600,000. */
  maxRetryDelayMs?: number;
  /** Per attempt. */
  timeoutMs?: number;
  /** Named concurrency slots taken while it runs. */
  slots?: readonly string[];
}

export interface TaskOptions<
  I extends Inputs,
  O extends Dataset<unknown> | undefined,
  M extends Outlets | undefined,
> extends StepOptions<I> {
  /** What the function returns is this dataset's next version. */
  outlet?: O;
  /** The function returns a record with these keys; all are published together or none. */
  outlets?: M;
  /** Key of a copy of the result, in the format of its extension: a table .csv or .parquet, a model or JSON .json, bytes any. */
  export?: string;
}

export interface MapOptions<I extends Inputs> extends StepOptions<I> {
  /** Instances that run at once; default all. */
  concurrency?: number;
}

type Empty = Record<never, never>;
type Body<I, P, R> = (inputs: Values<I>, context: TaskContext<P>) => R | Promise<R>;
type MapBody<T, I, P, R> = (item: T, inputs: Values<I>, context: TaskContext<P>) => R | Promise<R>;

/** The verbs inside a DAG or a group. Settings come before, the function last. */
export interface Builder<P> {
  task<R>(id: string, run: Body<Empty, P, R>): TaskRef<R>;
  task<
    R extends Published<O, M>,
    I extends Inputs = Empty,
    O extends Dataset<unknown> | undefined = undefined,
    M extends Outlets | undefined = undefined,
  >(
    id: string,
    options: TaskOptions<I, O, M>,
    run: Body<I, P, R>,
  ): TaskRef<R>;

  /** A task whose answer decides which tasks run: those with `when: ref.is(answer)`. */
  branch<const C extends string>(id: string, run: Body<Empty, P, C>): BranchRef<C>;
  branch<const C extends string, I extends Inputs = Empty>(
    id: string,
    options: StepOptions<I>,
    run: Body<I, P, C>,
  ): BranchRef<C>;

  /** One instance for each element of a list that is given here or returned by a task. */
  map<T, R>(
    id: string,
    over: readonly T[] | TaskRef<readonly T[]>,
    run: MapBody<T, Empty, P, R>,
  ): TaskRef<readonly R[]>;
  map<T, R, I extends Inputs = Empty>(
    id: string,
    over: readonly T[] | TaskRef<readonly T[]>,
    options: MapOptions<I>,
    run: MapBody<T, I, P, R>,
  ): TaskRef<readonly R[]>;

  /** Tasks whose ids begin with the group's. Returns what `build` returns. */
  group<G>(id: string, build: (builder: Builder<P>) => G): G;
}
