import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { withPipelines } from '../open-home.ts';
import { collectParam } from '../param-option.ts';
import { reportRuns } from '../steering.ts';

interface TriggerOptions {
  readonly param: Readonly<Record<string, unknown>>;
  readonly dryRun?: boolean;
}

export function register(command: Command, context: CliContext): void {
  command
    .argument('<pipeline>', 'a pipeline that this home knows')
    .option('--param <name=value>', 'a parameter of the run; repeat for more', collectParam, {})
    .option('--dry-run', 'say what would be queued, and queue nothing')
    .addHelpText(
      'after',
      `
Queues one run, for ridgeline up to start. To run it here and now: ridgeline run.

Examples:
  ridgeline trigger housing_features
  ridgeline trigger housing_ridge --dry-run
`,
    )
    .action((dag: string, { param, dryRun = false }: TriggerOptions) =>
      withPipelines(context, async (home) => {
        const { engine } = home;
        const trigger = () => engine.trigger(dag, param);
        const run = dryRun ? engine.rehearse(trigger) : trigger();
        reportRuns(context, home, [run], dryRun);
      }),
    );
}
