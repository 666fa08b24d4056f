import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDag, type Dag } from '../../contracts/context.ts';
import { RidgelineError } from '../../contracts/errors.ts';
import type { FileStamps, ModuleRef } from '../../contracts/executor.ts';
import { formatPlace, placeOf } from '../../contracts/place.ts';
import { areCurrent, stampOf } from '../pool/file-stamp.ts';

export interface LoadedModule {
  /** By id. */
  readonly dags: ReadonlyMap<string, Dag>;
  /** Over the module and every file it imports by a relative path; changes when any of them does. */
  readonly codeHash: string;
  /** The same files. */
  readonly files: FileStamps;
}

/** Undefined for one that could not be imported: Node remembers the failure, so this thread cannot try again. */
const cache = new Map<string, Promise<LoadedModule | undefined>>();

/** Relative imports of every file this thread has loaded, by URL. */
const imports = new Map<string, Set<string>>();

/** Must run before the first pipeline is imported. */
export function watchImports(): void {
  registerHooks({
    resolve(specifier, context, next) {
      const result = next(specifier, context);
      if (context.parentURL !== undefined && /^(\.|\/|file:)/.test(specifier)) {
        const known = imports.get(context.parentURL) ?? new Set();
        imports.set(context.parentURL, known.add(result.url));
      }
      return result;
    },
  });
}

/**
 * Imports a module of pipelines, once in a thread.
 *
 * @returns undefined when this thread cannot: its files have changed since it imported them, or it failed to before. A
 *   fresh thread can.
 * @throws {RidgelineError} MODULE_BROKEN, naming the place; NO_DAGS; DUPLICATE_NAME
 */
export async function loadModule(module: ModuleRef): Promise<LoadedModule | undefined> {
  const known = cache.get(module.url);
  if (known === undefined) {
    const loading = importModule(module);
    const kept = loading.catch(() => undefined);
    cache.set(module.url, kept);
    return loading;
  }
  const loaded = await known;
  return loaded && areCurrent(loaded.files) ? loaded : undefined;
}

async function importModule(module: ModuleRef): Promise<LoadedModule> {
  let exported: Record<string, unknown>;
  try {
    exported = (await import(module.url)) as Record<string, unknown>;
  } catch (error) {
    throw brokenModule(module, error);
  }
  const dags = new Map<string, Dag>();
  for (const value of new Set(Object.values(exported).flat())) {
    if (!isDag(value)) continue;
    const { id } = value.definition;
    if (dags.has(id))
      throw new RidgelineError('DUPLICATE_NAME', 'usage', `module "${module.name}": two DAGs are called "${id}"`);
    dags.set(id, value);
  }
  if (dags.size === 0) {
    const message = `module "${module.name}": expected at least one exported DAG, got none`;
    const remedy = `export what dag(…) returns from ${fileURLToPath(module.url)}`;
    throw new RidgelineError('NO_DAGS', 'usage', message, { remedy });
  }
  const files = stampFiles(module);
  const codeHash = hashFiles(Object.keys(files), dirname(fileURLToPath(module.url)));
  return { dags, codeHash, files };
}

/** The files of a module as they are, also of one that could not be imported: what was found until then. */
export function stampFiles(module: ModuleRef): FileStamps {
  const paths = [...closure(module.url)].map((url) => fileURLToPath(url)).toSorted();
  return Object.fromEntries(paths.map((path) => [path, stampOf(path)]));
}

/** The module and what it imports by relative paths, as far as that goes. */
function closure(url: string, found: Set<string> = new Set()): Set<string> {
  if (found.has(url) || !url.startsWith('file:')) return found;
  found.add(url);
  for (const child of imports.get(url) ?? []) closure(child, found);
  return found;
}

function hashFiles(paths: readonly string[], root: string): string {
  const hash = createHash('sha256');
  for (const path of paths) {
    const content = createHash('sha256').update(readFileSync(path)).digest('hex');
    hash.update(`${relative(root, path)}\0${content}\n`);
  }
  return hash.digest('hex');
}

/** The first place named is a user's file, not the loader's own. */
function brokenModule(module: ModuleRef, error: unknown): RidgelineError {
  const place = placeOf(error);
  const where = place === undefined ? '' : ` at ${formatPlace(place)}`;
  const subject = `module "${module.name}": cannot be loaded${where}`;
  if (RidgelineError.is(error)) {
    const { code, kind, message, remedy } = error;
    return new RidgelineError(code, kind, `${subject}: ${message}`, { remedy, cause: error });
  }
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return new RidgelineError('MODULE_BROKEN', 'usage', `${subject}: ${name}: ${message.split('\n')[0]}`, {
    remedy: `correct ${fileURLToPath(module.url)}`,
    cause: error,
  });
}
