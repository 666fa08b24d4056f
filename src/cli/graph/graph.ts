import { datasetNames, upstreamOf } from '../../authoring/index.ts';
import type { DagDefinition, DatasetExpression, TaskDefinition } from '../../contracts/definition.ts';

export interface GraphNode {
  readonly id: string;
  readonly label: string;
  readonly kind: 'task' | 'branch' | 'map' | 'dag' | 'dataset';
  /** What a reader should know beside the name: `cron 0 6 * * *`, `export data/x.csv`. */
  readonly notes: readonly string[];
  /** Full names of the groups around it, outermost first. */
  readonly groups: readonly string[];
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  /** The branch's choice, or what an outlet is called. */
  readonly label?: string;
  /** Read, but no reason to run: a dataset that is an input and not in the schedule. */
  readonly weak?: boolean;
}

export interface Graph {
  readonly name: string;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/** The tasks of one pipeline, between the datasets it reads and those it publishes. */
export function dagGraph(dag: DagDefinition): Graph {
  const nodes: GraphNode[] = [];
  const edges: GraphEdge[] = [];
  const read = new Set<string>();
  for (const task of dag.tasks) {
    for (const input of Object.values(task.inputs)) {
      if (input.type !== 'dataset') continue;
      if (!read.has(input.dataset)) nodes.push(datasetNode(`in:${input.dataset}`, input.dataset));
      read.add(input.dataset);
      edges.push({ from: `in:${input.dataset}`, to: task.id });
    }
    nodes.push({ id: task.id, label: task.id, kind: task.kind, notes: taskNotes(task), groups: groupsOf(task.id) });
    for (const from of upstreamOf(task)) {
      const label = task.when?.branch === from ? task.when.choice : undefined;
      edges.push({ from, to: task.id, ...(label !== undefined && { label }) });
    }
    for (const [key, dataset] of Object.entries(task.outlets)) {
      nodes.push(datasetNode(`out:${dataset}`, dataset));
      edges.push({ from: task.id, to: `out:${dataset}`, ...(key !== '' && key !== dataset && { label: key }) });
    }
  }
  return { name: dag.id, nodes, edges };
}

/** Which pipelines publish which datasets, and which run when they do. */
export function datasetGraph(dags: readonly DagDefinition[]): Graph {
  const nodes = new Map<string, GraphNode>();
  const edges: GraphEdge[] = [];
  const add = (name: string): string => {
    if (!nodes.has(`dataset:${name}`)) nodes.set(`dataset:${name}`, datasetNode(`dataset:${name}`, name));
    return `dataset:${name}`;
  };
  for (const dag of dags) {
    const id = `dag:${dag.id}`;
    nodes.set(id, { id, label: dag.id, kind: 'dag', notes: dagNotes(dag), groups: [] });
    const awaited = datasetNames(dag.schedule.datasets);
    for (const name of awaited) edges.push({ from: add(name), to: id });
    const inputs = dag.tasks.flatMap((task) =>
      Object.values(task.inputs).flatMap((input) => (input.type === 'dataset' ? [input.dataset] : [])),
    );
    for (const name of new Set(inputs)) {
      if (!awaited.includes(name)) edges.push({ from: add(name), to: id, weak: true });
    }
    for (const name of new Set(dag.tasks.flatMap((task) => Object.values(task.outlets)))) {
      edges.push({ from: id, to: add(name) });
    }
  }
  return { name: 'datasets', nodes: [...nodes.values()], edges };
}

/** As it is written in a pipeline: `all(a, any(b, c))`. */
export function formatExpression(expression: DatasetExpression): string {
  return expression.type === 'dataset'
    ? expression.name
    : `${expression.type}(${expression.of.map(formatExpression).join(', ')})`;
}

function datasetNode(id: string, label: string): GraphNode {
  return { id, label, kind: 'dataset', notes: [], groups: [] };
}

function taskNotes(task: TaskDefinition): string[] {
  return [
    ...(task.triggerRule === 'all_success' ? [] : [task.triggerRule]),
    ...(task.over && 'items' in task.over ? [`${task.over.items.length} times`] : []),
    ...(task.export === undefined ? [] : [`export ${task.export}`]),
  ];
}

/** Of a schedule only what its edges do not show. */
function dagNotes({ schedule, consume }: DagDefinition): string[] {
  const { cron, datasets } = schedule;
  return [
    ...(cron ? [`cron ${cron.expression}${cron.timezone === 'UTC' ? '' : ` ${cron.timezone}`}`] : []),
    ...(datasets && datasets.type !== 'dataset' ? [formatExpression(datasets)] : []),
    ...(datasets && consume !== 'latest' ? [`consumes ${consume}`] : []),
    ...(cron || datasets ? [] : ['by hand']),
  ];
}

function groupsOf(id: string): string[] {
  const parts = id.split('.').slice(0, -1);
  return parts.map((_, i) => parts.slice(0, i + 1).join('.'));
}
