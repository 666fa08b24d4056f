import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkDependencies, checkEntries, checkLock, type Manifest } from './rules/manifest.ts';
import { parseModule } from './rules/parse.ts';
import { listProject, readProject, ROOT } from './rules/project.ts';

const readJson = (path: string) => JSON.parse(readFileSync(join(ROOT, path), 'utf8'));

const manifest: Manifest = readJson('package.json');
const types: string[] = readJson('tsconfig.json').compilerOptions.types;
const built: string[] = Object.values<{ outFile: string }>(readJson('asconfig.json').targets).map((t) => t.outFile);
const modules = {
  shipped: readProject((path) => /^src\/.*\.ts$/.test(path)).map(parseModule),
  development: readProject((path) => /^(?:(?:test|bench)\/.*\.ts|[^/]*\.ts|.*\.mjs)$/.test(path)).map(parseModule),
};
const commands = Object.fromEntries(
  Object.keys(manifest.devDependencies).map((pkg) => {
    const { bin = {} } = readJson(`node_modules/${pkg}/package.json`);
    return [pkg, typeof bin === 'string' ? [pkg.split('/').at(-1)!] : Object.keys(bin)];
  }),
);

describe('package.json', () => {
  it('installs what is used and nothing else', () => {
    expect(checkDependencies(manifest, modules, commands, types)).toEqual([]);
  });

  it('promises only what the build makes', () => {
    const files = new Set(listProject());
    expect(checkEntries(manifest, (path) => files.has(path), built)).toEqual([]);
  });

  it('has a lock that npm ci takes', () => {
    expect(checkLock(readJson('package-lock.json'))).toEqual([]);
  });

  it('is refused when its lock lacks a package of another platform', () => {
    const packages = {
      '': { dependencies: { a: '1' } },
      'node_modules/a': {
        optionalDependencies: { '@a/darwin': '1', '@a/linux': '1' },
        dependencies: { b: '1', c: '1' },
      },
      'node_modules/@a/linux': {},
      'node_modules/a/node_modules/b': { dependencies: { c: '1' } },
      'node_modules/c': {},
    };
    expect(checkLock({ packages })).toEqual([expect.stringContaining('lacks @a/darwin, needed by node_modules/a')]);
  });

  it('is refused when it installs too much, too little or twice', () => {
    const changed = {
      ...manifest,
      scripts: { build: 'tsc' },
      dependencies: { commander: '1', lodash: '1' },
      devDependencies: { vitest: '1', typescript: '1', eslint: '1', commander: '1', '@types/node': '1' },
    };
    const shipped = [
      parseModule({ path: 'src/a.ts', text: `import 'commander'; import 'piscina/x'; import 'ridgeline';` }),
    ];
    const development = [
      parseModule({ path: 'test/a.ts', text: `import 'vitest'; import '@scope/a/b'; import './x.ts';` }),
    ];
    expect(checkDependencies(changed, { shipped, development }, { typescript: ['tsc'] }, ['node'])).toEqual([
      expect.stringContaining('lacks piscina in dependencies'),
      expect.stringContaining('lacks @scope/a in devDependencies'),
      expect.stringContaining('ships lodash'),
      expect.stringContaining('installs eslint'),
      expect.stringContaining('installs commander'),
      expect.stringContaining('names commander twice'),
    ]);
  });

  it('is refused when an entry has no source', () => {
    const changed = { ...manifest, bin: {}, exports: { '.': { types: './dist/gone.d.ts' }, './x': './build/x.wasm' } };
    expect(checkEntries(changed, () => false, ['build/y.wasm'])).toEqual([
      expect.stringContaining('promises dist/gone.d.ts'),
      expect.stringContaining('promises build/x.wasm'),
    ]);
  });
});
