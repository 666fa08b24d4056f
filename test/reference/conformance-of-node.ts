/** Hashes of every case by every build, as JSON: `node <this, bundled> <dist/core/index.js> <build folder> <conformance.json>`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Core from '../../src/core/index.ts';
import type { Conformance } from './conformance.ts';
import { conformanceHash } from './conformance-hash.ts';

const [library, folder, file] = process.argv.slice(2) as [string, string, string];
const { createCoreSync } = (await import(pathToFileURL(library).href)) as typeof Core;
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as Conformance;
const hashes = ['ridgeline', 'ridgeline.scalar', 'ridgeline.shared'].map((name) => {
  const core = createCoreSync(readFileSync(join(folder, `${name}.wasm`)));
  return cases.map((entry) => conformanceHash(core, entry));
});
console.log(JSON.stringify({ node: process.versions.node, hashes }));
