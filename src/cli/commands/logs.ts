import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { withHome } from '../open-home.ts';
import { formatTime, painter, printJson } from '../output.ts';

export function register(command: Command, context: CliContext): void {
  command
    .argument('<run>', 'id of a run, or how it begins')
    .argument('[task]', 'only this task')
    .addHelpText('after', '\nExamples:\n  ridgeline logs 1f0c\n  ridgeline logs 1f0c train\n')
    .action((run: string, task: string | undefined) => logs(run, task, context));
}

async function logs(run: string, task: string | undefined, context: CliContext): Promise<void> {
  await withHome(context, async ({ engine }) => {
    const lines = engine.getLogs(run, task);
    if (context.json) return printJson(context, { lines });
    const paint = painter(context, context.stdout);
    const styles = { debug: 'dim', info: 'reset', warn: 'yellow', error: 'red' } as const;
    for (const line of lines) {
      const task = line.mapIndex < 0 ? line.task : `${line.task}[${line.mapIndex}]`;
      const head = `${formatTime(line.at)} ${task}${line.attempt > 1 ? ` #${line.attempt}` : ''}`;
      context.stdout.write(`${paint('dim', head)} ${paint(styles[line.level], line.message)}\n`);
    }
    if (lines.length === 0) context.stderr.write('nothing was logged\n');
  });
}
