import { describe, expect, it } from 'vitest';
import { checkImportTable, findCycles } from './rules/import-table.ts';
import { parseModule } from './rules/parse.ts';
import { isTypeScript, readProject } from './rules/project.ts';

const modules = readProject((path) => path.startsWith('src/') && isTypeScript(path)).map(parseModule);

describe('the import table is the architecture', () => {
  it('is held by every file of src', () => {
    expect(modules.length).toBeGreaterThan(10);
    expect(checkImportTable(modules)).toEqual([]);
  });

  it('has no cycles', () => {
    expect(findCycles(modules)).toEqual([]);
  });

  it.each([
    ['src/core/a.ts', `import { openStore } from '../data/store/index.ts';`, 'imports src/data/store/index.ts'],
    ['src/core/a.ts', `import type { Store } from '../data/store/index.ts';`, 'src/core may import src/contracts'],
    ['src/core/a.ts', `type S = import('../data/store/index.ts').Store;`, 'imports src/data/store/index.ts'],
    ['src/core/a.ts', `export * from '../engine/runner.ts';`, 'imports src/engine/runner.ts'],
    ['src/core/a.ts', `const fs = await import('node:fs');`, 'has no Node built-ins'],
    ['src/contracts/a.ts', `import { dag } from '../authoring/dag.ts';`, 'src/contracts may import nothing'],
    ['src/engine/runner.ts', `import { fit } from '../core/index.ts';`, 'imports src/core/index.ts'],
    ['src/engine/runner.ts', `import { load } from './worker/load.ts';`, 'imports src/engine/worker/load.ts'],
    ['src/engine/runner.ts', `await import(module.url);`, 'only src/engine/worker loads user code'],
    ['src/engine/plan/a.ts', `import { run } from '../runner.ts';`, 'imports src/engine/runner.ts'],
    ['src/engine/plan/a.ts', `import { readFile } from 'node:fs/promises';`, 'decisions are pure'],
    ['src/engine/plan/a.ts', `const at = Date.now();`, 'decisions are pure'],
    [
      'src/pipelines/housing/a.ts',
      `import { dag } from '../../authoring/dag.ts';`,
      'src/pipelines may import ridgeline',
    ],
    ['src/data/a.ts', `import { DatabaseSync } from 'node:sqlite';`, 'only src/engine/state may'],
    ['src/engine/a.ts', `import { S3Client } from '@aws-sdk/client-s3';`, 'only src/data/store may'],
    ['src/engine/a.ts', `import { readFile } from 'node:fs/promises';`, 'names node:fs/promises'],
    ['src/data/store/a.ts', `const region = process.env.AWS_REGION;`, 'names process.env'],
    ['src/data/store/a.ts', `const region = process['env'].AWS_REGION;`, 'names process.env'],
    ['src/data/store/a.ts', `const { env } = process;`, 'names process.env'],
    ['src/engine/a.ts', `process.exit(1);`, 'names process.exit'],
    ['src/data/a.ts', `new WebAssembly.Module(bytes);`, 'names WebAssembly'],
    ['src/data/a.ts', `import { debounce } from 'lodash';`, 'which nobody owns'],
    ['src/shared/a.ts', `import { x } from './b.ts';`, 'is in no folder of the import table'],
  ])('refuses %s with %s', (path, text, message) => {
    expect(checkImportTable([parseModule({ path, text })])).toEqual([expect.stringContaining(message)]);
  });

  it('takes comments, strings and members for what they are', () => {
    const text = `
      // import { openStore } from '../data/store/index.ts';
      const text = "import('../data/store/index.ts')"; a.WebAssembly; const b = { WebAssembly: 1 };`;
    expect(checkImportTable([parseModule({ path: 'src/core/a.ts', text })])).toEqual([]);
  });

  it('names a cycle in full', () => {
    const cycle = [
      { path: 'src/data/a.ts', text: `import './b.ts';` },
      { path: 'src/data/b.ts', text: `import type { C } from './c.ts';` },
      { path: 'src/data/c.ts', text: `export * from './a.ts';` },
    ].map(parseModule);
    expect(findCycles(cycle)).toEqual([
      expect.stringContaining('src/data/a.ts -> src/data/b.ts -> src/data/c.ts -> src/data/a.ts'),
    ]);
  });
});
