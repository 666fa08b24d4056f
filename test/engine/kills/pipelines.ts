import { dag, dataset } from '../../../src/authoring/index.ts';
import type { Dag } from '../../../src/contracts/context.ts';

const [a, b] = [dataset<number>('a'), dataset<number>('b')];
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A producer with two outlets in one commit and three consumers that differ in how they consume. */
export const PIPELINES: readonly Dag[] = [
  dag('producer', ({ task }) => {
    const made = task('make', () => pause(2).then(() => 1));
    task('publish', { inputs: { made }, outlets: { a, b }, export: 'data/both.json' }, () => ({ a: 1, b: 2 }));
  }),
  ...(['latest', 'each', 'all'] as const).map((consume) =>
    dag(consume, { schedule: consume === 'each' ? b : a, consume, emitOn: 'run' }, ({ task }) => {
      const seen = task('see', { inputs: { a } }, ({ a }) => pause(2).then(() => a));
      task('keep', { inputs: { seen }, export: `data/${consume}.json` }, ({ seen }) => seen);
    }),
  ),
];
