import type { DagDefinition } from '../contracts/definition.ts';
import type { CliContext } from './context.ts';
import { openExecutor } from './open-executor.ts';
import { pipelineModules } from './pipelines.ts';

export interface DescribedModule {
  readonly name: string;
  readonly dags: readonly DagDefinition[];
}

/** Reads the project's pipelines in a thread of their own. A broken file is reported, and the others go on. */
export async function describeModules(context: CliContext): Promise<readonly DescribedModule[]> {
  const executor = openExecutor(context, 'auto');
  try {
    const described: DescribedModule[] = [];
    for (const module of pipelineModules(context)) {
      const description = await executor.describe(module);
      if (description.ok) described.push({ name: module.name, dags: description.dags });
      else context.stderr.write(`ridgeline: ${description.error.message}\n`);
    }
    return described;
  } finally {
    await executor.close();
  }
}
