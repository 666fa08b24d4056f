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
    expect(await ridgeline(['graph', 'nothing'], { cwd })).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/no pipeline "nothing"\n {2}there are: good, load\n$/),
    });
  });
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
