import type { Graph, GraphNode } from './graph.ts';

const SHAPES: Readonly<Record<GraphNode['kind'], readonly [open: string, close: string]>> = {
  task: ['[', ']'],
  map: ['[[', ']]'],
  branch: ['{', '}'],
  dag: ['([', '])'],
  dataset: ['[(', ')]'],
};

/** A graph in Mermaid's flowchart language, which GitHub and most wikis draw. Groups are subgraphs. */
export function toMermaid(graph: Graph): string[] {
  // Numbers for names: a task may be called `end`, which is a word of the language.
  const numbers = new Map(graph.nodes.map((node, i) => [node.id, `n${i}`]));
  const groups = [...new Set(graph.nodes.flatMap((node) => node.groups))];

  function write(group: string | undefined, indent: string): string[] {
    const inside = groups.filter((each) => parentOf(each) === group);
    return [
      ...graph.nodes
        .filter((node) => node.groups.at(-1) === group)
        .map((node) => `${indent}${numbers.get(node.id)}${shape(node)}`),
      ...inside.flatMap((each) => [
        `${indent}subgraph g${groups.indexOf(each)}[${quote(each)}]`,
        ...write(each, `${indent}  `),
        `${indent}end`,
      ]),
    ];
  }

  return [
    'flowchart LR',
    ...write(undefined, '  '),
    ...graph.edges.map(({ from, to, label, weak }) => {
      const arrow = weak ? '-.->' : '-->';
      const text = label === undefined ? '' : `|${quote(label)}|`;
      return `  ${numbers.get(from)} ${arrow}${text} ${numbers.get(to)}`;
    }),
  ];
}

function parentOf(group: string): string | undefined {
  const end = group.lastIndexOf('.');
  return end < 0 ? undefined : group.slice(0, end);
}

function shape(node: GraphNode): string {
  const [open, close] = SHAPES[node.kind];
  return `${open}${quote([node.label, ...node.notes].join('\n'))}${close}`;
}

/** A quoted text takes everything but quotes, markup and its own entities. */
function quote(text: string): string {
  const escaped = text
    .replaceAll('#', '#35;')
    .replaceAll('&', '#amp;')
    .replaceAll('"', '#quot;')
    .replaceAll('<', '#lt;')
    .replaceAll('>', '#gt;')
    .replaceAll('\n', '<br/>');
  return `"${escaped}"`;
}
