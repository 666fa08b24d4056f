import { expect, test } from 'vitest';
import { formatEvent } from '../../src/cli/up-log.ts';
import type { EngineEvent } from '../../src/engine/index.ts';

const line = (event: EngineEvent) => formatEvent(event, 0, (_, text) => text);

test('the log of up says that a version is of made-up rows', () => {
  const version = { dataset: 'd', version: 2, sha256: '', value: { kind: 'json', value: 1 }, inputs: {} } as const;
  const published = (source: string) =>
    line({ type: 'version.published', version: { ...version, metadata: { source } }, run: undefined });
  expect(published('synthetic')).toMatch(/d version 2 published, SYNTHETIC: made-up rows, no real data$/);
  expect(published('cal_housing.tgz')).toMatch(/d version 2 published$/);
});

test('the log of up says that the store is away in one line, not for every task that waits for it', () => {
  const error = { code: 'STORE_UNREACHABLE', kind: 'store', message: 'no answer' } as const;
  expect(line({ type: 'store.away', error })).toMatch(/ {2}no answer; waiting for it$/);
  expect(line({ type: 'store.back' })).toMatch(/ {2}the store is back$/);
  const task = { id: 't', mapIndex: -1, attempts: 1, durationMs: 1, result: undefined, note: undefined } as const;
  const finished = { type: 'task.finished', run: '1', dag: 'd', task: 't', mapIndex: -1 } as const;
  const view = { ...task, state: 'up_for_retry', error } as const;
  expect(line({ ...finished, view })).toBeUndefined();
  expect(line({ ...finished, view: { ...view, error: { ...error, code: 'TASK_FAILED' } } })).toMatch(/tried again/);
});
