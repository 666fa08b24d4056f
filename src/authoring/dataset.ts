import type { DatasetCheck, TaskContext } from '../contracts/context.ts';
import type { Table } from '../contracts/table.ts';
import { checkName } from './names.ts';

/** Carries a type that exists for the compiler only. */
export declare const VALUE: unique symbol;

/** A named, versioned value that pipelines publish and wait for. */
export interface Dataset<T = Table> {
  readonly type: 'dataset';
  readonly name: string;
  readonly skipUnchanged: boolean;
  readonly check: DatasetCheck | undefined;
  readonly [VALUE]?: T;
}

export interface DatasetOptions<T> {
  /** Publish nothing when the content is the newest version's (R12). Default false: every publish is a new version. */
  skipUnchanged?: boolean;
  /** Throws, naming row and column, when a value must not be published (R2). */
  check?: (value: T, context: TaskContext) => unknown;
}

/**
 * Names a dataset. Two calls with one name mean the same dataset.
 *
 * @throws {RidgelineError} BAD_NAME
 * @example
 * const model = dataset<RidgeModel>('possum_model', { skipUnchanged: true });
 */
export function dataset<T = Table>(name: string, options: DatasetOptions<T> = {}): Dataset<T> {
  checkName('dataset', name);
  const { skipUnchanged = false, check } = options;
  return { type: 'dataset', name, skipUnchanged, check: check as DatasetCheck | undefined };
}
