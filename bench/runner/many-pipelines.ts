import { dag, dataset } from 'ridgeline';

/** 10,000 datasets, each with one consumer. */
export const DATASETS = Array.from({ length: 10_000 }, (_, i) => dataset<{ at: string }>(`d${i}`));

export const consumers = DATASETS.map((input, i) =>
  dag(`c${i}`, { schedule: input }, ({ task }) => {
    task('arrive', { inputs: { input } }, ({ input }) => ({
      at: process.hrtime.bigint().toString(),
      since: input.at,
    }));
  }),
);
