import { expect, test } from 'vitest';
import { simulate } from './simulate.ts';

/** The long form is `npm run simulate`. */
const SEEDS = 60;

test('the engine keeps its rules in random weather', async () => {
  for (let seed = 1; seed <= SEEDS; seed++) await simulate(seed);
});

test('a seed replays exactly', async () => {
  const first = await simulate(7);
  const second = await simulate(7);
  expect(first.trace.length).toBeGreaterThan(20);
  expect(second.trace).toEqual(first.trace);
});
