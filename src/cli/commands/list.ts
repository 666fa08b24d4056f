import type { Command } from 'commander';
import type { DagDefinition, DatasetExpression } from '../../contracts/definition.ts';
import type { CliContext } from '../context.ts';
import { openExecutor } from '../open-executor.ts';
import { withHome } from '../open-home.ts';
import { formatTable, formatTime, painter, printJson } from '../output.ts';
import { pipelineModules } from '../pipelines.ts';

export function register(command: Command, context: CliContext): void {
  command
    .option('--runs', 'list runs instead, newest first')
    .option('--limit <n>', 'runs to list', Number, 20)
    .addHelpText('after', '\nExamples:\n  ridgeline list\n  ridgeline list --runs --json\n')
    .action((options: { runs?: boolean; limit: number }) =>
      options.runs ? listRuns(options.limit, context) : listPipelines(context),
    );
}

async function listPipelines(context: CliContext): Promise<void> {
  const executor = openExecutor(context, 'auto');
  try {
    await withHome(context, async ({ engine }) => {
      const modules = await Promise.all(pipelineModules(context).map((module) => executor.describe(module)));
      const known = new Map(engine.listDags().map((dag) => [dag.id, dag]));
      const dags = modules.flatMap((module) =>
        module.ok
          ? module.dags.map((dag) => ({
              id: dag.id,
              module: module.module.name,
              schedule: scheduleOf(dag),
              tasks: dag.tasks.length,
              paused: known.get(dag.id)?.paused ?? false,
              lastRun: known.get(dag.id)?.lastRun ?? null,
            }))
          : [],
      );
      const broken = modules.flatMap((module) =>
        module.ok ? [] : [{ module: module.module.name, error: module.error }],
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
      context.stdout.write(`${formatTable(header, rows, painter(context, context.stdout))}\n`);
      for (const { error } of broken) context.stderr.write(`ridgeline: ${error.message}\n`);
    });
  } finally {
    await executor.close();
  }
}

async function listRuns(limit: number, context: CliContext): Promise<void> {
  await withHome(context, async ({ engine }) => {
    const runs = engine.listRuns({ limit });
    if (context.json) return printJson(context, { runs });
    const rows = runs.map((run) => [run.id, run.dag, run.state, run.trigger.type, formatTime(run.createdAt)]);
    const header = ['RUN', 'PIPELINE', 'STATE', 'TRIGGER', 'CREATED'];
    context.stdout.write(`${formatTable(header, rows, painter(context, context.stdout))}\n`);
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
