import type { DatasetExpression, Schedule } from '../contracts/definition.ts';
import { RidgelineError } from '../contracts/errors.ts';
import type { Dataset } from './dataset.ts';

/** A dataset or a combination of them. */
export type DatasetCondition =
  | Dataset<unknown>
  | { readonly type: 'all' | 'any'; readonly of: readonly DatasetCondition[] };

export interface Cron {
  readonly type: 'cron';
  readonly expression: string;
  readonly timezone: string;
}

/** Datasets, a cron, or either of the two: `any(cron('0 6 * * *'), features)`. */
export type ScheduleOption =
  | DatasetCondition
  | Cron
  | { readonly type: 'any'; readonly of: readonly [Cron, ...DatasetCondition[]] };

/** Fires when every part has an event that the pipeline has not consumed. */
export function all(...of: readonly DatasetCondition[]): DatasetCondition {
  return { type: 'all', of };
}

/** Fires when one part has; a cron comes first and stands at the top only. */
export function any(cron: Cron, ...of: readonly DatasetCondition[]): ScheduleOption;
export function any(...of: readonly DatasetCondition[]): DatasetCondition;
export function any(...of: readonly (Cron | DatasetCondition)[]): unknown {
  return { type: 'any', of };
}

/** @param timezone an IANA name; the expression has five fields, or six with seconds first */
export function cron(expression: string, timezone = 'UTC'): Cron {
  return { type: 'cron', expression, timezone };
}

/** @throws {RidgelineError} BAD_SCHEDULE for a combination of nothing. */
export function toSchedule(dag: string, option: ScheduleOption | undefined): Schedule {
  if (option === undefined) return {};
  if (option.type === 'cron') return { cron: { expression: option.expression, timezone: option.timezone } };
  if (option.type !== 'any') return { datasets: toExpression(dag, option) };
  const parts: readonly (Cron | DatasetCondition)[] = option.of;
  const crons = parts.filter((part) => part.type === 'cron');
  const of = parts.filter((part) => part.type !== 'cron');
  if (crons.length > 1) {
    throw new RidgelineError('BAD_SCHEDULE', 'usage', `dag "${dag}": a schedule takes one cron, got ${crons.length}`);
  }
  return {
    ...(crons[0] && { cron: { expression: crons[0].expression, timezone: crons[0].timezone } }),
    ...((of.length > 0 || crons.length === 0) && {
      datasets: toExpression(dag, of.length === 1 ? of[0]! : { type: 'any', of }),
    }),
  };
}

function toExpression(dag: string, condition: DatasetCondition): DatasetExpression {
  if (condition.type === 'dataset') return { type: 'dataset', name: condition.name };
  if (!Array.isArray(condition.of) || condition.of.length === 0) {
    const what = Array.isArray(condition.of)
      ? 'names no dataset'
      : 'is no dataset; it stands in any(…) at the top only';
    throw new RidgelineError('BAD_SCHEDULE', 'usage', `dag "${dag}": ${condition.type}() in its schedule ${what}`, {
      remedy: 'schedule it on a dataset, all(…), any(…), or any(cron(…), …)',
    });
  }
  return { type: condition.type, of: condition.of.map((part) => toExpression(dag, part)) };
}

/** Every dataset an expression names, in its order, once. */
export function datasetNames(expression: DatasetExpression | undefined): readonly string[] {
  if (expression === undefined) return [];
  if (expression.type === 'dataset') return [expression.name];
  return [...new Set(expression.of.flatMap(datasetNames))];
}
