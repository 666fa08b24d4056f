import type { TaskDefinition } from '../../contracts/definition.ts';

/**
 * Delay before the next attempt: doubles with every failure up to the limit, then spread over its upper half so that
 * tasks that failed together do not come back together.
 *
 * @param failures attempts that failed so far, >= 1; undefined is returned once they are more than the task's retries
 * @param random in [0, 1)
 */
export function retryDelayMs(
  task: Pick<TaskDefinition, 'retries' | 'retryDelayMs' | 'maxRetryDelayMs'>,
  failures: number,
  random: number,
): number | undefined {
  if (failures > task.retries) return undefined;
  const full = Math.min(task.maxRetryDelayMs, task.retryDelayMs * 2 ** (failures - 1));
  return Math.round(full * (0.5 + random / 2));
}
