import { readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readConformance } from '../reference/conformance.ts';
import { conformanceHash } from '../reference/conformance-hash.ts';
import { builds } from '../reference/core.ts';

const cores = builds();
const conformance = readConformance();
const header = readFileSync(new URL('../../assembly/ridgeline.h', import.meta.url), 'utf8');
const wasm = (name: string) => new URL(`../../build/${name}.wasm`, import.meta.url);

describe('conformance vectors', () => {
  it('are those of this version of the core', () => {
    expect(conformance.coreVersion).toBe(cores['simd']!.version);
  });

  it.each(conformance.cases.flatMap((entry) => Object.keys(cores).map((name) => [entry.name, name, entry] as const)))(
    '%s, %s build',
    (_, name, entry) => {
      expect(conformanceHash(cores[name]!, entry)).toBe(entry.sha256);
    },
  );
});

describe('the C header', () => {
  const declared = new Map([...header.matchAll(/^\w+ (rl_\w+)\(([^;]*)\);/gm)].map(([, name, list]) => [name!, list!]));

  it.each(['ridgeline', 'ridgeline.scalar', 'ridgeline.shared'])(
    'declares what %s.wasm exports, argument by argument',
    async (name) => {
      const exports = WebAssembly.Module.exports(await WebAssembly.compile(readFileSync(wasm(name))));
      const functions = exports.filter((entry) => entry.kind === 'function').map((entry) => entry.name);
      expect([...declared.keys()].toSorted()).toEqual(functions.toSorted());
    },
  );

  it('counts the arguments the module takes', async () => {
    const { instance } = await WebAssembly.instantiate(readFileSync(wasm('ridgeline')));
    for (const [name, list] of declared) {
      const count = list === 'void' ? 0 : list.split(',').length;
      expect([name, (instance.exports[name] as () => void).length]).toEqual([name, count]);
    }
  });

  it('carries the version of the module', async () => {
    const { instance } = await WebAssembly.instantiate(readFileSync(wasm('ridgeline')));
    const version = (instance.exports['rl_abi_version'] as () => number)();
    expect(header).toContain(`#define RL_ABI_VERSION ((${version >> 16} << 16) | ${version & 0xffff})`);
  });
});

describe('size', () => {
  it('of the simd build stays within 32 KB', () => {
    expect(statSync(wasm('ridgeline')).size).toBeLessThanOrEqual(32 * 1024);
  });
});
