import { expect, test } from 'vitest';
import { formatEvent } from '../../src/cli/up-log.ts';

test('the log of up says that a version is of made-up rows', () => {
  const version = { dataset: 'd', version: 2, sha256: '', value: { kind: 'json', value: 1 }, inputs: {} } as const;
  const line = (source: string) =>
    formatEvent(
      { type: 'version.published', version: { ...version, metadata: { source } }, run: undefined },
      0,
      (_, text) => text,
    );
  expect(line('synthetic')).toMatch(/d version 2 published, SYNTHETIC: made-up rows, no real data$/);
  expect(line('cal_housing.tgz')).toMatch(/d version 2 published$/);
});
