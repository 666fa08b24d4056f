/* eslint-disable unicorn/consistent-function-scoping -- helpers stand beside the cases that use them */
import { describe, expect, test } from 'vitest';
import type { DatasetExpression } from '../../src/contracts/definition.ts';
import { fire } from '../../src/engine/plan/fire.ts';
import { pinVersions, planRuns } from '../../src/engine/plan/runs.ts';
import type { InboxRow } from '../../src/engine/plan/runs.ts';

const [a, b, c] = ['a', 'b', 'c'].map((name): DatasetExpression => ({ type: 'dataset', name })) as [
  DatasetExpression,
  DatasetExpression,
  DatasetExpression,
];
const all = (...of: DatasetExpression[]): DatasetExpression => ({ type: 'all', of });
const any = (...of: DatasetExpression[]): DatasetExpression => ({ type: 'any', of });

/** `a1 b1 a2`: events in commit order. */
const events = (text: string): InboxRow[] =>
  text
    .split(' ')
    .filter(Boolean)
    .map((word, i) => ({ id: i + 1, commit: i + 1, dataset: word[0]!, version: Number(word.slice(1)) }));
const show = (rows: readonly InboxRow[]): string =>
  rows.map(({ dataset, version }) => `${dataset}${version}`).join(' ');

describe('R9 truth tables: which datasets are consumed, for each of the eight states of a, b and c', () => {
  const states = ['', 'a', 'b', 'c', 'ab', 'ac', 'bc', 'abc'];
  test.each<[string, DatasetExpression, (string | undefined)[]]>([
    //                                            ''         a          b          c          ab         ac         bc         abc
    ['a', a, [undefined, 'a', undefined, undefined, 'a', 'a', undefined, 'a']],
    [
      'all(a, b, c)',
      all(a, b, c),
      [undefined, undefined, undefined, undefined, undefined, undefined, undefined, 'abc'],
    ],
    ['any(a, b, c)', any(a, b, c), [undefined, 'a', 'b', 'c', 'ab', 'ac', 'bc', 'abc']],
    [
      'all(a, any(b, c))',
      all(a, any(b, c)),
      [undefined, undefined, undefined, undefined, 'ab', 'ac', undefined, 'abc'],
    ],
    ['any(a, all(b, c))', any(a, all(b, c)), [undefined, 'a', undefined, undefined, 'a', 'a', 'bc', 'abc']],
    ['all(a, b)', all(a, b), [undefined, undefined, undefined, undefined, 'ab', undefined, undefined, 'ab']],
    [
      'any(all(a, b), all(a, c))',
      any(all(a, b), all(a, c)),
      [undefined, undefined, undefined, undefined, 'ab', 'ac', undefined, 'abc'],
    ],
    [
      'all(any(a, b), any(b, c))',
      all(any(a, b), any(b, c)),
      [undefined, undefined, 'b', undefined, 'ab', 'ac', 'bc', 'abc'],
    ],
  ])('%s', (_name, expression, expected) => {
    const fired = states.map((state) =>
      fire(expression, (name) => state.includes(name), 'all')
        ?.toSorted()
        .join(''),
    );
    expect(fired).toEqual(expected);
  });

  test('firing on a consumes only the rows of a, though b has one', () => {
    const runs = planRuns({ schedule: { datasets: any(a, all(b, c)) }, consume: 'latest' }, events('b1 a1'), 1);
    expect(runs.map(({ consumed }) => show(consumed))).toEqual(['a1']);
  });
});

describe('R7 coalescing is declared', () => {
  const plan = (consume: 'latest' | 'each' | 'all', expression: DatasetExpression, text: string, room = 1) =>
    planRuns({ schedule: { datasets: expression }, consume }, events(text), room).map(({ consumed, superseded }) =>
      [show(consumed), show(superseded)].filter(Boolean).join(' > '),
    );

  test('latest: one run on the newest, older ones superseded', () => {
    expect(plan('latest', a, 'a1 a2 a3')).toEqual(['a3 > a1 a2']);
    expect(plan('latest', all(a, b), 'a1 a2 b1')).toEqual(['a2 b1 > a1']);
    expect(plan('latest', all(a, b), 'a1 a2')).toEqual([]);
  });
  test('each: as many runs as events, in order, whatever room there is', () => {
    expect(plan('each', a, 'a1 a2 a3', 0)).toEqual(['a1', 'a2', 'a3']);
    expect(plan('each', all(a, b), 'a1 a2 b1 b2 a3')).toEqual(['a1 b1', 'a2 b2']);
    expect(plan('each', any(a, b), 'b1 a1 b2')).toEqual(['b1', 'a1', 'b2']);
  });
  test('all: one run over the ordered list', () => {
    expect(plan('all', any(a, b), 'a1 b1 a2')).toEqual(['a1 b1 a2']);
  });
  test('latest and all wait for room, and lose nothing by it', () => {
    expect(plan('latest', a, 'a1 a2', 0)).toEqual([]);
    expect(plan('all', a, 'a1 a2', 0)).toEqual([]);
  });
  test('30 events: consumed + superseded = 30, no event twice', () => {
    const text = Array.from({ length: 30 }, (_, i) => `${'abc'[i % 3]}${Math.floor(i / 3) + 1}`).join(' ');
    for (const consume of ['latest', 'each', 'all'] as const) {
      const used = planRuns({ schedule: { datasets: any(a, b, c) }, consume }, events(text), 1).flatMap((run) => [
        ...run.consumed,
        ...run.superseded,
      ]);
      expect(used.map(({ id }) => id).toSorted((x, y) => x - y)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    }
  });
});

describe('R5 what a run is pinned to', () => {
  const reads = (...names: string[]) => ({
    schedule: { datasets: { type: 'dataset', name: 'model' } as const },
    tasks: [{ inputs: Object.fromEntries(names.map((name) => [name, { type: 'dataset', dataset: name }])) }] as never,
  });
  const lineage = (dataset: string, version: number): Record<string, number> =>
    dataset === 'model' ? { features: version * 10 } : dataset === 'features' ? { raw: version + 1 } : {};
  const newest = (name: string): number | undefined => (name === 'never' ? undefined : 99);
  const [event] = [{ id: 1, commit: 1, dataset: 'model', version: 3 }];

  test('what it consumed, what that was made from, else the newest; what was never published is absent', () => {
    expect(pinVersions(reads('model', 'features', 'raw', 'other', 'never'), [event], lineage, newest)).toEqual({
      model: 3,
      features: 30,
      raw: 31,
      other: 99,
    });
  });
  test('what a model was made from counts also through features other than those consumed beside it', () => {
    const made: Record<string, Record<string, number>> = {
      'model@1': { features: 2 },
      'features@2': { raw: 5 },
      'features@1': { seed: 7 },
    };
    const both = [
      { id: 1, commit: 1, dataset: 'features', version: 1 },
      { id: 2, commit: 2, dataset: 'model', version: 1 },
    ];
    const from = (dataset: string, version: number): Record<string, number> => made[`${dataset}@${version}`] ?? {};
    expect(pinVersions(reads('features', 'raw', 'seed'), both, from, newest)).toEqual({
      model: 1,
      features: 1,
      raw: 5,
      seed: 7,
    });
  });
  test('a dataset made from its own last version is not followed through its history', () => {
    const asked: string[] = [];
    const from = (dataset: string, version: number): Record<string, number> => {
      asked.push(`${dataset}@${version}`);
      return dataset === 'model' ? { model: version - 1 } : {};
    };
    expect(pinVersions(reads('raw'), [event], from, newest)).toEqual({ model: 3, raw: 99 });
    expect(asked).toEqual(['model@3']);
  });
  test('the newest of everything when no event is behind it', () => {
    expect(pinVersions(reads('features'), [], lineage, newest)).toEqual({ features: 99, model: 99 });
  });
});
