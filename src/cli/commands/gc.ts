import type { Command } from 'commander';
import { RidgelineError } from '../../contracts/errors.ts';
import type { CliContext } from '../context.ts';
import { withHome } from '../open-home.ts';
import { formatCount, formatSize, printJson } from '../output.ts';

const DAY_MS = 24 * 3600 * 1000;

interface GcOptions {
  readonly keepRuns: number;
  readonly alone?: boolean;
  readonly dryRun?: boolean;
}

export function register(command: Command, context: CliContext): void {
  command
    .option(
      '--keep-runs <days>',
      'keep what runs of the last days returned, for rerun --from, and their logs',
      days,
      30,
    )
    .option('--alone', 'no other home is at work on the store now, though others have published to it')
    .option('--dry-run', 'say what would be deleted, and delete nothing')
    .addHelpText(
      'after',
      `
Deletes objects of the store that nothing needs: versions that were removed, results of runs that ended long ago, what a
killed process left, and logs of runs that have no version left and ended long ago, or are unknown here: those of other
homes too. Beside an up or a run it waits for a moment in which none of their tasks runs, for as long as that takes; a task
that is to start while it deletes waits for it.

Examples:
  ridgeline gc --dry-run
  ridgeline dataset rm built_features@1 && ridgeline gc
`,
    )
    .action(({ keepRuns, alone = false, dryRun = false }: GcOptions) =>
      withHome(context, async ({ engine }) => {
        const runsBefore = Date.now() - keepRuns * DAY_MS;
        const how = { runsBefore, alone, dryRun };
        const { deleted, kept } = await engine.collectGarbage(how, {
          onWaiting: () => void context.stderr.write('waiting for tasks, another gc or dataset publish on this home\n'),
          signal: context.signal,
        });
        const sizeBytes = deleted.reduce((sum, each) => sum + each.sizeBytes, 0);
        if (context.json)
          return printJson(context, { dryRun, deleted: deleted.map(({ key }) => key), sizeBytes, kept });
        const lines = dryRun ? deleted.map(({ key, sizeBytes }) => `  ${key}  ${formatSize(sizeBytes)}`) : [];
        const what = `${dryRun ? 'would delete' : 'deleted'} ${formatCount(deleted.length)} objects`;
        context.stdout.write([`${what}, ${formatSize(sizeBytes)}; kept ${formatCount(kept)}`, ...lines, ''].join('\n'));
      }),
    );
}

function days(text: string): number {
  const value = Number(text);
  if (text !== '' && value >= 0) return value;
  throw new RidgelineError('USAGE', 'usage', `--keep-runs: expected a number of days, got "${text}"`);
}
