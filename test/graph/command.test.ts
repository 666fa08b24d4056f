import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ridgeline } from '../cli/ridgeline.ts';
import { project } from '../service/project.ts';

const GOOD = `import { dag, dataset } from 'ridgeline';
export const prices = dataset<number>('prices');
export const load: unknown = dag('load', ({ task }) => task('read', { outlet: prices }, () => 1));`;

describe('ridgeline graph', () => {
  test("draws a project's pipelines; a broken file is reported with its place and the others go on", async () => {
    const cwd = project({
      'ridgeline.config.ts': `export default { pipelines: ['p/*.ts'] };`,
      'p/good.ts': GOOD,
      'p/broken.ts': `import { dag } from 'ridgeline';\n\nexport const x = dag('a b', () => 1);`,
      'p/syntax.ts': `export const x = ;`,
    });
    const ended = await ridgeline(['graph'], { cwd });
    expect(ended).toMatchObject({ code: 0, stdout: '●  load  (by hand)\n■  prices  (dataset)\n' });
    expect(ended.stderr.split('\n')).toEqual([
      expect.stringMatching(/^ridgeline: module "broken".*p\/broken\.ts:3:18: dag: a name is/),
      expect.stringMatching(/^ridgeline: module "syntax".*p\/syntax\.ts:1: SyntaxError: Expression expected/),
      '',
    ]);
    const one = await ridgeline(['graph', 'load', '--mermaid'], { cwd });
    expect(one.stdout).toBe('flowchart LR\n  n0["read"]\n  n1[("prices")]\n  n0 --> n1\n');
    const json = await ridgeline(['graph', 'good', '--json'], { cwd });
    expect(JSON.parse(json.stdout)).toMatchObject([{ name: 'load', edges: [{ from: 'read', to: 'out:prices' }] }]);
    const list = await ridgeline(['list', '--json'], { cwd });
    expect(list).toMatchObject({ code: 2, stderr: ended.stderr });
    expect(JSON.parse(list.stdout)).toMatchObject({
      dags: [{ id: 'load' }],
      broken: [{ module: 'broken', error: { code: 'BAD_NAME' } }, { module: 'syntax' }],
    });
    expect(await ridgeline(['graph', 'nothing'], { cwd })).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/no pipeline "nothing"\n {2}there are: good, load\n$/),
    });
  });
});

test('list names a loop of datasets, lists every pipeline, and ends with 2', async () => {
  const loop = `import { dag, dataset } from 'ridgeline';
const a = dataset<number>('a'), b = dataset<number>('b');
export const ab = dag('ab', { schedule: a }, ({ task }) => task('t', { outlet: b }, () => 1));
export const ba = dag('ba', { schedule: b }, ({ task }) => task('t', { outlet: a }, () => 1));`;
  const cwd = project({ 'ridgeline.config.ts': `export default { pipelines: ['p/*.ts'] };`, 'p/loop.ts': loop });
  const { code, stdout, stderr } = await ridgeline(['list'], { cwd });
  expect([code, stderr]).toEqual([2, 'ridgeline: pipelines trigger each other in a loop: ab -[b]-> ba -[a]-> ab\n']);
  expect(stdout).toMatch(/^PIPELINE.*\nab .*\nba /);
});

describe('a config file', () => {
  test.each([
    [
      'that cannot be parsed',
      'export default {\n  home: ,\n};',
      /ridgeline\.config\.ts:2: SyntaxError: Expression exp/,
    ],
    ['that throws', '\nthrow new TypeError("no such\\nthing");', /ridgeline\.config\.ts:2:7: TypeError: no such\n/],
    [
      'that imports what is not there',
      'import "nowhere";',
      /ridgeline\.config\.ts: Error: Cannot find package 'nowhere'/,
    ],
    ['with a setting that is none', 'export default { hom: 1 };', /ridgeline\.config\.ts: there is no setting "hom"/],
  ])('%s is reported with its place, exit 2', async (_name, text, message) => {
    const cwd = project({ 'ridgeline.config.ts': text });
    const ended = await ridgeline(['graph'], { cwd });
    expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(message) });
    expect(ended.stderr).not.toContain('    at ');
  });

  test('sets the home and the pipelines of every command; a flag goes before it', async () => {
    const cwd = project({
      'ridgeline.config.ts': `export default { home: 'state', pipelines: ['p.ts'] };`,
      'p.ts': GOOD,
    });
    const ran = JSON.parse((await ridgeline(['run', 'load', '--json'], { cwd })).stdout) as { state: string };
    expect(ran.state).toBe('success');
    const ask = async (...flags: string[]) =>
      JSON.parse((await ridgeline(['dataset', 'list', '--json', ...flags], { cwd })).stdout) as unknown;
    expect(await ask('--home', join(cwd, 'state'))).toMatchObject({ datasets: [{ name: 'prices', version: 1 }] });
    expect(await ask('--home', join(cwd, 'other'))).toMatchObject({ datasets: [] });
    expect(await ask('--store', pathToFileURL(join(cwd, 'empty')).href, '--home', join(cwd, 'third'))).toMatchObject({
      datasets: [],
    });
  });
});
