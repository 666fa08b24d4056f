import { expect, it } from 'vitest';
import { dag } from 'ridgeline';
import { runInMemory } from 'ridgeline/testing';

it('tasks track runs, register models and make buckets through their context', async () => {
  const experiment = dag('experiment', {}, ({ task, map }) => {
    map('create_buckets', ['mlflow', 'xcom', 'mlflow'], (bucket, _, context) => context.createBucket(bucket));
    const run = task('fit', {}, (_, { tracking }) =>
      tracking.track({ experiment: 'Possum_tails', name: 'Scaler' }, (tracked) => {
        tracked.metrics({ rmse: 1 });
        return tracked.id;
      }),
    );
    task('register', { inputs: { run } }, async ({ run }, { tracking }) => {
      if ((await tracking.models.find('Reg')) === undefined) await tracking.models.create('Reg');
      return (await tracking.models.createVersion('Reg', { run, path: 'model' })).version;
    });
  });
  const result = await runInMemory(experiment);
  expect(result.state).toBe('success');
  expect(result.values['register']).toBe(1);
  expect((result.values['create_buckets'] as boolean[]).filter(Boolean)).toHaveLength(2);
});
