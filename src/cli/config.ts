import { existsSync, globSync } from 'node:fs';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkConfig } from '../authoring/config.ts';
import type { RidgelineConfig } from '../authoring/config.ts';
import { RidgelineError } from '../contracts/errors.ts';
import type { ModuleRef } from '../contracts/executor.ts';
import { formatPlace, placeOf } from '../contracts/place.ts';

const CONFIG_FILES: readonly string[] = ['ts', 'mts', 'js', 'mjs'].map((ending) => `ridgeline.config.${ending}`);

/** A project's settings, ready to use. */
export interface ProjectConfig {
  /** Absolute path of the file; undefined when there is none, and then `settings` is empty. */
  readonly file: string | undefined;
  /** With `home` and a `store` that is a path made absolute. */
  readonly settings: RidgelineConfig;
  /** The files behind `pipelines`; undefined when it is not set. */
  readonly modules: readonly ModuleRef[] | undefined;
}

/**
 * Loads `ridgeline.config.ts` of a folder as it stands, without a build step.
 *
 * @param cwd where it is looked for
 * @param given a file asked for instead; then it must be there
 * @throws {RidgelineError} BAD_CONFIG with the place in the file.
 */
export async function loadConfig(cwd: string, given: string | undefined): Promise<ProjectConfig> {
  const file = given === undefined ? CONFIG_FILES.map((name) => join(cwd, name)).find(existsSync) : resolve(cwd, given);
  if (file === undefined) return { file, settings: {}, modules: undefined };
  if (!existsSync(file)) {
    throw new RidgelineError('BAD_CONFIG', 'usage', `--config: there is no file ${file}`, {
      remedy: `make one with ridgeline init, or leave --config out`,
    });
  }
  const name = relative(cwd, file) || file;
  const settings = checkConfig(await importDefault(file, name), name);
  const root = dirname(file);
  const { home, store, pipelines } = settings;
  for (const pattern of pipelines ?? []) {
    if (matchFiles(pattern, root).length > 0) continue;
    throw new RidgelineError('BAD_CONFIG', 'usage', `${name}: pipelines: no file matches "${pattern}" in ${root}`, {
      remedy: 'correct the path, or leave it out',
    });
  }
  return {
    file,
    settings: {
      ...settings,
      ...(home !== undefined && { home: resolve(root, home) }),
      ...(store !== undefined && { store: store.includes('://') ? store : resolve(root, store) }),
    },
    modules: pipelines && findModules(file, pipelines),
  };
}

async function importDefault(file: string, name: string): Promise<unknown> {
  try {
    return ((await import(pathToFileURL(file).href)) as { default?: unknown }).default;
  } catch (error) {
    const { message, name: kind } = error instanceof Error ? error : new Error(String(error));
    const place = placeOf(error);
    const where = place === undefined ? name : formatPlace(place);
    throw new RidgelineError('BAD_CONFIG', 'usage', `${where}: ${kind}: ${message.split('\n')[0]}`, {
      remedy: /Cannot find package 'ridgeline'/.test(message) ? 'npm install ridgeline' : `correct ${name}`,
      cause: error,
    });
  }
}

/**
 * The files behind `pipelines` as they are now, in the order of the patterns, each once. `prices.ts` and
 * `prices/index.ts` are both the module `prices`.
 *
 * @param config the file that names them; the patterns start at its folder
 * @throws {RidgelineError} BAD_CONFIG for two modules of one name.
 */
export function findModules(config: string, patterns: readonly string[]): readonly ModuleRef[] {
  const root = dirname(config);
  const modules = new Map<string, ModuleRef>();
  for (const pattern of patterns) {
    for (const file of matchFiles(pattern, root)) {
      const stem = basename(file, extname(file));
      const module = { name: stem === 'index' ? basename(dirname(file)) : stem, url: pathToFileURL(file).href };
      const other = modules.get(module.name);
      if (other !== undefined && other.url !== module.url) {
        const message = `${basename(config)}: two pipeline files are called "${module.name}"`;
        const paths = [new URL(other.url).pathname, file].map((path) => relative(root, path));
        throw new RidgelineError('BAD_CONFIG', 'usage', message, { remedy: `rename one of ${paths.join(' and ')}` });
      }
      modules.set(module.name, module);
    }
  }
  return [...modules.values()];
}

/** Packages are not searched, unless the pattern says so: `**` would read all of them. */
function matchFiles(pattern: string, root: string): readonly string[] {
  const exclude = pattern.includes('node_modules') ? [] : ['**/node_modules/**'];
  return globSync(pattern, { cwd: root, exclude })
    .filter((path) => !/\.(test|spec|d)\.[cm]?[jt]s$/.test(path))
    .map((path) => resolve(root, path))
    .toSorted();
}
