import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dag } from '../../src/authoring/index.ts';
import { world } from './world.ts';

const talk = dag('talk', ({ task, map }) => {
  task('say', { retries: 1, retryDelayMs: 0 }, (_inputs, { attempt, log }) => {
    log.info(`attempt ${attempt}`);
    if (attempt === 1) throw new Error('again');
  });
  map('each', ['a', 'b'], (item, _inputs, { log }) => log.info(item));
});

test('the log of a run outlives the database, and other homes read it', async () => {
  const { dir, home, run } = await world();
  const { runs } = await run([talk], 'talk');
  const { id } = runs[0]!;
  const engine = await home();
  const lines = await engine.getLogs(id);
  expect(
    lines
      .map(({ task, mapIndex, attempt, message }) => `${task} ${mapIndex} ${attempt} ${message}`)
      .filter((line) => !line.includes('  at '))
      .toSorted(),
  ).toEqual(['each 0 1 a', 'each 1 1 b', 'say -1 1 Error: again', 'say -1 1 attempt 1', 'say -1 2 attempt 2']);
  engine.close();

  rmSync(join(dir, 'home'), { recursive: true });
  for (const name of ['home', 'other']) {
    const engine = await home(name);
    expect(await engine.getLogs(id)).toEqual(lines);
    expect(await engine.getLogs(id, 'say')).toEqual(lines.filter(({ task }) => task === 'say'));
    for (const unknown of ['1', '1-none', '../_logs/x', ''])
      await expect(engine.getLogs(unknown)).rejects.toMatchObject({ code: 'UNKNOWN_RUN' });
    engine.close();
  }
});

test('a run that logged nothing leaves no object, and a store that refuses the log fails no run', async () => {
  const { store, run } = await world();
  await run([dag('still', ({ task }) => void task('be', () => 1))], 'still');
  for await (const { key } of store.list('_logs/')) expect(key).toBe('none');

  await store.put('_logs', new Uint8Array(1)); // a file where the folder would be
  expect(await run([talk], 'talk')).toMatchObject({ state: 'success' });
});
