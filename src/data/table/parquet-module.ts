import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type * as ParquetWasm from 'parquet-wasm/esm';

/** One instance of parquet-wasm: its glue, bound to a memory of its own. */
export type Parquet = typeof ParquetWasm;

const require = createRequire(import.meta.url);
let current: Promise<Parquet> | undefined;
let instances = 0;

/**
 * Runs synchronous work on this thread's instance. After a trap (a panic leaves the library's state unusable) the next
 * call gets a fresh one. Only the library's synchronous functions are used: a panic in an asynchronous one surfaces as an
 * uncaught exception, and its promise never settles.
 */
export async function withParquet<T>(work: (parquet: Parquet) => T): Promise<T> {
  current ??= instantiate();
  const parquet = await current;
  try {
    return work(parquet);
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) current = undefined;
    throw error;
  }
}

/**
 * 35 ms, once in a thread that needs it: tables of plain doubles do not. The glue keeps its instance in module state, so a second instance is a second module: the same file, another query.
 */
async function instantiate(): Promise<Parquet> {
  const url = pathToFileURL(require.resolve('parquet-wasm/esm'));
  if (instances++ > 0) url.search = `instance=${instances}`;
  const [parquet, module] = await Promise.all([
    import(/* @vite-ignore */ url.href) as Promise<Parquet>,
    readFile(require.resolve('parquet-wasm/esm/parquet_wasm_bg.wasm')).then((bytes) => WebAssembly.compile(bytes)),
  ]);
  parquet.initSync({ module });
  return parquet;
}
