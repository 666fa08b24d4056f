import { Core } from './core.ts';
import { compileCore } from './load.ts';
import type { CoreSource } from './load.ts';

/**
 * Makes a core: compiles and instantiates the module.
 *
 * @param source bytes, `Response`, URL or `WebAssembly.Module`; default the packaged build
 * @throws {RidgelineError} CORE_SOURCE, CORE_VERSION
 *
 * @example
 * const core = await createCore();
 * core.logspace(-3, 1, 5); // Float64Array [0.001, 0.01, 0.1, 1, 10]
 */
export async function createCore(source?: CoreSource): Promise<Core> {
  return new Core(await compileCore(source));
}

/** Makes a core from a module that is compiled already, or from bytes, at once. */
export function createCoreSync(module: WebAssembly.Module | BufferSource): Core {
  return new Core(module instanceof WebAssembly.Module ? module : new WebAssembly.Module(module));
}
