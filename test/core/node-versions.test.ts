import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONFORMANCE_FILE, readConformance } from '../reference/conformance.ts';
import { findNode } from '../setup/node-binary.ts';
import { skipOrFail } from '../setup/skip.ts';

const run = promisify(execFile);
const pathOf = (relative: string) => fileURLToPath(new URL(`../../${relative}`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'ridgeline-nodes-'));
const script = join(folder, 'hashes.mjs');
const expected = readConformance().cases.map(({ sha256 }) => sha256);

beforeAll(async () => {
  const bundle = await rolldown({
    input: pathOf('test/reference/conformance-of-node.ts'),
    platform: 'node',
    resolve: { conditionNames: ['source', 'import'] },
  });
  await bundle.write({ file: script, format: 'esm' });
});
afterAll(() => rmSync(folder, { recursive: true }));

test.each(['20.20.2', '22.23.3', '24.21.0'])(
  'Node %s: the library has the SHA-256 of coefficients, scores and predictions, in every build',
  { timeout: 300_000 },
  async (version) => {
    const node = await findNode(version).catch((error: unknown) =>
      skipOrFail(`SHA-256 on Node ${version}`, (error as Error).message),
    );
    if (node === undefined) return;
    const got = await hashesOf(node);
    expect(got.node.split('.', 1)).toEqual(version.split('.', 1));
    expect(got.hashes).toEqual([expected, expected, expected]);
  },
);

test.runIf(process.arch === 'x64')('the same where V8 joins SIMD128 instructions into AVX2', async () => {
  // Without --no-liftoff the vectors are too short for the optimising compiler, which is what joins them.
  const got = await hashesOf(process.execPath, '--experimental-wasm-revectorize', '--no-liftoff');
  expect(got.hashes).toEqual([expected, expected, expected]);
});

async function hashesOf(node: string, ...options: string[]): Promise<{ node: string; hashes: string[][] }> {
  const args = [...options, script, pathOf('dist/core/index.js'), pathOf('build'), fileURLToPath(CONFORMANCE_FILE)];
  return JSON.parse((await run(node, args)).stdout);
}
