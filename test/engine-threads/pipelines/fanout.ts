import { dag } from '../../../src/authoring/index.ts';

/** A task that hands work to the kernel threads and goes on meanwhile. */
export const fanout = dag('fanout', { params: { job: {} as unknown } }, ({ task }) => {
  task('spread', async (_inputs, { kernels, params, log }) => {
    const running = kernels!.run('ridge.range', [params.job, params.job, params.job]);
    await new Promise((resolve) => setTimeout(resolve, 1));
    log.info('meanwhile');
    return { threads: kernels!.threads, parts: (await running).length };
  });
});
