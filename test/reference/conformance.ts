import { readFileSync, writeFileSync } from 'node:fs';
import { createCoreSync } from '../../src/core/index.ts';
import { conformanceHash } from './conformance-hash.ts';
import type { ConformanceCase } from './conformance-hash.ts';

/**
 * The conformance vectors every host and build must reproduce: `assembly/conformance.json`, shipped with the package.
 * `node --conditions=source test/reference/conformance.ts` writes it anew, for a release that changes bits on purpose.
 */
export const CONFORMANCE_FILE = new URL('../../assembly/conformance.json', import.meta.url);

export interface Conformance {
  readonly about: string;
  readonly coreVersion: string;
  readonly inputs: string;
  readonly outputs: string;
  readonly cases: readonly ConformanceCase[];
}

export function readConformance(): Conformance {
  return JSON.parse(readFileSync(CONFORMANCE_FILE, 'utf8')) as Conformance;
}

const CASES: readonly Omit<ConformanceCase, 'sha256'>[] = [
  { name: 'two chunks and a rest', n: 2500, p: 8, seed: 1, collinear: false },
  { name: 'wide', n: 300, p: 40, seed: 2, collinear: false },
  { name: 'more columns than rows', n: 20, p: 30, seed: 3, collinear: false },
  { name: 'collinear', n: 1500, p: 6, seed: 4, collinear: true },
  { name: 'ordinary least squares', n: 1100, p: 5, seed: 5, collinear: false, alphas: [0] },
];

if (process.argv[1] === import.meta.filename) {
  const core = createCoreSync(readFileSync(new URL('../../build/ridgeline.wasm', import.meta.url)));
  const conformance: Conformance = {
    about: 'Same inputs, same core version: same output bytes, in every host and build, streamed or whole.',
    coreVersion: core.version,
    inputs:
      'u := 1664525 u + 1013904223 mod 2^32 from u = seed; r := u / 2^32 - 0.5; x[i,j] := (j + 1) (r + j), column by column; collinear: x[,p-1] := x[,0] + x[,1]; y[i] := x[i,0] - 2 x[i,p-1] + r',
    outputs: 'mean, scale of the scaler; mse per alpha, coef, intercept of ridge on standardised columns; predictions',
    cases: CASES.map((entry) => ({ ...entry, sha256: conformanceHash(core, entry) })),
  };
  writeFileSync(CONFORMANCE_FILE, `${JSON.stringify(conformance, null, 2)}\n`);
}
