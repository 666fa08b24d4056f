import type { Command } from 'commander';
import type { SourcePolicy } from '../../data/source/index.ts';
import type { CliContext } from '../context.ts';
import { openExecutor, sourceOption } from '../open-executor.ts';
import { collectParam } from '../param-option.ts';
import { pipelineModules } from '../pipelines.ts';

interface RunOptions {
  readonly source: SourcePolicy;
  readonly param: Readonly<Record<string, unknown>>;
}

export function register(command: Command, context: CliContext): void {
  command
    .argument('<name>', 'a module (its unscheduled pipelines) or one pipeline')
    .addOption(sourceOption())
    .option('--param <name=value>', 'a parameter of the run; repeat for more', collectParam, {})
    .addHelpText(
      'after',
      `
Runs to the end, with everything that its datasets trigger; finishes interrupted runs first. Beside a ridgeline up it has
that one do it, and follows.

Examples:
  ridgeline run housing
  ridgeline run housing --source synthetic --json
  RIDGELINE_STORE=s3://my-bucket ridgeline run housing_ridge
`,
    )
    .action((name: string, options: RunOptions) => run(name, options, context));
}

async function run(name: string, { source, param }: RunOptions, context: CliContext): Promise<void> {
  const begin = performance.now();
  const executor = openExecutor(context, source);
  try {
    for (const module of pipelineModules(context)) executor.warm(module);
    // The rest is loaded while the first thread starts.
    const { runPipelines } = await import('../run-pipelines.ts');
    await runPipelines(name, param, begin, executor, context);
  } finally {
    await executor.close();
  }
}
