import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { withHome } from '../open-home.ts';
import { report } from '../steering.ts';

export function register(command: Command, context: CliContext): void {
  command
    .argument('<pipeline>', 'a pipeline that this home knows')
    .addHelpText(
      'after',
      `
A paused pipeline goes on collecting events and starts nothing by itself; runs asked for by hand still start.

Examples:
  ridgeline pause housing_ridge
`,
    )
    .action((dag: string) =>
      withHome(context, async (home) => {
        const changed = home.engine.pause(dag);
        const text = changed
          ? `paused ${dag}: its events wait for ridgeline resume ${dag}`
          : `${dag} was paused already`;
        report(context, home, { dag, paused: true, changed }, text, false);
      }),
    );
}
