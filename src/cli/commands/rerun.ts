import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { withState } from '../open-home.ts';
import { reportRuns } from '../steering.ts';

interface RerunOptions {
  readonly from?: string;
  readonly emit: boolean;
  readonly dryRun?: boolean;
}

export function register(command: Command, context: CliContext): void {
  command
    .argument('<run>', 'id of a run that has ended, or what comes before its -')
    .option('--from <task>', 'keep what the tasks before this one gave, and start here')
    .option('--no-emit', 'publish no new version')
    .option('--dry-run', 'say what would be queued, and queue nothing')
    .addHelpText(
      'after',
      `
Queues a new run on the same dataset versions and parameters, in the pipeline's code of today. It says which tasks it keeps;
what "gc" has deleted of an old run is made, and published, again.

Examples:
  ridgeline rerun 12
  ridgeline rerun 12 --from train
  ridgeline rerun 11 --no-emit                its consumers are left alone
`,
    )
    .action((id: string, { from, emit, dryRun = false }: RerunOptions) =>
      withState(context, async (home) => {
        const { engine } = home;
        const rerun = () => engine.rerun(id, { emit, ...(from !== undefined && { from }) });
        const run = dryRun ? engine.rehearse(rerun) : rerun();
        const kept = run.tasks.filter(({ state }) => state !== 'none').map((task) => task.id);
        reportRuns(context, home, [run], dryRun, [
          ...(kept.length > 0 ? [`  keeps ${[...new Set(kept)].join(', ')}`] : []),
          ...(emit ? [] : ['  publishes no new version']),
        ]);
      }),
    );
}
