import type { Command } from 'commander';
import { RidgelineError } from '../../contracts/errors.ts';
import type { Engine, RunView, TaskLogLine } from '../../engine/index.ts';
import type { CliContext } from '../context.ts';
import { pause } from '../interrupt.ts';
import { withState } from '../open-home.ts';
import { formatTime, painter, printJson } from '../output.ts';

/** How often a followed run is looked at. */
const LOOK_MS = 200;

export function register(command: Command, context: CliContext): void {
  command
    .argument('<run>', 'id of a run, or how it begins; of a run of another home on this store, its whole id')
    .argument('[task]', 'only this task')
    .option('-f, --follow', 'go on until the run has ended')
    .addHelpText('after', '\nExamples:\n  ridgeline logs 12\n  ridgeline logs 12 train\n  ridgeline logs -f 12\n')
    .action((run: string, task: string | undefined, { follow }: { follow?: true }) =>
      logs(run, task, follow === true, context),
    );
}

async function logs(run: string, task: string | undefined, follow: boolean, context: CliContext): Promise<void> {
  await withState(context, async ({ engine }) => {
    checkTask(engine, run, task);
    const lines: TaskLogLine[] = [];
    // A run of another home is only known by what it left in the store.
    const parts = follow
      ? followLogs(engine, engine.getRun(run).id, task, context.signal)
      : [engine.getLogs(run, task)];
    for await (const more of parts) {
      lines.push(...more);
      if (!context.json) printLines(more, context);
    }
    if (context.json) printJson(context, { lines });
    else if (lines.length === 0) context.stderr.write(`nothing was logged${stateOf(engine, run)}\n`);
  });
}

function checkTask(engine: Engine, run: string, task: string | undefined): void {
  const tasks = task === undefined ? undefined : find(engine, run)?.tasks.map(({ id }) => id);
  if (tasks === undefined || tasks.includes(task!)) return;
  throw new RidgelineError('UNKNOWN_TASK', 'usage', `run "${run}": no task "${task}"`, {
    remedy: `its tasks: ${[...new Set(tasks)].join(', ')}`,
  });
}

function stateOf(engine: Engine, run: string): string {
  const known = find(engine, run);
  return known ? `; the run is ${known.state}${known.error ? `: ${known.error.message}` : ''}` : '';
}

/** Undefined for a run of another home. */
function find(engine: Engine, run: string): RunView | undefined {
  try {
    return engine.getRun(run);
  } catch {
    return undefined;
  }
}

/** The lines there are, then those that come, until the run has ended. */
async function* followLogs(
  engine: Engine,
  run: string,
  task: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<readonly TaskLogLine[]> {
  for (let seen = 0; ;) {
    // Asked before the lines are read: what a run said before it ended is among them.
    const hasEnded = engine.getRun(run).endedAt !== undefined;
    const lines = await engine.getLogs(run, task);
    yield lines.slice(seen);
    seen = lines.length;
    if (hasEnded) return;
    await pause(LOOK_MS, signal);
  }
}

function printLines(lines: readonly TaskLogLine[], context: CliContext): void {
  const paint = painter(context, context.stdout);
  const styles = { debug: 'dim', info: 'reset', warn: 'yellow', error: 'red' } as const;
  for (const line of lines) {
    const task = line.mapIndex < 0 ? line.task || '(run)' : `${line.task}[${line.mapIndex}]`;
    const head = `${formatTime(line.at)} ${task}${line.attempt > 1 ? ` #${line.attempt}` : ''}`;
    context.stdout.write(`${paint('dim', head)} ${paint(styles[line.level], line.message)}\n`);
  }
}
