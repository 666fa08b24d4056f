import { describe, expect, test } from 'vitest';
import { any, cron, dag, dataset } from '../../src/authoring/index.ts';
import type { Clock } from '../../src/contracts/ports.ts';
import { openEngine } from '../../src/engine/index.ts';
import { nextCron } from '../../src/engine/plan/cron.ts';
import { inProcess } from './in-process.ts';
import { world } from './world.ts';

const at = (text: string): number => Date.parse(text);

describe('the next time of a cron', () => {
  test.each([
    ['0 6 * * *', 'UTC', '2026-11-21T05:59:59Z', '2026-11-21T06:00:00Z'],
    ['0 6 * * *', 'UTC', '2026-11-21T06:00:00Z', '2026-11-22T06:00:00Z'],
    ['0 6 * * *', 'Europe/Berlin', '2026-07-01T00:00:00Z', '2026-07-01T04:00:00Z'],
    // Clocks go forward at 02:00: what is due at 02:30 comes once, at the next moment there is.
    ['30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', '2026-03-29T01:30:00Z'],
    ['*/15 * * * * *', 'UTC', '2026-01-01T00:00:01Z', '2026-01-01T00:00:15Z'],
  ])('%s in %s after %s', (expression, timezone, after, expected) => {
    expect(new Date(nextCron({ expression, timezone }, at(after))).toISOString()).toBe(
      new Date(expected).toISOString(),
    );
  });
  test('an expression or a zone that is none, or that never comes', () => {
    expect(() => nextCron({ expression: '99 * * * *', timezone: 'UTC' }, 0)).toThrow(/^cron "99 \* \* \* \*" in UTC: /);
    expect(() => nextCron({ expression: '0 6 * * *', timezone: 'Mars/Olympus' }, 0)).toThrow(/in Mars\/Olympus: /);
    expect(() => nextCron({ expression: '0 0 30 2 *', timezone: 'UTC' }, 0)).toThrow('never comes true');
  });
});

/** A clock that goes when it is told to. */
class HandClock implements Clock {
  #now: number;
  #sleepers: { until: number; wake: () => void }[] = [];

  constructor(now: number) {
    this.#now = now;
  }

  now = (): number => this.#now;

  sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      this.#sleepers.push({ until: this.#now + ms, wake: resolve });
    });

  async goTo(time: number): Promise<void> {
    this.#now = time;
    const due = this.#sleepers.filter(({ until }) => until <= time);
    this.#sleepers = this.#sleepers.filter(({ until }) => until > time);
    for (const { wake } of due) wake();
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

test('a cron starts one run each time, also for one time that passed while nobody was there; a dataset starts it too', async () => {
  const { store, log, dir } = await world();
  const clock = new HandClock(at('2026-11-21T05:00:00Z'));
  const features = dataset<number>('features');
  const daily = dag('daily', { schedule: any(cron('0 6 * * *'), features) }, ({ task }) => void task('t', () => 1));
  const up = async (): Promise<() => Promise<readonly unknown[]>> => {
    const engine = await openEngine({ homeDir: dir, store, log, clock });
    const stop = new AbortController();
    const runner = await engine.start({
      executor: inProcess(store, () => [daily]),
      modules: [{ name: 'm', url: 'memory:m' }],
      signal: stop.signal,
    });
    const serving = runner.serve();
    await clock.goTo(clock.now());
    return async () => {
      stop.abort();
      await serving;
      await runner.close();
      const triggers = engine.listRuns().map(({ trigger }) => trigger);
      engine.close();
      return triggers.toReversed();
    };
  };

  const down = await up();
  await clock.goTo(at('2026-11-21T05:59:59Z'));
  await clock.goTo(at('2026-11-21T06:00:00Z'));
  await clock.goTo(at('2026-11-21T06:00:01Z'));
  const first = { type: 'cron', at: '2026-11-21T06:00:00.000Z' };
  expect(await down()).toEqual([first]);

  // Nobody is there for three days; one run makes up for them.
  await clock.goTo(at('2026-11-24T12:00:00Z'));
  const second = { type: 'cron', at: '2026-11-22T06:00:00.000Z' };
  const downAgain = await up();
  const outside = await openEngine({ homeDir: dir, store, log, clock });
  await outside.publish({ dataset: 'features', value: { kind: 'json', value: 1 }, idempotencyKey: 'k' });
  outside.close();
  await clock.goTo(clock.now() + 60);
  expect(await downAgain()).toEqual([first, second, { type: 'dataset', dataset: 'features', version: 1 }]);
});

test('a module whose cron is none counts as broken', async () => {
  const { run } = await world();
  const wrong = dag('wrong', { schedule: cron('every day') }, ({ task }) => void task('t', () => 1));
  await expect(run([wrong], 'm')).rejects.toThrow(/^cron "every day" in UTC/);
});
