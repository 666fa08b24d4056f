import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { RunView } from '../../src/engine/index.ts';
import { isOnItsLastLife } from '../setup/deaths.ts';
import { ridgeline, scratch, start } from './ridgeline.ts';

/** How often the process is killed; `npm run test:crash` makes it many. */
const KILLS = Number(process.env['RIDGELINE_KILLS'] ?? 5);
const SEED = Number(process.env['RIDGELINE_SEED'] ?? 20_640);

const RUN = ['run', 'housing', '--json', '--source', 'synthetic'];

it(
  `killed ${KILLS} times at any moment, every run ends once and nothing half-written has a final name`,
  { timeout: KILLS * 10_000 + 60_000 },
  async () => {
    const home = scratch();
    const begin = performance.now();
    expect((await ridgeline(RUN, { home })).code).toBe(0);
    const wholeMs = performance.now() - begin;

    const random = generator(SEED);
    for (let kill = 0; kill < KILLS; kill += 1) {
      const [killAfterMs, mayLive] = [random() * wholeMs, isOnItsLastLife(home)];
      const { child, ended } = start(RUN, { home });
      if (!mayLive) {
        await sleep(killAfterMs);
        child.kill('SIGKILL');
      }
      await ended;
    }
    const last = await ridgeline(RUN, { home });
    expect({ code: last.code, seed: SEED, stderr: last.stderr.replaceAll(/^resumed .*\n/gm, '') }).toEqual({
      code: 0,
      seed: SEED,
      stderr: '',
    });

    const { stdout } = await ridgeline(['list', '--runs', '--limit', '10000', '--json'], { home });
    const { runs } = JSON.parse(stdout) as { runs: RunView[] };
    expect(runs.filter(({ state }) => state !== 'success')).toEqual([]);

    // One event per successful producer run, one consumer run per event (R6: or superseded by a newer one), no gaps.
    const produced = runs
      .filter(({ dag }) => dag === 'housing_features')
      .map(({ published }) => published['built_features']);
    expect(produced.toSorted((a, b) => a! - b!)).toEqual(produced.map((_, i) => i + 1));
    const consumed = runs.filter(({ dag }) => dag === 'housing_ridge').map(({ inputs }) => inputs['built_features']!);
    expect(new Set(consumed).size).toBe(consumed.length);
    expect(Math.max(...consumed)).toBe(produced.length);

    const store = join(home, 'store');
    for (const name of readdirSync(join(store, 'objects')))
      expect(
        createHash('sha256')
          .update(readFileSync(join(store, 'objects', name)))
          .digest('hex'),
      ).toBe(name.split('.')[0]);
    for (const name of ['housing.csv', 'housing_pred.csv'])
      expect(readFileSync(join(store, 'data', name), 'utf8').split('\n')).toHaveLength(20_642);
  },
);

/** Uniform in [0, 1): a 32-bit linear congruential generator (Numerical Recipes). */
function generator(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}
