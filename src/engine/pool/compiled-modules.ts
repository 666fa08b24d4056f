import { readFile } from 'node:fs/promises';
import { parquetModule } from '../../data/table/parquet-module.ts';
import type { CompiledModules } from '../worker/messages.ts';

const CORE = new URL('../../../build/ridgeline.wasm', import.meta.url);

/** Compiles what the threads share, beside the calling thread and once; call it early. */
export function compileModules(): Promise<CompiledModules> {
  return (compiled ??= compile());
}

let compiled: Promise<CompiledModules> | undefined;

async function compile(): Promise<CompiledModules> {
  const [core, parquet] = await Promise.all([
    readFile(CORE).then((bytes) => WebAssembly.compile(bytes)),
    parquetModule(),
  ]);
  return { core, parquet };
}
