import type { Command } from 'commander';
import type { DagDefinition, DatasetExpression } from '../../contracts/definition.ts';
import { EXIT_CODES } from '../../contracts/errors.ts';
import type { CliContext } from '../context.ts';
import { describeModules } from '../describe-modules.ts';
import { withState } from '../open-home.ts';
import { formatTime, printJson, printTable } from '../output.ts';
import { wholeNumber } from '../whole-number.ts';

export function register(command: Command, context: CliContext): void {
  command
    .option('--runs', 'list runs instead, newest first')
    .option('--limit <n>', 'runs to list', wholeNumber('--limit', 1, 100_000), 20)
    .addHelpText(
      'after',
      `
A module that cannot be loaded, or a loop of datasets, is reported beside the others, and the exit code is then 2.

Examples:
  ridgeline list
  ridgeline list --runs --json
`,
    )
    .action((options: { runs?: boolean; limit: number }) =>
      options.runs ? listRuns(options.limit, context) : listPipelines(context),
    );
}

async function listPipelines(context: CliContext): Promise<void> {
  const { modules, broken } = await describeModules(context);
  if (broken[0] !== undefined) context.exitCode = EXIT_CODES[broken[0].error.kind];
  await withState(context, async ({ engine }) => {
    const known = new Map(engine.listDags().map((dag) => [dag.id, dag]));
    const dags = modules.flatMap(({ name, dags }) =>
      dags.map((dag) => ({
        id: dag.id,
        module: name,
        schedule: scheduleOf(dag),
        tasks: dag.tasks.length,
        paused: known.get(dag.id)?.paused ?? false,
        lastRun: known.get(dag.id)?.lastRun ?? null,
      })),
    );
    if (context.json) return printJson(context, { dags, broken });
    const rows = dags.map(({ id, module, schedule, tasks, paused, lastRun }) => [
      id,
      module,
      schedule,
      String(tasks),
      paused ? 'paused' : lastRun === null ? '' : `${lastRun.state} ${lastRun.id}`,
    ]);
    const header = ['PIPELINE', 'MODULE', 'RUNS', 'TASKS', 'LAST RUN'];
    printTable(context, header, rows);
  });
}

async function listRuns(limit: number, context: CliContext): Promise<void> {
  await withState(context, async ({ engine }) => {
    const runs = engine.listRuns({ limit });
    if (context.json) return printJson(context, { runs });
    const rows = runs.map((run) => [run.id, run.dag, run.state, run.trigger.type, formatTime(run.createdAt)]);
    const header = ['RUN', 'PIPELINE', 'STATE', 'TRIGGER', 'CREATED'];
    printTable(context, header, rows);
  });
}

/** When a pipeline runs, in words. */
function scheduleOf({ schedule }: DagDefinition): string {
  const parts = [
    ...(schedule.datasets === undefined ? [] : [`on ${expressionOf(schedule.datasets)}`]),
    ...(schedule.cron === undefined ? [] : [`cron ${schedule.cron.expression} (${schedule.cron.timezone})`]),
  ];
  return parts.length === 0 ? 'by hand' : parts.join(' or ');
}

function expressionOf(expression: DatasetExpression): string {
  if (expression.type === 'dataset') return expression.name;
  return `${expression.type}(${expression.of.map(expressionOf).join(', ')})`;
}
