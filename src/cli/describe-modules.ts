import type { DagDefinition } from '../contracts/definition.ts';
import { toErrorInfo } from '../contracts/errors.ts';
import type { ErrorInfo } from '../contracts/errors.ts';
import { checkCrons, checkTogether } from '../engine/runner/modules.ts';
import type { ModuleDescription } from '../contracts/executor.ts';
import type { CliContext } from './context.ts';
import { openExecutor } from './open-executor.ts';
import { pipelineModules } from './pipelines.ts';

export interface DescribedModules {
  readonly modules: readonly { readonly name: string; readonly dags: readonly DagDefinition[] }[];
  /** Those that a scheduler could start with: none when they do not go together. */
  readonly usable: readonly ModuleDescription[];
  /** What cannot be used, and why; no name: modules that do not go together. */
  readonly broken: readonly { readonly module?: string; readonly error: ErrorInfo }[];
}

/** Reads the project's pipelines in a thread of their own. What is broken is reported, and the others go on. */
export async function describeModules(context: CliContext): Promise<DescribedModules> {
  const executor = openExecutor(context, 'auto');
  try {
    const read = await Promise.all(pipelineModules(context).map((module) => executor.describe(module)));
    const described = await checkCrons(read, Date.now());
    const broken: DescribedModules['broken'][number][] = described.flatMap((each) =>
      each.ok ? [] : [{ module: each.module.name, error: each.error }],
    );
    let usable: readonly ModuleDescription[] = described;
    try {
      checkTogether(described);
    } catch (error) {
      usable = [];
      broken.push({ error: toErrorInfo(error) });
    }
    for (const { error } of broken) context.stderr.write(`ridgeline: ${error.message}\n`);
    return {
      modules: described.flatMap((each) => (each.ok ? [{ name: each.module.name, dags: each.dags }] : [])),
      usable,
      broken,
    };
  } finally {
    await executor.close();
  }
}
