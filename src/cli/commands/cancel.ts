import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { withState } from '../open-home.ts';
import { report } from '../steering.ts';

export function register(command: Command, context: CliContext): void {
  command
    .argument('<run>', 'id of a run, or what comes before its -')
    .option('--dry-run', 'say what would become of it, and change nothing')
    .addHelpText(
      'after',
      `
What works is told to stop and fails, what waits is skipped, what is being committed is let through.

Examples:
  ridgeline cancel 12
`,
    )
    .action((id: string, { dryRun = false }: { dryRun?: boolean }) =>
      withState(context, async (home) => {
        const { engine } = home;
        const cancel = () => ({ changed: engine.cancel(id), run: engine.getRun(id) });
        const { changed, run } = dryRun ? engine.rehearse(cancel) : cancel();
        const done = run.state === 'failed';
        const deed = done ? 'cancelled' : 'asked to stop';
        const text = changed
          ? `${run.dag} ${run.id}: ${dryRun ? `would be ${deed}` : deed}`
          : `${run.dag} ${run.id} had ended already: ${run.state}`;
        const json = { run: run.id, dag: run.dag, dryRun, changed, state: run.state };
        report(context, home, json, text, changed && !done && !dryRun);
      }),
    );
}
