import { all, any, cron, dag, dataset } from '../../../src/authoring/index.ts';
import type { Dataset, DatasetCondition } from '../../../src/authoring/index.ts';
import type { Hooks } from '../../../src/contracts/context.ts';
import type { DagDefinition } from '../../../src/contracts/definition.ts';
import { Random } from './random.ts';

/** Between two times of the cron of those that have one. */
export const CRON_MS = 15_000;

const RULES = ['all_success', 'none_failed', 'none_failed_min_one_success', 'all_done', 'one_failed'] as const;

/** Random pipelines over datasets `d0`, `d1`, …: what one consumes has a lower number than what it publishes. */
export function makePipelines(seed: number, prefix: string, count: number): readonly DagDefinition[] {
  const random = new Random(seed);
  const datasets = Array.from({ length: count + 2 }, (_, i) =>
    dataset<unknown>(`d${i}`, { skipUnchanged: i >= 2 && random.chance(0.3) }),
  );
  const beside = dataset<unknown>('beside');
  const producer = makePipeline(`${prefix}0`, random, undefined, [datasets[0]!, beside], []);
  const consumers = Array.from({ length: count }, (_, i) => {
    const sources = datasets.slice(0, i + 2);
    const schedule = makeCondition(random, sources, 2);
    const outlets = random.chance(0.7) ? [datasets[i + 2]!] : [];
    return makePipeline(`${prefix}${i + 1}`, random, schedule, outlets, sources);
  });
  return [producer, ...consumers];
}

function makeCondition(random: Random, sources: readonly Dataset<unknown>[], depth: number): DatasetCondition {
  if (depth === 0 || random.chance(0.4)) return random.pick(sources);
  const parts = Array.from({ length: 2 + random.below(2) }, () => makeCondition(random, sources, depth - 1));
  return random.chance(0.5) ? all(...parts) : any(...parts);
}

/** The executor of the simulation has the functions. */
const body = (): unknown => 0;

/** Hooks for every event, or none. */
const hooksOf = (random: Random, chance: number): Hooks =>
  random.chance(chance) ? { onSuccess: body, onFailure: body, onRetry: body } : {};

function makePipeline(
  id: string,
  random: Random,
  condition: DatasetCondition | undefined,
  outlets: readonly Dataset<unknown>[],
  sources: readonly Dataset<unknown>[],
): DagDefinition {
  const input = sources.length > 0 && random.chance(0.7) ? { input: random.pick(sources) } : {};
  const clock = cron(`*/${CRON_MS / 1000} * * * * *`);
  const schedule = !random.chance(0.15) ? condition : condition ? any(clock, condition) : clock;
  const dagOptions = {
    ...(schedule && { schedule }),
    emitOn: random.pick(['task', 'run'] as const),
    consume: random.pick(['latest', 'each', 'all'] as const),
    from: random.pick(['now', 'latest', 'beginning'] as const),
    onResume: random.pick(['latest', 'each', 'skip'] as const),
    maxActiveRuns: 1 + random.below(3),
    ...(random.chance(0.1) && { timeoutMs: 2000 }),
    ...hooksOf(random, 0.3),
  };
  return dag(id, dagOptions, ({ task, branch, map }) => {
    const first = task(
      'first',
      { inputs: input, retries: random.below(3), retryDelayMs: 50, ...hooksOf(random, 0.3) },
      body,
    );
    const way = branch('way', { inputs: { first }, retries: 1, retryDelayMs: 20 }, () => 'left' as 'left' | 'right');
    const left = task(
      'left',
      { when: way.is('left'), inputs: { first }, slots: random.chance(0.3) ? ['slot'] : [] },
      body,
    );
    const right = task('right', { when: way.is('right'), after: [first] }, body);
    const joined = task(
      'join',
      { inputs: { left: left.optional() }, after: [right], triggerRule: 'none_failed' },
      body,
    );
    if (random.chance(0.3))
      map(
        'each',
        [1, 2, 3],
        { inputs: { joined }, concurrency: 1 + random.below(3), retries: 1, ...hooksOf(random, 0.2) },
        body,
      );
    if (random.chance(0.3)) {
      const list = task('list', { after: [first] }, () => [0] as readonly number[]);
      map('over', list, { concurrency: 1 + random.below(3), retries: 1 }, body);
    }
    if (random.chance(0.3)) task('clean', { after: [left, right, joined], triggerRule: random.pick(RULES) }, body);
    if (random.chance(0.5)) task('named', { inputs: { joined }, export: `data/k${random.below(3)}-${id}.json` }, body);
    if (random.chance(0.3)) task('shared', { after: [first], export: 'data/shared.json' }, body);
    const retries = { retries: random.below(2), retryDelayMs: 100, ...hooksOf(random, 0.3) };
    if (outlets.length === 1) task('publish', { inputs: { joined }, outlet: outlets[0]!, ...retries }, body);
    if (outlets.length === 2)
      task('publish', { inputs: { joined }, outlets: { a: outlets[0]!, b: outlets[1]! }, ...retries }, () => ({
        a: 0,
        b: 0,
      }));
  }).definition;
}
