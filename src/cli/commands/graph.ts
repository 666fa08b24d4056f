import type { Command } from 'commander';
import { RidgelineError } from '../../contracts/errors.ts';
import type { CliContext } from '../context.ts';
import { describeModules } from '../describe-modules.ts';
import type { DescribedModules } from '../describe-modules.ts';
import { drawGraph } from '../graph/drawing.ts';
import { dagGraph, datasetGraph } from '../graph/graph.ts';
import type { Graph } from '../graph/graph.ts';
import { toMermaid } from '../graph/mermaid.ts';
import { printJson } from '../output.ts';

export function register(command: Command, context: CliContext): void {
  command
    .argument('[name]', 'a pipeline or a module; absent: all pipelines and the datasets between them')
    .option('--mermaid', 'for a page that draws Mermaid, such as a README on GitHub')
    .addHelpText(
      'after',
      `
Examples:
  ridgeline graph                              which pipeline triggers which
  ridgeline graph housing_ridge                its tasks, from the datasets it reads to those it publishes
  ridgeline graph housing_ridge --mermaid
`,
    )
    .action(async (name: string | undefined, { mermaid = false }: { mermaid?: boolean }) => {
      const graphs = selectGraphs((await describeModules(context)).modules, name);
      if (context.json) return printJson(context, graphs);
      const texts = graphs.map((graph) => {
        const lines = mermaid ? toMermaid(graph) : drawGraph(graph);
        return (graphs.length > 1 && !mermaid ? [graph.name, '', ...lines] : lines).join('\n');
      });
      context.stdout.write(`${texts.join('\n\n')}\n`);
    });
}

function selectGraphs(modules: DescribedModules['modules'], name: string | undefined): readonly Graph[] {
  const dags = modules.flatMap((module) => module.dags);
  if (name === undefined) return [datasetGraph(dags)];
  const named = modules.find((module) => module.name === name)?.dags ?? dags.filter(({ id }) => id === name);
  if (named.length > 0) return named.map(dagGraph);
  const known = [...modules.map((module) => module.name), ...dags.map(({ id }) => id)];
  throw new RidgelineError('UNKNOWN_PIPELINE', 'usage', `no pipeline "${name}"`, {
    remedy: `there are: ${known.join(', ')}`,
  });
}
