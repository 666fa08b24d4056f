/** The calls of a task thread; none of them throws. */
import type { MessagePort } from 'node:worker_threads';
import { toErrorInfo, type ErrorInfo } from '../../contracts/errors.ts';
import type {
  AttemptOutcome,
  AttemptRequest,
  Exported,
  HookRequest,
  ModuleDescription,
  ModuleRef,
} from '../../contracts/executor.ts';
import type { ValueRef } from '../../contracts/log.ts';
import { createMask } from '../pool/secrets.ts';
import { adoptFile as adopt } from './adopt-file.ts';
import { runAttempt } from './attempt.ts';
import { callHook as callDeclared } from './call-hook.ts';
import { exportValue as exportStored } from './export-value.ts';
import { loadModule, stampFiles, watchImports, type LoadedModule } from './load-module.ts';
import type { AdoptedFile, Answer, FromTask, Linked, WithModules } from '../pool/messages.ts';
import { captureOutput } from './thread-output.ts';
import { adoptModules, settings, threadStore } from './thread-store.ts';

captureOutput(createMask(settings.secrets ?? []));
watchImports();

export async function describe({ link, module }: Linked<{ module: ModuleRef }>): Promise<ModuleDescription> {
  try {
    const { dags, codeHash, files } = await load(module, link);
    return { ok: true, module, codeHash, dags: [...dags.values()].map(({ definition }) => definition), files };
  } catch (error) {
    return { ok: false, module, error: toErrorInfo(error), files: stampFiles(module) };
  }
}

export async function attempt(call: Linked<WithModules<{ request: AttemptRequest }>>): Promise<AttemptOutcome> {
  const { link, modules, request } = call;
  let loaded = false;
  try {
    adoptModules(modules);
    const { dags } = await load(request.module, link);
    loaded = true;
    const dag = dags.get(request.dag);
    if (dag === undefined) throw new Error(`dag "${request.dag}" is no longer in module "${request.module.name}"`);
    return await runAttempt(dag, request, link);
  } catch (thrown) {
    const error = toErrorInfo(thrown);
    // What was wrong with code or data is wrong the next time too.
    return { state: 'failed', error, retryable: error.kind === 'run' || error.kind === 'store', loaded };
  }
}

/** What went wrong with it. */
export async function callHook({ link, request }: Linked<{ request: HookRequest }>): Promise<ErrorInfo | undefined> {
  try {
    await callDeclared(request, link, () => load(request.module, link));
    return undefined;
  } catch (thrown) {
    return toErrorInfo(thrown);
  }
}

export function exportValue(call: WithModules<{ value: ValueRef; key: string }>): Promise<Answer<Exported>> {
  return answer(call, async () => exportStored(call.value, call.key, await threadStore(), settings.scratchDir));
}

export function adoptFile({ link, modules, ...file }: Linked<WithModules<AdoptedFile>>): Promise<Answer<ValueRef>> {
  return answer({ modules }, () => adopt(file, link, (module) => load(module, link)));
}

async function answer<T>({ modules }: WithModules<object>, work: () => Promise<T>): Promise<Answer<T>> {
  try {
    adoptModules(modules);
    return { ok: true, value: await work() };
  } catch (error) {
    return { ok: false, error: toErrorInfo(error) };
  }
}

/** Where it cannot be loaded in this thread, asks for its end: a fresh one will read the edited files. */
async function load(module: ModuleRef, link: MessagePort): Promise<LoadedModule> {
  const loaded = await loadModule(module);
  if (loaded !== undefined) return loaded;
  link.postMessage({ type: 'stale' } satisfies FromTask);
  return new Promise(() => {});
}
