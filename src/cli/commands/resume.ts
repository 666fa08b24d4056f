import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { withPipelines } from '../open-home.ts';
import { report } from '../steering.ts';

export function register(command: Command, context: CliContext): void {
  command
    .argument('<pipeline>', 'a paused pipeline')
    .option('--dry-run', 'say which events would be skipped, and change nothing')
    .addHelpText(
      'after',
      `
What becomes of the events that came meanwhile is the pipeline's onResume: the latest (default), each, or none of them.

Examples:
  ridgeline resume housing_ridge
`,
    )
    .action((dag: string, { dryRun = false }: { dryRun?: boolean }) =>
      withPipelines(context, async (home) => {
        const { engine } = home;
        const resume = () => ({ skipped: engine.resume(dag), pending: pendingOf(engine.why(dag).datasets) });
        const { skipped, pending } = dryRun ? engine.rehearse(resume) : resume();
        const changed = skipped !== undefined;
        const text = changed
          ? `${dryRun ? 'would resume' : 'resumed'} ${dag}: ${pending} pending, ${skipped} skipped`
          : `${dag} was not paused`;
        report(context, home, { dag, dryRun, changed, skipped: skipped ?? 0, pending }, text, changed && !dryRun);
      }),
    );
}

function pendingOf(datasets: readonly { readonly pending: readonly number[] }[]): number {
  return datasets.reduce((sum, { pending }) => sum + pending.length, 0);
}
