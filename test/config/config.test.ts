import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Command } from 'commander';
import { loadConfig } from '../../src/cli/config.ts';
import { createContext } from '../../src/cli/context.ts';

let root: string;
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), 'ridgeline-config-'))));
afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, text: string): string {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

describe('ridgeline.config.ts', () => {
  test('is loaded as it stands; its paths start at its folder', async () => {
    const file = write(
      'project/ridgeline.config.ts',
      `import type { RidgelineConfig } from 'ridgeline';
       export default { home: 'state', store: '../data', pipelines: ['pipelines/*.ts', 'more/index.mjs'],
         slots: { gpu: 1 }, hooks: [{ url: 'https://example.com/x', on: ['failed', 'retry'] }] } satisfies RidgelineConfig;`,
    );
    for (const name of ['b.ts', 'a.ts', 'a.test.ts', 'types.d.ts']) write(`project/pipelines/${name}`, '');
    write('project/more/index.mjs', '');
    const config = await loadConfig(root, 'project/ridgeline.config.ts');
    expect(config).toMatchObject({
      file,
      settings: { home: join(root, 'project/state'), store: join(root, 'data'), slots: { gpu: 1 } },
    });
    expect(config.modules).toEqual(
      ['pipelines/a.ts', 'pipelines/b.ts', 'more/index.mjs'].map((path, i) => ({
        name: ['a', 'b', 'more'][i],
        url: pathToFileURL(join(root, 'project', path)).href,
      })),
    );
  });

  test('need not be there, unless asked for', async () => {
    expect(await loadConfig(root, undefined)).toEqual({ file: undefined, settings: {}, modules: undefined });
    await expect(loadConfig(root, 'my.config.ts')).rejects.toThrow(
      `--config: there is no file ${join(root, 'my.config.ts')}`,
    );
  });

  test('a bucket stays a bucket', async () => {
    write('ridgeline.config.mjs', `export default { store: 's3://bucket/prefix' };`);
    expect((await loadConfig(root, undefined)).settings).toEqual({ store: 's3://bucket/prefix' });
  });

  test.each([
    ['no default export', 'export const home = "x";', 'expected a default export with settings, got undefined'],
    ['an unknown setting', 'export default { hom: "x" };', 'there is no setting "hom"'],
    ['a wrong type', 'export default { threads: 1.5 };', 'threads must be a whole number from 1, got 1.5'],
    ['a secret itself', 'export default { secrets: ["hunter2"] };', "secrets must be a list of 'env:NAME'"],
    ['a hook that is none', 'export default { onFailure: "mail" };', 'onFailure must be a function, got "mail"'],
    ['a slot of no size', 'export default { slots: { gpu: 0 } };', 'slots must be a record of whole numbers from 1'],
    [
      'a hook that is no address',
      'export default { hooks: [{ url: "file:///x" }] };',
      'hooks must be a list of { url, on }',
    ],
    [
      'a hook on nothing known',
      'export default { hooks: [{ url: "http://x", on: ["end"] }] };',
      'hooks must be a list',
    ],
    ['pipelines that are not there', 'export default { pipelines: ["p/*.ts"] };', 'no file matches "p/*.ts"'],
  ])('%s is refused by name', async (_name, text, message) => {
    write('ridgeline.config.ts', text);
    const loading = loadConfig(root, undefined);
    await expect(loading).rejects.toThrow(
      `ridgeline.config.ts: ${message.startsWith('no file') ? 'pipelines: ' : ''}${message}`,
    );
    await expect(loading).rejects.toMatchObject({ code: 'BAD_CONFIG', kind: 'usage', remedy: expect.any(String) });
  });

  test('two pipelines of one name are refused', async () => {
    write('prices.ts', '');
    write('prices/index.ts', '');
    write('ridgeline.config.ts', 'export default { pipelines: ["prices.ts", "prices/index.ts"] };');
    await expect(loadConfig(root, undefined)).rejects.toThrow('two pipeline files are called "prices"');
  });
});

test.each([
  [
    'flag',
    ['--home', '/flag', '--store', 's3://flag', '--threads', '3'],
    { RIDGELINE_HOME: '/env' },
    ['/flag', 's3://flag', 3],
  ],
  [
    'environment',
    [],
    { RIDGELINE_HOME: '/env', RIDGELINE_STORE: 's3://env', RIDGELINE_THREADS: '2' },
    ['/env', 's3://env', 2],
  ],
  ['config file', [], {}, ['/config', 's3://config', 1]],
] as const)('flag > environment > config file: %s', (_name, flags, env, expected) => {
  const program = new Command().option('--home <dir>').option('--store <url>').option('--threads <n>');
  program.parse(flags, { from: 'user' });
  const context = createContext(program, { ...process, env, cwd: () => '/' } as never, new AbortController().signal);
  context.config = {
    file: '/ridgeline.config.ts',
    settings: { home: '/config', store: 's3://config', threads: 1 },
    modules: undefined,
  };
  expect([context.home, context.storeUrl, context.threads]).toEqual(expected);
});
