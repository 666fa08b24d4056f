import { RidgelineError } from '../contracts/errors.ts';

/** What a core can be made from. */
export type CoreSource = WebAssembly.Module | BufferSource | Response | URL | string;

/**
 * Compiles the core's WebAssembly module.
 *
 * @param source bytes, a `Response`, a URL, or a module as it is; default the packaged build
 * @throws {RidgelineError} CORE_SOURCE when there is no module there
 */
export async function compileCore(source: CoreSource = packagedCore()): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  const from = typeof source === 'string' ? new URL(source, import.meta.url) : source;
  const bytes = from instanceof URL ? await read(from) : isResponse(from) ? await from.arrayBuffer() : from;
  try {
    return await WebAssembly.compile(bytes);
  } catch (cause) {
    const name = from instanceof URL ? from.href : 'bytes';
    throw new RidgelineError('CORE_SOURCE', 'usage', `core: expected a WebAssembly module, got ${name}`, { cause });
  }
}

/** The build that comes with the package, seen from `src` and from `dist`. */
export function packagedCore(): URL {
  return new URL('../../build/ridgeline.wasm', import.meta.url);
}

async function read(url: URL): Promise<BufferSource> {
  // No import of a Node built-in: this file also loads in a browser.
  const fs = url.protocol === 'file:' ? globalThis.process?.getBuiltinModule?.('node:fs') : undefined;
  try {
    if (fs) return await fs.promises.readFile(url);
    const response = await fetch(url);
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return await response.arrayBuffer();
  } catch (cause) {
    throw new RidgelineError('CORE_SOURCE', 'usage', `core: cannot read ${url.href}: ${(cause as Error).message}`, {
      remedy: 'pass the bytes of ridgeline.wasm, or a WebAssembly.Module, to createCore',
      cause,
    });
  }
}

function isResponse(value: unknown): value is Response {
  return typeof Response !== 'undefined' && value instanceof Response;
}
