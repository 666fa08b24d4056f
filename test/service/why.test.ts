import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ridgeline } from '../cli/ridgeline.ts';
import { project, write } from './project.ts';

const READER = `import { all, dag, dataset } from 'ridgeline';
export const reader = dag('reader', { schedule: dataset('a') }, ({ task }) => task('read', () => 1));
export const both = dag('both', { schedule: all(dataset('a'), dataset('b')) }, ({ task }) => task('read', () => 1));
export const after = dag('after', { schedule: dataset('made') }, ({ task }) => task('read', () => 1));`;

const MAKER = `import { dag, dataset } from 'ridgeline';
const made = dataset('made', { check: (value) => { if (value > 5) throw new Error('must be at most 5, got ' + value); } });
export const maker = dag('maker', { params: { value: 1 } }, ({ task, branch }) => {
  const way = branch('way', (_, { params }) => (params.value === 0 ? 'skip' : 'make'));
  task('make', { when: way.is('make'), outlet: made }, (_, { params }) => {
    if (params.value < 0) throw new Error('the source is empty');
    return params.value;
  });
});`;

test('why says, in one screen, each of the reasons there are', async () => {
  const cwd = project({
    'ridgeline.config.ts': `export default { pipelines: ['p/*.ts'] };`,
    'p/reader.ts': READER,
    'p/maker.ts': MAKER,
  });
  const run = async (...args: string[]) => (await ridgeline(args, { cwd })).stdout;
  const publish = async (dataset: string, value: number) => {
    writeFileSync(join(cwd, 'value.json'), String(value));
    await run('dataset', 'publish', dataset, 'value.json');
  };
  const why = async (dag: string) => {
    const text = await run('why', dag);
    expect(text.split('\n').length).toBeLessThan(20);
    return text;
  };
  await run('run', 'maker');

  expect(await why('reader')).toMatch(/^reader {2}on a\n {2}waiting for a new version of a\n\na {2}no version yet\n/);
  expect(await why('maker')).toMatch(/^maker {2}by hand only\n {2}starts when somebody asks for it\n/);
  expect(await why('after')).toMatch(/made {2}version 1, .*\n {2}version 1 was consumed by run 2-\w+\n/);

  await publish('a', 1);
  expect(await why('both')).toContain('  waiting for a new version of b; pending: a 1\n');
  expect(await why('reader')).toContain('  about to start; pending: a 1\n  nobody is at work on this home now');

  await publish('a', 2);
  await run('run', 'maker', '--param', 'value=2');
  expect(await why('reader')).toMatch(/last run {2}\S+ {2}success {2}consumed a 2; superseded a 1\n$/);

  expect(await run('pause', 'reader', '--dry-run')).toMatch(/^would pause reader: /);
  const [, id = ''] = /^queued (\S+)/.exec(await run('trigger', 'reader')) ?? [];
  expect(await run('cancel', id, '--dry-run')).toBe(`reader ${id}: would be cancelled\n`);
  expect(await run('pause', 'reader')).toContain(`run ${id} of it goes on`);
  expect(await run('cancel', id)).toBe(`reader ${id}: cancelled\n`);
  await publish('a', 3);
  expect(await why('reader')).toContain('  paused; pending: a 3\n  ridgeline resume reader\n');

  await run('run', 'maker', '--param', 'value=0');
  expect(await why('after')).toMatch(/maker\.make publishes it: in run \S+ it was skipped, "way" chose "skip"/);
  await run('run', 'maker', '--param', 'value=-1');
  expect(await why('after')).toMatch(/maker\.make publishes it: run \S+ failed: Error: the source is empty\n/);
  await run('run', 'maker', '--param', 'value=9');
  expect(await why('after')).toMatch(
    /maker\.make publishes it: run \S+ failed: the check of dataset "made" refused it: must be at most 5, got 9\n/,
  );

  write(cwd, 'p/reader.ts', `import { dag } from 'ridgeline';\nthrow new Error('half edited');`);
  await run('run', 'maker');
  expect(await why('after')).toMatch(
    /does not run: module "reader": cannot be loaded at .*reader\.ts:2:7.*half edited; pending: made 3\n/,
  );
  expect((await ridgeline(['trigger', 'after', '--dry-run'], { cwd })).stderr).toMatch(
    /^after waits until this is put right: module "reader": cannot be loaded at /,
  );
});
