import type { MessagePort } from 'node:worker_threads';
import type { Hooks } from '../../contracts/context.ts';
import { RidgelineError } from '../../contracts/errors.ts';
import type { HookRequest } from '../../contracts/executor.ts';
import { formatPlace, placeOf } from '../../contracts/place.ts';
import type { FromTask } from '../pool/messages.ts';
import { listening } from './attempt.ts';
import type { LoadedModule } from './load-module.ts';
import { log } from './thread-output.ts';
import { settings } from './thread-store.ts';

/** Calls a hook in this thread, its log going over the link. @throws what it throws, with the place in its file. */
export async function callHook(
  request: HookRequest,
  link: MessagePort,
  load: () => Promise<LoadedModule>,
): Promise<void> {
  const { of, module: _, ...told } = request;
  try {
    await listening(link, async (signal) => {
      const hook = (of === 'project' ? await projectHooks() : await declared(request, load))?.[request.hook];
      if (hook === undefined) throw new RidgelineError('UNKNOWN_HOOK', 'usage', 'it is no longer there');
      link.postMessage({ type: 'started' } satisfies FromTask);
      await hook({ ...told, signal, log });
    });
  } catch (error) {
    const place = placeOf(error);
    if (place === undefined || !(error instanceof Error)) throw error;
    throw new RidgelineError('HOOK_FAILED', 'run', `${error.name}: ${error.message} (${formatPlace(place)})`);
  }
}

async function projectHooks(): Promise<Hooks> {
  return ((await import(settings.projectHooks!.url)) as { default: Hooks }).default;
}

async function declared({ of, dag, task }: HookRequest, load: () => Promise<LoadedModule>): Promise<Hooks | undefined> {
  return (await load()).dags.get(dag)?.hooks[of === 'task' ? task! : ''];
}
