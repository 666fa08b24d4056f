import { extname } from 'node:path';
import type { ModuleRef } from '../contracts/executor.ts';
import type { CliContext } from './context.ts';

/** The project's own modules of pipelines, or the examples that come with the package. Threads load them, not we. */
export function pipelineModules(context: CliContext): readonly ModuleRef[] {
  return context.config.modules ?? builtInPipelines();
}

function builtInPipelines(): readonly ModuleRef[] {
  const extension = extname(import.meta.url);
  return ['housing', 'possum'].map((name) => ({
    name,
    url: new URL(`../pipelines/${name}/index${extension}`, import.meta.url).href,
  }));
}
