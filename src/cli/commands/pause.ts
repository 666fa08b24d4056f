import type { Command } from 'commander';
import type { RunView } from '../../engine/index.ts';
import type { CliContext } from '../context.ts';
import { withPipelines } from '../open-home.ts';
import { report } from '../steering.ts';

export function register(command: Command, context: CliContext): void {
  command
    .argument('<pipeline>', 'a pipeline that this home knows')
    .option('--dry-run', 'say what would change, and change nothing')
    .addHelpText(
      'after',
      `
A paused pipeline goes on collecting events and starts nothing by itself; runs asked for by hand still start.

Examples:
  ridgeline pause housing_ridge
`,
    )
    .action((dag: string, { dryRun = false }: { dryRun?: boolean }) =>
      withPipelines(context, async (home) => {
        const { engine } = home;
        const pause = () => engine.pause(dag);
        const changed = dryRun ? engine.rehearse(pause) : pause();
        const open = engine
          .why(dag)
          .openRuns.flatMap(({ id, state }) => (state === 'queued' && waits(engine.getRun(id)) ? [] : [id]));
        const text = [
          changed
            ? `${dryRun ? 'would pause' : 'paused'} ${dag}: its events wait for ridgeline resume ${dag}`
            : `${dag} is paused already`,
          ...(open.length > 0 ? [`  run ${open.join(', ')} of it goes on; ridgeline cancel ends one`] : []),
        ].join('\n');
        report(context, home, { dag, dryRun, paused: true, changed }, text, false);
      }),
    );
}

/** A queued run that nobody asked for starts only after `resume`. */
function waits({ trigger }: RunView): boolean {
  return trigger.type === 'dataset' || trigger.type === 'cron';
}
