import { threadServices } from '../contracts/ports.ts';
import { createCore } from './create-core.ts';
import type { Core } from './core.ts';

let loading: Promise<Core> | undefined;

/** The one core of this thread, made when first asked for: from the module its thread was lent, else the packaged one. */
export function defaultCore(): Promise<Core> {
  return (loading ??= createCore(threadServices().coreModule));
}
