import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ridgeline, scratch } from '../cli/ridgeline.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

function list(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted();
}

const FILES = [
  '.gitignore',
  'data/rents.csv',
  'package.json',
  'pipelines/rents.ts',
  'ridgeline.config.ts',
  'test/rents.test.ts',
  'tsconfig.json',
];

test('a new project type-checks, its test passes, its pipelines run', async () => {
  const folder = scratch();
  const made = await ridgeline(['init', 'My Rents'], { cwd: folder });
  expect(made).toMatchObject({ code: 0, stderr: '' });
  expect(made.stdout).toContain("cd 'My Rents'\n");
  const project = join(folder, 'My Rents');
  expect(list(project)).toEqual(FILES);
  expect(JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))).toMatchObject({
    name: 'my-rents',
    scripts: { test: 'node --test' },
  });

  mkdirSync(join(project, 'node_modules'));
  symlinkSync(ROOT, join(project, 'node_modules/ridgeline'));
  symlinkSync(join(ROOT, 'node_modules/@types'), join(project, 'node_modules/@types'));
  await run(join(ROOT, 'node_modules/.bin/tsc'), ['-p', project]);
  const { NODE_OPTIONS: _, VITEST: __, NODE_ENV: ___, ...env } = process.env;
  const tested = await run(process.execPath, ['--test', '--test-reporter=tap'], { cwd: project, env });
  expect(tested.stdout).toContain('# pass 2\n# fail 0');

  const ended = await ridgeline(['run', 'rents', '--json'], { cwd: project });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(ended.stdout)).toMatchObject({
    state: 'success',
    runs: [
      { dag: 'rents_features', published: { rent_features: 1 } },
      { dag: 'rents_model', trigger: { type: 'dataset', dataset: 'rent_features', version: 1 } },
    ],
    outputs: [{ key: 'models/rents.json' }, { key: 'data/rents_pred.csv', rows: 40 }],
  });
});

test('a dry run writes nothing', async () => {
  const folder = scratch();
  const ended = await ridgeline(['init', 'x', '--dry-run'], { cwd: folder });
  expect(ended.stdout).toContain('Would write into x\n  package.json\n');
  const json = await ridgeline(['init', 'x', '--dry-run', '--json'], { cwd: folder });
  expect(JSON.parse(json.stdout)).toMatchObject({ dryRun: true, written: expect.arrayContaining(FILES) });
  expect(readdirSync(folder)).toEqual([]);
});

test('what is there stays: a package.json is kept, any other file in the way refuses', async () => {
  const folder = scratch();
  writeFileSync(join(folder, 'package.json'), '{ "name": "mine" }');
  const kept = await ridgeline(['init'], { cwd: folder });
  expect(kept).toMatchObject({ code: 0, stdout: expect.stringContaining('add to it: "type": "module"') });
  expect(readFileSync(join(folder, 'package.json'), 'utf8')).toBe('{ "name": "mine" }');
  expect(list(folder)).toEqual(FILES);

  const refused = await ridgeline(['init', '--json'], { cwd: folder });
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toContain('already has tsconfig.json, .gitignore, ridgeline.config.ts');
});
