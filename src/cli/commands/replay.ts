import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { withPipelines } from '../open-home.ts';
import { parseVersion, reportRuns } from '../steering.ts';

export function register(command: Command, context: CliContext): void {
  command
    .argument('<event>', 'a version of a dataset: built_features@2')
    .option('--only <pipeline>', 'this consumer only; default: all that had the event')
    .option('--dry-run', 'say what would be queued, and queue nothing')
    .addHelpText(
      'after',
      `
Queues runs that consume the event again, with the inputs that they had then, marked as replays.

Examples:
  ridgeline replay built_features@2
  ridgeline replay built_features@2 --only housing_ridge --dry-run
`,
    )
    .action((event: string, { only, dryRun = false }: { only?: string; dryRun?: boolean }) =>
      withPipelines(context, async (home) => {
        const { engine } = home;
        const { dataset, version } = parseVersion(event);
        const replay = () => engine.replay(dataset, version, only);
        const runs = dryRun ? engine.rehearse(replay) : replay();
        reportRuns(context, home, runs, dryRun);
      }),
    );
}
