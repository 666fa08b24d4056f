/* eslint-disable unicorn/consistent-function-scoping -- helpers stand beside the cases that use them */
import { describe, expect, test } from 'vitest';
import { dag } from '../../src/authoring/index.ts';
import type { Builder } from '../../src/authoring/index.ts';
import type { TriggerRule } from '../../src/contracts/definition.ts';
import { retryDelayMs } from '../../src/engine/plan/retry.ts';
import { outcomeOf, planTasks } from '../../src/engine/plan/tasks.ts';
import type { Instance, InstanceState } from '../../src/engine/plan/tasks.ts';

const body = (): number => 1;
const define = (build: (builder: Builder<object>) => unknown) => dag('d', build as never).definition;

/** `{ a: 'success', m: ['none', 'running'] }` as instances. */
function given(states: Record<string, InstanceState | Instance[]>): Map<string, readonly Instance[]> {
  return new Map(
    Object.entries(states).map(([task, state]) => [
      task,
      Array.isArray(state) ? state : [{ task, mapIndex: -1, state }],
    ]),
  );
}

describe('trigger rules: what becomes of a task after a and b', () => {
  const definition = (triggerRule: TriggerRule) =>
    define(({ task }) => {
      const [a, b] = [task('a', body), task('b', body)];
      task('c', { after: [a, b], triggerRule }, body);
    });
  const S = 'success';
  const F = 'failed';
  const K = 'skipped';
  const U = 'upstream_failed';
  const R = 'running';
  test.each<[TriggerRule, Record<string, string>]>([
    [
      'all_success',
      {
        [`${S} ${S}`]: 'start',
        [`${S} ${F}`]: U,
        [`${S} ${K}`]: K,
        [`${K} ${F}`]: U,
        [`${F} ${R}`]: 'wait',
        [`${U} ${S}`]: U,
      },
    ],
    [
      'none_failed',
      {
        [`${S} ${S}`]: 'start',
        [`${S} ${K}`]: 'start',
        [`${K} ${K}`]: 'start',
        [`${K} ${F}`]: U,
        [`${S} ${R}`]: 'wait',
      },
    ],
    ['none_failed_min_one_success', { [`${S} ${K}`]: 'start', [`${K} ${K}`]: K, [`${S} ${F}`]: U }],
    ['all_done', { [`${S} ${F}`]: 'start', [`${K} ${U}`]: 'start', [`${F} ${R}`]: 'wait' }],
    ['one_failed', { [`${F} ${R}`]: 'start', [`${S} ${S}`]: K, [`${S} ${R}`]: 'wait', [`${U} ${K}`]: 'start' }],
  ])('%s', (rule, expected) => {
    for (const [states, verdict] of Object.entries(expected)) {
      const [a, b] = states.split(' ') as [InstanceState, InstanceState];
      const [decision] = planTasks(definition(rule), given({ a, b, c: 'none' }), 0).filter(({ task }) => task === 'c');
      const got = decision === undefined ? 'wait' : decision.do === 'settle' ? decision.state : decision.do;
      expect([states, got]).toEqual([states, verdict]);
    }
  });
});

test('a branch runs what it chose and skips the rest, and says so', () => {
  const definition = define(({ task, branch }) => {
    const way = branch('way', () => 'left' as 'left' | 'right');
    task('left', { when: way.is('left') }, body);
    task('right', { when: way.is('right') }, body);
  });
  const way: Instance = { task: 'way', mapIndex: -1, state: 'success', result: { kind: 'json', value: 'left' } };
  expect(planTasks(definition, given({ way: [way], left: 'none', right: 'none' }), 0)).toEqual([
    { do: 'start', task: 'left', mapIndex: -1 },
    { do: 'settle', task: 'right', state: 'skipped', note: '"way" chose "left"' },
  ]);
});

const list = (value: unknown): Instance[] => [
  { task: 'list', mapIndex: -1, state: 'success', result: { kind: 'json', value } },
];
const each = (...states: InstanceState[]): Instance[] =>
  states.map((state, mapIndex) => ({ task: 'each', mapIndex, state }));

describe('mapping', () => {
  const definition = define(({ task, map }) => {
    const list = task('list', () => ['x', 'y', 'z']);
    map('each', list, { concurrency: 2 }, body);
  });

  test('over a list known at run time', () => {
    expect(planTasks(definition, given({ list: list(['x', 'y', 'z']), each: 'none' }), 0)).toEqual([
      { do: 'expand', task: 'each', count: 3 },
    ]);
    expect(planTasks(definition, given({ list: list('xyz'), each: 'none' }), 0)).toEqual([
      {
        do: 'settle',
        task: 'each',
        state: 'failed',
        note: 'its list must be plain values, what "list" returned is none',
      },
    ]);
  });
  test('no more at once than its concurrency', () => {
    const started = planTasks(definition, given({ list: list([1, 2, 3]), each: each('running', 'none', 'none') }), 0);
    expect(started).toEqual([{ do: 'start', task: 'each', mapIndex: 1 }]);
  });
  test('one failed instance fails the task, once all have ended', () => {
    expect(outcomeOf(given({ list: list([]), each: each('failed', 'running') }))).toBe(undefined);
    expect(outcomeOf(given({ list: list([]), each: each('failed', 'success') }))).toBe('failed');
  });
});

test('named slots are shared out once', () => {
  const definition = define(({ task }) => [task('a', { slots: ['gpu'] }, body), task('b', { slots: ['gpu'] }, body)]);
  const none = given({ a: 'none', b: 'none' });
  expect(planTasks(definition, none, 0, () => 1)).toEqual([{ do: 'start', task: 'a', mapIndex: -1 }]);
  expect(planTasks(definition, none, 0, () => 0)).toEqual([]);
});

test('a failure is not hidden by a lenient task after it', () => {
  expect(outcomeOf(given({ a: 'failed', cleanup: 'success' }))).toBe('failed');
  expect(outcomeOf(given({ a: 'success', b: 'skipped' }))).toBe('success');
});

test('retries double up to a limit, spread over the upper half, and end', () => {
  const task = { retries: 4, retryDelayMs: 100, maxRetryDelayMs: 500 };
  expect([1, 2, 3, 4, 5].map((failures) => retryDelayMs(task, failures, 0))).toEqual([50, 100, 200, 250, undefined]);
  expect([1, 2, 3, 4].map((failures) => retryDelayMs(task, failures, 0.999999))).toEqual([100, 200, 400, 500]);
});

test('what waits for its retry starts when its time has come', () => {
  const definition = define(({ task }) => task('a', body));
  const waiting = given({ a: [{ task: 'a', mapIndex: -1, state: 'up_for_retry', readyAt: 10 }] });
  expect(planTasks(definition, waiting, 9)).toEqual([]);
  expect(planTasks(definition, waiting, 10)).toEqual([{ do: 'start', task: 'a', mapIndex: -1 }]);
});
