import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { withState } from '../open-home.ts';
import { formatTime, painter, printJson } from '../output.ts';
import { formatRun, nameWidth } from '../run-summary.ts';

export function register(command: Command, context: CliContext): void {
  command
    .argument('<run>', 'id of a run, or how it begins')
    .addHelpText('after', '\nExamples:\n  ridgeline list --runs\n  ridgeline show 1f0c\n')
    .action((id: string) => show(id, context));
}

async function show(id: string, context: CliContext): Promise<void> {
  await withState(context, async ({ engine }) => {
    const run = engine.getRun(id);
    if (context.json) return printJson(context, run);
    const paint = painter(context, context.stdout);
    const facts = [
      ['run', run.id],
      ['state', run.state],
      ['created', formatTime(run.createdAt)],
      ['ended', formatTime(run.endedAt)],
      ...Object.entries(run.inputs).map(([dataset, version]) => ['input', `${dataset} version ${version}`]),
      ...Object.entries(run.params).map(([name, value]) => ['param', `${name} = ${JSON.stringify(value)}`]),
      ...run.exports.map(({ key, state }) => ['file', state === 'done' ? key : `${key} (not yet written)`]),
      ['code', run.codeHash.slice(0, 12)],
    ].filter(([, value]) => value !== '');
    const lines = facts.map(([name, value]) => `  ${paint('dim', name!.padEnd(8))} ${value}`);
    context.stdout.write(`${formatRun(run, false, nameWidth([run]), paint)}\n\n${lines.join('\n')}\n`);
  });
}
