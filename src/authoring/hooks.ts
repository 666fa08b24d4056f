import type { Hooks } from '../contracts/context.ts';
import type { HookName } from '../contracts/definition.ts';
import { RidgelineError } from '../contracts/errors.ts';

export const HOOK_NAMES: readonly HookName[] = ['onSuccess', 'onFailure', 'onRetry'];

/** Names of the hooks among some options. @throws {RidgelineError} BAD_HOOK when one is no function. */
export function hookNames(subject: string, options: Hooks): readonly HookName[] {
  return HOOK_NAMES.filter((name) => {
    const hook: unknown = options[name];
    if (hook === undefined || typeof hook === 'function') return hook !== undefined;
    throw new RidgelineError('BAD_HOOK', 'usage', `${subject}: ${name} must be a function, got ${typeof hook}`, {
      remedy: `write ${name}: ({ run, error }) => …`,
    });
  });
}
