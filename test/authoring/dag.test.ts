import { describe, expect, test } from 'vitest';
import { all, any, cron, dag, dataset, refuseLoops } from '../../src/authoring/index.ts';
import type { Builder, ScheduleOption } from '../../src/authoring/index.ts';
import { isDag } from '../../src/contracts/context.ts';

const context = undefined as never;

describe('a pipeline is a pure value', () => {
  const features = dataset('features');
  const built = dag(
    'ridge',
    { schedule: features, emitOn: 'run', params: { alpha: 1, name: 'x' } },
    ({ task, map, group }) => {
      const model = task('train', { inputs: { features }, retries: 2, timeoutMs: 100 }, () => 7);
      task('save', { inputs: { model }, export: 'data/model.json' }, ({ model }) => model + 1);
      group('g', ({ map }) => map('each', [1, 2], (item) => item * 10));
      map('list', model as never, { after: [model] }, (item: number, _inputs) => item);
    },
  );

  test('whose definition is plain data that survives a message', () => {
    expect(isDag(built)).toBe(true);
    expect(structuredClone(built.definition)).toEqual(built.definition);
    expect(JSON.parse(JSON.stringify(built.definition))).toEqual(built.definition);
    expect(built.definition).toMatchObject({
      id: 'ridge',
      schedule: { datasets: { type: 'dataset', name: 'features' } },
      emitOn: 'run',
      consume: 'latest',
      params: { alpha: { type: 'number', default: 1 }, name: { type: 'string', default: 'x' } },
      datasets: [{ name: 'features', skipUnchanged: false }],
    });
    expect(built.definition.tasks.map((task) => task.id)).toEqual(['train', 'save', 'g.each', 'list']);
    expect(built.definition.tasks[1]).toMatchObject({
      inputs: { model: { type: 'task', task: 'train', optional: false } },
      export: 'data/model.json',
      triggerRule: 'all_success',
    });
    expect(built.definition.tasks[3]).toMatchObject({ kind: 'map', over: { task: 'train' }, after: ['train'] });
  });

  test('and whose functions have one form, the item of a mapped one last', () => {
    expect(built.functions['save']!({ model: 1 }, context)).toBe(2);
    expect(built.functions['g.each']!({}, context, 4)).toBe(40);
  });
});

const of = (schedule: ScheduleOption) => dag('d', { schedule }, ({ task }) => task('t', () => 1)).definition.schedule;

test('cron and datasets are alternatives in one schedule', () => {
  const [a, b] = [dataset('a'), dataset('b')];
  expect(of(any(cron('0 6 * * *', 'Europe/Berlin'), all(a, b)))).toEqual({
    cron: { expression: '0 6 * * *', timezone: 'Europe/Berlin' },
    datasets: {
      type: 'all',
      of: [
        { type: 'dataset', name: 'a' },
        { type: 'dataset', name: 'b' },
      ],
    },
  });
  expect(of(cron('0 6 * * *'))).toEqual({ cron: { expression: '0 6 * * *', timezone: 'UTC' } });
  expect(() => of(all())).toThrow(/all\(\) in its schedule names no dataset/);
});

describe('names', () => {
  const bad = ['', ' ', '../x', 'a/b', "it's", '"q"', '😀', '-x', '.x', 'x'.repeat(251), 'x'.repeat(5000), 'a\nb', 3];
  test.each(bad)('%j is refused for a dag, a task, a group and a dataset', (name) => {
    const id = name as string;
    expect(() => dataset(id)).toThrow(/^dataset: a name is 1 to 250 letters/);
    expect(() => dag(id, ({ task }) => task('t', () => 1))).toThrow(/^dag: a name is/);
    expect(() => dag('d', ({ task }) => task(id, () => 1))).toThrow(/^dag "d": task: a name is/);
    expect(() => dag('d', ({ group }) => group(id, () => 1))).toThrow(/^dag "d": group: a name is/);
  });

  test('differing in case only are one name', () => {
    expect(() => dag('d', ({ task }) => [task('Load', () => 1), task('load', () => 1)])).toThrow(
      'dag "d": task "load": names are unique, ignoring case; "Load" differs from it in case only',
    );
  });

  test('a message shows the beginning of a long name', () => {
    expect(() => dataset('x'.repeat(5000))).toThrow(/got "x{40}…"$/);
  });
});

const lenient = (strict: boolean) =>
  dag('d', ({ task, branch }) => {
    const way = branch('way', () => 'l');
    const left = task('left', { when: way.is('l') }, () => 1);
    const next = task('next', { inputs: { left } }, () => 1);
    task('end', { inputs: { next: strict ? next : next.optional() }, triggerRule: 'none_failed' } as never, () => 1);
  });

describe('wiring is checked when built', () => {
  const x = dataset('x');
  test.each([
    [
      'two tasks with one outlet',
      /task "b": "x" is the outlet of "a" already/,
      (d) => [d.task('a', { outlet: x }, () => 1 as never), d.task('b', { outlet: x }, () => 1 as never)],
    ],
    [
      'two tasks with one export',
      /"k.csv" is the export of "a" already/,
      (d) => [d.task('a', { export: 'k.csv' }, () => 1), d.task('b', { export: 'k.csv' }, () => 1)],
    ],
    [
      'an export that leaves the store',
      /cannot export to "..\/k.csv"/,
      (d) => d.task('a', { export: '../k.csv' }, () => 1),
    ],
    [
      'an export into the log',
      /cannot export to "_log\/1.json"/,
      (d) => d.task('a', { export: '_log/1.json' }, () => 1),
    ],
    [
      'an export among the objects',
      /cannot export to "objects\/k.csv"/,
      (d) => d.task('a', { export: 'objects/k.csv' }, () => 1),
    ],
    ['an export without a format', /cannot export to "data\/k"/, (d) => d.task('a', { export: 'data/k' }, () => 1)],
    ['retries that are none', /retries is a whole number from 0, got -1/, (d) => d.task('a', { retries: -1 }, () => 1)],
    [
      'a limit of no time',
      /timeoutMs is a whole number from 1, got NaN/,
      (d) => d.task('a', { timeoutMs: Number.NaN }, () => 1),
    ],
    ['no function', /its function is missing/, (d) => d.task('a', {}, undefined as never)],
    [
      'a lenient rule over a strict input',
      /under all_done its input "a" may have no value/,
      (d) => d.task('b', { inputs: { a: d.task('a', () => 1) }, triggerRule: 'all_done' }, () => 1),
    ],
  ] as [string, RegExp, (d: Builder<object>) => unknown][])('%s', (_name, message, build) => {
    expect(() => dag('d', build as never)).toThrow(message);
  });

  test('none_failed over a task that may be skipped, and over one that follows it', () => {
    expect(() => lenient(true)).toThrow(/because "next" can be skipped/);
    expect(lenient(false).definition.tasks[3]).toMatchObject({ inputs: { next: { optional: true } } });
  });

  test('a task of another dag', () => {
    let stolen: never;
    dag('one', ({ task }) => void (stolen = task('a', () => 1) as never));
    expect(() => dag('two', ({ task }) => [task('a', () => 1), task('b', { inputs: { a: stolen } }, () => 1)])).toThrow(
      'dag "two", task "b": "a" is no task of this dag',
    );
  });

  test('a dag without tasks', () => {
    expect(() => dag('d', () => 1)).toThrow('dag "d": it has no tasks');
  });
});

describe('R14 loops are refused', () => {
  const [a, b, c] = [dataset('a'), dataset('b'), dataset('c')];
  const step = (id: string, from: typeof a, to: typeof a) =>
    dag(id, { schedule: from }, ({ task }) => task('t', { inputs: { from }, outlet: to }, ({ from }) => from))
      .definition;

  test('naming the whole loop', () => {
    expect(() => refuseLoops([step('x', a, b), step('y', b, c), step('z', c, a)])).toThrow(
      'pipelines trigger each other in a loop: x -[b]-> y -[c]-> z -[a]-> x',
    );
    expect(() => refuseLoops([step('self', a, a)])).toThrow('self -[a]-> self');
  });

  test('a diamond is none, nor is a dataset that is read and not waited for', () => {
    const reader = dag('r', { schedule: b }, ({ task }) =>
      task('t', { inputs: { c, b }, outlet: c }, ({ c }) => c),
    ).definition;
    refuseLoops([step('x', a, b), step('y', a, dataset('d')), reader]);
  });
});
