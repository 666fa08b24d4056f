/** The calls of a task thread; none of them throws. */
import { toErrorInfo } from '../../contracts/errors.ts';
import { createMask } from '../pool/secrets.ts';
import { adoptFile as adopt } from './adopt-file.ts';
import { runAttempt } from './attempt.ts';
import { callHook as callDeclared } from './call-hook.ts';
import { exportValue as exportStored } from './export-value.ts';
import { loadModule, stampFiles, watchImports } from './load-module.ts';
import type { LoadedModule } from './load-module.ts';
import type {
  AdoptAnswer,
  AdoptCall,
  AttemptAnswer,
  AttemptCall,
  DescribeAnswer,
  DescribeCall,
  ExportAnswer,
  ExportCall,
  FromTask,
  HookAnswer,
  HookCall,
} from '../pool/messages.ts';
import { captureOutput } from './thread-output.ts';
import { adoptModules, settings, threadStore } from './thread-store.ts';

captureOutput(createMask(settings.secrets ?? []));
watchImports();

export async function describe({ module, link }: DescribeCall): Promise<DescribeAnswer> {
  try {
    const { dags, codeHash, files } = (await loadModule(module)) ?? (await giveUp(link));
    return { ok: true, module, codeHash, dags: [...dags.values()].map(({ definition }) => definition), files };
  } catch (error) {
    return { ok: false, module, error: toErrorInfo(error), files: stampFiles(module) };
  }
}

export async function attempt({ request, modules, link }: AttemptCall): Promise<AttemptAnswer> {
  let loaded = false;
  try {
    adoptModules(modules);
    const { dags } = (await loadModule(request.module)) ?? (await giveUp(link));
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

export async function callHook({ request, link }: HookCall): Promise<HookAnswer> {
  try {
    await callDeclared(request, link, async () => (await loadModule(request.module)) ?? (await giveUp(link)));
    return { error: undefined };
  } catch (thrown) {
    return { error: toErrorInfo(thrown) };
  }
}

export async function exportValue({ value, key, modules }: ExportCall): Promise<ExportAnswer> {
  try {
    adoptModules(modules);
    return { ok: true, ...(await exportStored(value, key, await threadStore(), settings.scratchDir)) };
  } catch (error) {
    return { ok: false, error: toErrorInfo(error) };
  }
}

export async function adoptFile({ modules, link, ...file }: AdoptCall): Promise<AdoptAnswer> {
  try {
    adoptModules(modules);
    return { ok: true, value: await adopt(file, link, async (module) => (await loadModule(module)) ?? giveUp(link)) };
  } catch (error) {
    return { ok: false, error: toErrorInfo(error) };
  }
}

/** Asks for this thread's end: a fresh one will read the edited files. */
function giveUp(link: DescribeCall['link']): Promise<LoadedModule> {
  link.postMessage({ type: 'stale' } satisfies FromTask);
  return new Promise(() => {});
}
