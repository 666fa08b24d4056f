import type { Graph, GraphNode } from './graph.ts';

const MARKS: Readonly<Record<GraphNode['kind'], string>> = {
  task: '●',
  map: '●',
  branch: '◆',
  dag: '●',
  dataset: '■',
};

/**
 * Draws a graph for a terminal, one node a line, top to bottom, with a lane for every edge under way as `git log
 * --graph` does it. Weak edges are written beside their node instead: they may lead upwards.
 *
 *     ●    extract
 *     ├─╮
 *     ● │  save_data_to_s3  (export data/housing.csv)
 *       ●  featurize
 */
export function drawGraph(graph: Graph): string[] {
  const order = drawingOrder(graph);
  const rank = new Map(order.map((node, i) => [node.id, i]));
  const labels = new Map(graph.nodes.map((node) => [node.id, node.label]));
  const lines: { lanes: string; text: string }[] = [];
  /** Node each lane leads to; undefined where a lane has ended. */
  const lanes: (string | undefined)[] = [];
  /** Lane of the node above. */
  let above: number | undefined;

  for (const node of order) {
    const [first, ...merging] = lanes.flatMap((to, lane) => (to === node.id ? [lane] : []));
    const at = first ?? freeLane(lanes, 0);
    if (merging.length > 0) lines.push({ lanes: connect(lanes, at, merging, '┴', '╯'), text: '' });
    for (const lane of merging) lanes[lane] = undefined;

    // What starts here must not look like what follows from the node above.
    if (first === undefined && at === above) lines.push({ lanes: connect(lanes, lanes.length, [], '', ''), text: '' });

    const marks = Array.from({ length: Math.max(lanes.length, at + 1) }, (_, lane) =>
      lane === at ? MARKS[node.kind] : lanes[lane] === undefined ? ' ' : '│',
    );
    lines.push({ lanes: marks.join(' '), text: textOf(node, graph, labels) });

    const edges = graph.edges.filter((edge) => edge.from === node.id && !edge.weak);
    const targets = [...new Set(edges.map((edge) => edge.to))].filter((to) => rank.get(to)! > rank.get(node.id)!);
    const [next, ...splitting] = targets.toSorted((a, b) => rank.get(a)! - rank.get(b)!);
    lanes[at] = next;
    const opened = splitting.map((to) => {
      const lane = freeLane(lanes, at + 1);
      lanes[lane] = to;
      return lane;
    });
    if (opened.length > 0) lines.push({ lanes: connect(lanes, at, opened, '┬', '╮'), text: '' });
    above = opened.length > 0 ? undefined : at;
    while (lanes.length > 0 && lanes.at(-1) === undefined) lanes.pop();
  }
  const width = Math.max(...lines.map(({ lanes }) => lanes.length));
  return lines.map(({ lanes, text }) => `${lanes.padEnd(width)}  ${text}`.trimEnd());
}

/** Sources first; of the nodes that may come, the one whose source came last: a chain stays together. */
function drawingOrder({ nodes, edges }: Graph): GraphNode[] {
  const strong = edges.filter((edge) => !edge.weak);
  const left = new Set(nodes.map((node) => node.id));
  const ranks = new Map<string, number>();
  const order: GraphNode[] = [];
  while (order.length < nodes.length) {
    const waiting = nodes.filter((node) => left.has(node.id));
    const ready = waiting.filter((node) => strong.every((edge) => edge.to !== node.id || !left.has(edge.from)));
    const recent = (node: GraphNode): number =>
      Math.max(-1, ...strong.filter((edge) => edge.to === node.id).map((edge) => ranks.get(edge.from) ?? -1));
    // Nothing is ready in a loop, which is refused elsewhere: draw it all the same, without its last edge.
    const next = ready.length === 0 ? waiting[0]! : ready.reduce((a, b) => (recent(b) > recent(a) ? b : a));
    ranks.set(next.id, order.length);
    left.delete(next.id);
    order.push(next);
  }
  return order;
}

function freeLane(lanes: readonly (string | undefined)[], from: number): number {
  for (let lane = from; lane < lanes.length; lane++) if (lanes[lane] === undefined) return lane;
  return Math.max(from, lanes.length);
}

/** The line between two nodes on which lanes right of `at` leave it or join it. */
function connect(
  lanes: readonly (string | undefined)[],
  at: number,
  others: readonly number[],
  middle: string,
  end: string,
): string {
  const last = Math.max(...others);
  let line = '';
  for (let lane = 0; lane < lanes.length; lane++) {
    const crossed = lanes[lane] !== undefined;
    if (lane === at) line += '├';
    else if (lane === last) line += end;
    else if (others.includes(lane)) line += middle;
    else if (lane > at && lane < last) line += crossed ? '┼' : '─';
    else line += crossed ? '│' : ' ';
    line += lane >= at && lane < last ? '─' : ' ';
  }
  return line.trimEnd();
}

function textOf(node: GraphNode, graph: Graph, labels: ReadonlyMap<string, string>): string {
  const came = graph.edges.filter((edge) => edge.to === node.id);
  const notes = [
    ...(node.kind === 'dataset' ? ['dataset'] : node.kind === 'branch' || node.kind === 'map' ? [node.kind] : []),
    ...came.flatMap((edge) => (edge.label === undefined ? [] : [`if ${labels.get(edge.from)} is ${edge.label}`])),
    ...came.flatMap((edge) => (edge.weak ? [`reads ${labels.get(edge.from)}`] : [])),
    ...node.notes,
  ];
  return notes.length === 0 ? node.label : `${node.label}  (${notes.join('; ')})`;
}
