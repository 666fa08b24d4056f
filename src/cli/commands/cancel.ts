import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { withHome } from '../open-home.ts';
import { report } from '../steering.ts';

export function register(command: Command, context: CliContext): void {
  command
    .argument('<run>', 'id of a run, or what comes before its -')
    .addHelpText(
      'after',
      `
What works is told to stop and fails, what waits is skipped, what is being committed is let through.

Examples:
  ridgeline cancel 12
`,
    )
    .action((id: string) =>
      withHome(context, async (home) => {
        const { engine } = home;
        const changed = engine.cancel(id);
        const run = engine.getRun(id);
        const asked = run.state === 'failed' ? 'cancelled' : 'asked to stop';
        const text = changed
          ? `${run.dag} ${run.id}: ${asked}`
          : `${run.dag} ${run.id} had ended already: ${run.state}`;
        report(
          context,
          home,
          { run: run.id, dag: run.dag, changed, state: run.state },
          text,
          changed && run.state !== 'failed',
        );
      }),
    );
}
