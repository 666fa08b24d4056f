/**
 * What must not compile. Each `@ts-expect-error` is an assertion that `tsc` holds; the functions are never called.
 */
import { expect, expectTypeOf, test } from 'vitest';
import { all, any, cron, dag, dataset } from '../../src/authoring/index.ts';
import type { TaskRef } from '../../src/authoring/index.ts';
import type { Table } from '../../src/contracts/table.ts';

interface Model {
  predict(table: Table, options: { as: string }): Promise<Table>;
}
declare const aTable: Table;
declare function train(table: Table): Promise<Model>;

const features = dataset('features');
const model = dataset<Model>('model');
const names = dataset<string[]>('names');
const other = dataset('other');

test('values flow with their types', () => {
  const built = dag(
    'typed',
    { schedule: all(features, any(model, names)), params: { threshold: 0.8 } },
    ({ task, map }) => {
      const trained = task('train', { inputs: { features }, outlet: model }, ({ features }, { params }) => {
        expectTypeOf(features).toEqualTypeOf<Table>();
        expectTypeOf(params.threshold).toEqualTypeOf<number>();
        return train(features);
      });
      expectTypeOf(trained).toEqualTypeOf<TaskRef<Model>>();

      task('predict', { inputs: { features, trained }, export: 'data/p.csv' }, ({ features, trained }) =>
        trained.predict(features, { as: 'preds' }),
      );
      const lengths = map('lengths', ['a', 'bc'], (name) => name.length);
      expectTypeOf(lengths).toEqualTypeOf<TaskRef<readonly number[]>>();
      const listed = task('list', () => ['x', 'y']);
      map('over_a_task', listed, { inputs: { lengths }, concurrency: 2 }, (name, { lengths }) => [name, ...lengths]);
      task('both', { inputs: { features }, outlets: { names } }, () => ({ names: ['a'] }));
    },
  );
  expect(built.definition.tasks).toHaveLength(6);
});

test('a possibly skipped input says so in its type', () => {
  dag('optional', ({ task, branch, group }) => {
    const found = group('prepare', ({ task, branch }) => {
      const names = task('list_experiments', () => ['Possum_tails']);
      const exists = branch('check', { inputs: { names } }, ({ names }) =>
        names.includes('Possum_tails') ? 'skip' : 'create',
      );
      const created = task('create', { when: exists.is('create') }, () => ({ id: '1' }));
      return task('get', { inputs: { created: created.optional() }, triggerRule: 'none_failed' }, ({ created }) => {
        expectTypeOf(created).toEqualTypeOf<{ id: string } | undefined>();
        return created ?? { id: '2' };
      });
    });
    expectTypeOf(found).toEqualTypeOf<TaskRef<{ id: string }>>();
    const choice = branch('choose', () => (Math.random() > 2 ? 'left' : 'right'));
    task('left', { when: choice.is('left') }, () => 1);
    // @ts-expect-error no such choice
    task('middle', { when: choice.is('middle') }, () => 1);
  });
});

test('wrong wirings do not compile', () => {
  expect(() =>
    dag('wrong', { params: { threshold: 1 } }, ({ task, map }) => {
      const numbers = task('numbers', () => [1, 2]);
      // @ts-expect-error a number is no table
      task('a', { inputs: { features }, outlet: features }, () => 3);
      // @ts-expect-error a model is no table, also when it is promised
      task('b', { inputs: { features }, outlet: dataset('b') }, async ({ features }) => train(features));
      // @ts-expect-error the record lacks an outlet
      task('c', { outlets: { one: names, two: model } }, () => ({ one: ['x'] }));
      // @ts-expect-error an input that was not named
      task('d', { inputs: { numbers } }, ({ features }) => features);
      // @ts-expect-error numbers are not a table
      task('e', { inputs: { numbers } }, ({ numbers }) => train(numbers));
      // @ts-expect-error a misspelt option
      task('f', { inputs: { numbers }, retires: 3 }, () => aTable);
      // @ts-expect-error no such trigger rule
      task('g', { triggerRule: 'all_succes' }, () => 1);
      // @ts-expect-error no such parameter
      task('h', (_inputs, { params }) => params.treshold);
      // @ts-expect-error the items are numbers
      map('i', numbers, (item: string) => item);
      // @ts-expect-error a mapped task has no outlet
      map('j', [1], { outlet: other }, () => ['x']);
      // @ts-expect-error neither a task nor a dataset
      task('k', { inputs: { text: 'numbers' } }, () => 1);
    }),
  ).toThrow(/neither a task nor a dataset/);
  // @ts-expect-error a cron is no part of all(…)
  expect(() => dag('x', { schedule: all(cron('* * * * *'), features) }, ({ task }) => task('t', () => 1))).toThrow(
    /cron\(\) in its schedule is no dataset/,
  );
  // @ts-expect-error no such way to emit
  dag('y', { emitOn: 'never' }, ({ task }) => task('t', () => 1));
});
