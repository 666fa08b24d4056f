import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './rules/project.ts';
import { checkBuild, exportNames } from './rules/wasm.ts';

const read = (name: string) => new Uint8Array(readFileSync(join(ROOT, 'build', name)));

const HEADER = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const name = (text: string) => [text.length, ...Buffer.from(text)];
const TYPE_VOID = [1, 4, 1, 0x60, 0, 0];

describe('the builds of the numeric core', () => {
  it.each([
    ['ridgeline.wasm', []],
    ['ridgeline.scalar.wasm', []],
    ['ridgeline.shared.wasm', ['env.memory']],
  ])('%s imports only %j and has no start section', (name, imports) => {
    expect(checkBuild(name, read(name), imports)).toEqual([]);
  });

  it('all export the same names', () => {
    const [simd, scalar, shared] = ['ridgeline.wasm', 'ridgeline.scalar.wasm', 'ridgeline.shared.wasm'].map((name) =>
      exportNames(read(name)).filter((entry) => entry !== 'memory'),
    );
    expect(scalar).toEqual(simd);
    expect(shared).toEqual(simd);
  });

  it('are refused with an import or a start section', () => {
    // (import "env" "abort" (func)) (start 0)
    const imported = [1, ...name('env'), ...name('abort'), 0, 0];
    const bytes = new Uint8Array([...HEADER, ...TYPE_VOID, 2, imported.length, ...imported, 8, 1, 0]);
    expect(checkBuild('x.wasm', bytes, [])).toEqual([
      expect.stringContaining('x.wasm imports env.abort'),
      expect.stringContaining('x.wasm has a start section'),
    ]);
  });
});
