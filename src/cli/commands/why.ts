import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { withPipelines } from '../open-home.ts';
import { painter, printJson } from '../output.ts';
import { formatWhy } from '../why-text.ts';

export function register(command: Command, context: CliContext): void {
  command
    .argument('<pipeline>', 'a pipeline that this home knows')
    .addHelpText('after', '\nExamples:\n  ridgeline why housing_ridge\n')
    .action((dag: string) =>
      withPipelines(context, async ({ engine }) => {
        const why = engine.why(dag);
        const scheduler = engine.scheduler();
        if (context.json) return printJson(context, { ...why, scheduler });
        context.stdout.write(`${formatWhy(why, scheduler !== undefined, painter(context, context.stdout))}\n`);
      }),
    );
}
