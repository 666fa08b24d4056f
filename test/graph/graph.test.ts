import { describe, expect, test } from 'vitest';
import { all, any, cron, dag, dataset } from '../../src/authoring/index.ts';
import { drawGraph } from '../../src/cli/graph/drawing.ts';
import type { Graph } from '../../src/cli/graph/graph.ts';
import { dagGraph, datasetGraph } from '../../src/cli/graph/graph.ts';
import { toMermaid } from '../../src/cli/graph/mermaid.ts';

const features = dataset<number>('features');
const model = dataset<number>('model');
const produce = dag('produce', ({ task }) => {
  const raw = task('extract', () => 1);
  task('save', { inputs: { raw }, export: 'data/raw.json' }, () => 1);
  task('build', { inputs: { raw }, outlet: features }, () => 1);
});
const train = dag(
  'train',
  { schedule: any(cron('0 6 * * *', 'Europe/Berlin'), all(features, dataset('prices'))) },
  (d) => {
    const experiment = d.group('prepare', ({ task, branch }) => {
      const exists = branch('check', () => 'create' as 'skip' | 'create');
      const created = task('create', { when: exists.is('create') }, () => 1);
      return task('get', { inputs: { created: created.optional() }, triggerRule: 'none_failed' }, () => 1);
    });
    d.map('buckets', ['a', 'b'], (name) => name);
    const fit = d.task('fit', { inputs: { features, experiment }, outlet: model }, () => 1);
    d.task('predict', { inputs: { features, fit } }, () => 1);
  },
);
const report = dag('report', { schedule: model }, ({ task }) => task('write', { inputs: { features } }, () => 1));

const node = (id: string) => ({ id, label: id, kind: 'task', notes: [], groups: [] }) as const;

describe('a drawing for the terminal', () => {
  test('of a pipeline that forks', () => {
    expect(drawGraph(dagGraph(produce.definition))).toEqual([
      '●    extract',
      '├─╮',
      '● │  save  (export data/raw.json)',
      '  ●  build',
      '  ■  features  (dataset)',
    ]);
  });

  test('of groups, branches, a mapped task and inputs that join', () => {
    expect(drawGraph(dagGraph(train.definition))).toEqual([
      '◆      prepare.check  (branch)',
      '●      prepare.create  (if prepare.check is create)',
      '●      prepare.get  (none_failed)',
      '│ ●    buckets  (map; 2 times)',
      '│',
      '│ ■    features  (dataset)',
      '│ ├─╮',
      '├─╯ │',
      '●   │  fit',
      '├─╮ │',
      '■ │ │  model  (dataset)',
      '  ├─╯',
      '  ●    predict',
    ]);
  });

  test('of the datasets between pipelines: what triggers is an edge, what is only read a note', () => {
    expect(drawGraph(datasetGraph([report, train, produce].map((each) => each.definition)))).toEqual([
      '■    prices  (dataset)',
      '│ ●  produce  (by hand)',
      '│ ■  features  (dataset)',
      '├─╯',
      '●    train  (cron 0 6 * * * Europe/Berlin; all(features, prices))',
      '■    model  (dataset)',
      '●    report  (reads features)',
    ]);
  });

  test('lanes that cross stay apart', () => {
    const graph: Graph = {
      name: 'cross',
      nodes: ['a', 'b', 'c', 'd', 'e'].map(node),
      edges: ['ab', 'ac', 'ad', 'be', 'ce', 'bd'].map((edge) => ({ from: edge[0]!, to: edge[1]! })),
    };
    expect(drawGraph(graph)).toEqual([
      '●        a',
      '├─┬─╮',
      '● │ │    b',
      '├─┼─┼─╮',
      '├─╯ │ │',
      '●   │ │  d',
      '    ● │  c',
      '    ├─╯',
      '    ●    e',
    ]);
  });

  test('a loop is drawn without the edge that closes it', () => {
    const loop = dag('loop', { schedule: model }, ({ task }) => task('t', { outlet: model }, () => 1));
    expect(drawGraph(datasetGraph([loop.definition]))).toEqual(['●  loop', '■  model  (dataset)']);
  });
});

describe('Mermaid', () => {
  test('groups are subgraphs, a choice labels its edge', () => {
    expect(toMermaid(dagGraph(train.definition))).toEqual([
      'flowchart LR',
      '  n3[["buckets<br/>2 times"]]',
      '  n4[("features")]',
      '  n5["fit"]',
      '  n6[("model")]',
      '  n7["predict"]',
      '  subgraph g0["prepare"]',
      '    n0{"prepare.check"}',
      '    n1["prepare.create"]',
      '    n2["prepare.get<br/>none_failed"]',
      '  end',
      '  n0 -->|"create"| n1',
      '  n1 --> n2',
      '  n4 --> n5',
      '  n2 --> n5',
      '  n5 --> n6',
      '  n4 --> n7',
      '  n5 --> n7',
    ]);
  });

  test('a dataset that is only read is a dotted edge', () => {
    expect(toMermaid(datasetGraph([report.definition]))).toEqual([
      'flowchart LR',
      '  n0(["report"])',
      '  n1[("model")]',
      '  n2[("features")]',
      '  n1 --> n0',
      '  n2 -.-> n0',
    ]);
  });

  test('a text cannot leave its quotes', () => {
    const node = { id: 'a', label: 'say "<b>#1;</b>" & go', kind: 'task', notes: [], groups: [] } as const;
    expect(toMermaid({ name: 'x', nodes: [node], edges: [] })[1]).toBe(
      '  n0["say #quot;#lt;b#gt;#35;1;#lt;/b#gt;#quot; #amp; go"]',
    );
  });
});
