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
  return Math.round(fullDelayMs(task, failures) * (0.5 + random / 2));
}

/** The delay without its spread: the longest there can be after so many failures. */
export function fullDelayMs(task: Pick<TaskDefinition, 'retryDelayMs' | 'maxRetryDelayMs'>, failures: number): number {
  return Math.min(task.maxRetryDelayMs, task.retryDelayMs * 2 ** (failures - 1));
}

/** So often in a row the process may die under a task before the task is given up: it may be what it dies of. */
export const MOST_DEATHS = 3;

/** One death before that it is not known yet whether it was this task, or one that ran beside it: the next run tells. */
export function isSuspect(deaths: number): boolean {
  return deaths >= MOST_DEATHS - 1;
}

/**
 * Whether an attempt may start beside what works now. A suspect runs alone, so a third death is nobody else's.
 *
 * @param working attempts of all runs that the executor has
 * @param claimed a suspect runs, or waits to: nothing else starts, so its turn comes
 */
export function mayStart(suspect: boolean, working: number, claimed: boolean): boolean {
  return suspect ? working === 0 : !claimed;
}
