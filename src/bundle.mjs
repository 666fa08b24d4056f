/**
 * Makes dist/ from the sources: a file for each entry, and beside them chunks of what they share and what is loaded
 * later. What every pipeline loads whole is one chunk a folder: a thread reads 20 files instead of 120.
 *
 * Sources name paths to files that they do not import (a worker's script, the core's build) relative to themselves:
 * chunks lie one folder deep, and entries where these paths lead from there.
 */
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const source = fileURLToPath(new URL('.', import.meta.url));
const ENTRIES = {
  index: 'index.ts',
  'core/index': 'core/index.ts',
  'testing/index': 'testing/index.ts',
  'cli/main': 'cli/main.ts',
  'worker/task-thread': 'engine/worker/task-thread.ts',
  'worker/kernel-thread': 'engine/worker/kernel-thread.ts',
  'pipelines/housing/index': 'pipelines/housing/index.ts',
  'pipelines/possum/index': 'pipelines/possum/index.ts',
};

const bundle = await rolldown({
  cwd: source,
  input: ENTRIES,
  // Not `node`: the core runs anywhere, and a chunk of its own must not import a Node built-in.
  platform: 'neutral',
  external: /^[^./]/,
  transform: { target: 'es2024' },
});
await bundle.write({
  dir: '../dist',
  chunkFileNames: 'chunks/[name].js',
  codeSplitting: {
    groups: ['contracts', 'authoring', 'core'].map((name) => ({ name, test: `/src/${name}/` })),
  },
});
