import { expect, test } from 'vitest';
import { dag, dataset } from '../../src/authoring/index.ts';
import { world } from './world.ts';

test('two datasets that differ in nothing but case are refused at load', async () => {
  const { run } = await world();
  const one = dag('one', ({ task }) => void task('t', { outlet: dataset<number>('Prices') }, () => 1));
  const two = dag('two', { schedule: dataset('prices') }, ({ task }) => void task('t', () => 1));
  await expect(run([one, two], 'm')).rejects.toThrow('dataset "prices" differs from dataset "Prices" in case only');
});

test('one dataset named by several pipelines is one dataset', async () => {
  const { run } = await world();
  const one = dag('one', ({ task }) => void task('t', { outlet: dataset<number>('prices') }, () => 1));
  const two = dag('two', { schedule: dataset('prices') }, ({ task }) => void task('t', () => 1));
  expect(await run([one, two], 'm')).toMatchObject({ state: 'success' });
});
