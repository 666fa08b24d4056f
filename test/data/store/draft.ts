import type { CommitDraft } from '../../../src/contracts/log.ts';

/** A commit of one run that publishes a small value to each dataset. */
export function draft(run: string, datasets: readonly string[]): CommitDraft {
  return {
    home: 'test',
    at: '2026-01-01T00:00:00.000Z',
    origin: { type: 'task', run, dag: 'dag', tasks: ['publish'], attempt: 1 },
    versions: datasets.map((dataset) => ({
      dataset,
      value: { kind: 'json', value: run },
      sha256: '0'.repeat(64),
      inputs: {},
      metadata: {},
    })),
    exports: [],
  };
}
