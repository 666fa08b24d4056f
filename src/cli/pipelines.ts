import { extname } from 'node:path';
import { toErrorInfo } from '../contracts/errors.ts';
import type { ModuleRef } from '../contracts/executor.ts';
import { findModules } from './config.ts';
import type { CliContext } from './context.ts';

/** The project's own modules of pipelines, or the examples that come with the package. Threads load them, not we. */
export function pipelineModules(context: CliContext): readonly ModuleRef[] {
  return context.config.modules ?? builtInPipelines();
}

/**
 * The same, looked up again whenever they are asked for: files may come and go while `up` works. A missing one is gone at
 * the second look only, since editors and git take a file away before they write it anew.
 *
 * @param warn told, once, of what cannot be: two files of one name. The modules then stay what they were.
 */
export function watchPipelines(context: CliContext, warn: (message: string) => void): () => readonly ModuleRef[] {
  const { file, settings, modules } = context.config;
  if (file === undefined || settings.pipelines === undefined || modules === undefined) return builtInPipelines;
  let known = modules;
  let missed = new Set<string>();
  let warned = '';
  return () => {
    try {
      const found = findModules(file, settings.pipelines!);
      const missing = known.filter(({ url }) => !found.some((each) => each.url === url));
      const kept = missing.filter(({ url }) => !missed.has(url));
      missed = new Set(missing.map(({ url }) => url));
      known = [...found, ...kept.filter(({ name }) => !found.some((each) => each.name === name))];
      warned = '';
    } catch (error) {
      const { message } = toErrorInfo(error);
      if (message !== warned) warn(message);
      warned = message;
    }
    return known;
  };
}

function builtInPipelines(): readonly ModuleRef[] {
  const extension = extname(import.meta.url);
  return ['housing', 'possum'].map((name) => ({
    name,
    url: new URL(`../pipelines/${name}/index${extension}`, import.meta.url).href,
  }));
}
