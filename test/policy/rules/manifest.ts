import type { ParsedModule } from './parse.ts';
import type { Violation } from './project.ts';

/** The parts of package.json the rules read. */
export interface Manifest {
  readonly name: string;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
}

/** Modules by where they run: what is shipped, and what only a clone runs (tests, benches, build scripts). */
export interface Modules {
  readonly shipped: readonly ParsedModule[];
  readonly development: readonly ParsedModule[];
}

/**
 * Dependencies against what the code really imports and the scripts really call.
 *
 * @param commands  the bins each package installs, by package name
 * @param types     `compilerOptions.types` of tsconfig.json: packages used without an import
 */
export function checkDependencies(
  manifest: Manifest,
  { shipped, development }: Modules,
  commands: Readonly<Record<string, readonly string[]>>,
  types: readonly string[],
): Violation[] {
  const { name, scripts, dependencies, devDependencies } = manifest;
  const shippedUse = packagesOf(shipped, name);
  const developmentUse = packagesOf(development, name);
  const words = new Set(Object.values(scripts).flatMap((script) => script.split(/[^\w.@/-]+/)));
  const isCalled = (pkg: string) => (commands[pkg] ?? []).some((command) => words.has(command));
  const used = [...types, ...shippedUse, ...developmentUse];
  const isTypes = (pkg: string) => used.some((type) => pkg === `@types/${type}`);
  return [
    ...missing(shippedUse, dependencies, 'dependencies'),
    ...missing(developmentUse, { ...dependencies, ...devDependencies }, 'devDependencies'),
    ...Object.keys(dependencies)
      .filter((pkg) => !shippedUse.has(pkg))
      .map((pkg) => `package.json ships ${pkg}, which src does not import: remove it, or make it a dev dependency`),
    ...Object.keys(devDependencies)
      .filter((pkg) => !developmentUse.has(pkg) && !isCalled(pkg) && !isTypes(pkg))
      .map((pkg) => `package.json installs ${pkg}, which no test, bench or script uses: remove it`),
    ...Object.keys(devDependencies)
      .filter((pkg) => pkg in dependencies)
      .map((pkg) => `package.json names ${pkg} twice: keep the one in dependencies`),
  ];
}

/** Everything `exports` and `bin` promise is made by the build: `dist/x.js` from `src/x.ts`, `build/*.wasm` by asconfig.json. */
export function checkEntries(
  manifest: Manifest,
  isThere: (path: string) => boolean,
  built: readonly string[],
): Violation[] {
  const targets = Object.values(manifest.exports).flatMap((entry) =>
    typeof entry === 'string' ? [entry] : Object.values(entry),
  );
  return [...targets, ...Object.values(manifest.bin)]
    .map((target) => target.replace(/^\.\//, ''))
    .filter((target) => {
      const source = target.replace(/^dist\/(.*?)(?:\.d)?\.[jt]s$/, 'src/$1.ts');
      return !isThere(source) && !built.includes(target);
    })
    .map((target) => `package.json promises ${target}, which nothing makes: correct the entry or add its source`);
}

/** The part of package-lock.json the rule reads: packages by their folder. */
export interface Lock {
  readonly packages: Readonly<
    Record<string, { dependencies?: Record<string, string>; optionalDependencies?: Record<string, string> }>
  >;
}

/** Packages that others need, for whichever platform, and that the lock does not have: `npm ci` refuses such a lock. */
export function checkLock({ packages }: Lock): Violation[] {
  return Object.entries(packages).flatMap(([folder, entry]) =>
    Object.keys({ ...entry.dependencies, ...entry.optionalDependencies })
      .filter((name) => !foldersAbove(folder).some((above) => `${above}node_modules/${name}` in packages))
      .map(
        (name) =>
          `package-lock.json lacks ${name}, needed by ${folder}: npm ci refuses it; use a version that is there`,
      ),
  );
}

/** Where Node looks for what a package imports, nearest first: `a/node_modules/b/`, then `a/`, then the root. */
function foldersAbove(folder: string): string[] {
  const parts = folder === '' ? [] : folder.split('/node_modules/');
  return [...parts.map((_, i) => `${parts.slice(0, parts.length - i).join('/node_modules/')}/`), ''];
}

function packagesOf(modules: readonly ParsedModule[], self: string): ReadonlySet<string> {
  return new Set(
    modules
      .flatMap(({ specifiers }) => specifiers)
      .filter((specifier) => !/^(?:\.|node:)/.test(specifier))
      .map((specifier) => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/'))
      .filter((pkg) => pkg !== self),
  );
}

function missing(used: ReadonlySet<string>, declared: Readonly<Record<string, string>>, list: string): Violation[] {
  return [...used]
    .filter((pkg) => !(pkg in declared))
    .map((pkg) => `package.json lacks ${pkg} in ${list}: it is imported`);
}
