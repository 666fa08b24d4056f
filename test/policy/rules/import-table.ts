import { posix } from 'node:path';
import type { ParsedModule } from './parse.ts';
import type { Violation } from './project.ts';

/**
 * The architecture: what each folder of `src` may import, itself apart. The longest matching folder counts.
 * A folder that needs a new arrow gets it by changing this table on purpose.
 */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'src/contracts': [],
  'src/core': ['src/contracts'],
  'src/data': ['src/contracts'],
  'src/authoring': ['src/contracts'],
  'src/engine': ['src/contracts', 'src/authoring', 'src/data', 'src/engine/plan'],
  // pure decisions: no store, no state, no thread
  'src/engine/plan': ['src/contracts', 'src/authoring'],
  'src/engine/worker': [
    'src/contracts',
    'src/authoring',
    'src/data',
    'src/engine',
    'src/engine/plan',
    'src/core',
    'src/tracking',
  ],
  // kernel threads for a process that is neither a command nor a task
  'src/engine/pool/lend-threads.ts': ['src/contracts', 'src/core', 'src/engine'],
  'src/tracking': ['src/contracts', 'src/data', 'src/core'],
  'src/pipelines': ['ridgeline'],
  // for the tests of users: the runner's decisions and a worker's step, without its threads
  'src/testing': [
    'src/contracts',
    'src/authoring',
    'src/data',
    'src/engine',
    'src/engine/plan',
    'src/engine/worker',
    'src/tracking',
  ],
  'src/cli': [
    'src/contracts',
    'src/core',
    'src/data',
    'src/authoring',
    'src/engine',
    'src/engine/plan',
    'src/engine/worker',
    'src/tracking',
    'src/pipelines',
    'src/index.ts',
  ],
  'src/index.ts': [
    'src/contracts',
    'src/core',
    'src/data',
    'src/authoring',
    'src/tracking',
    'src/engine/pool/lend-threads.ts',
  ],
};

/**
 * Who may name an outside thing: a module (its subpaths included), a global, or a member of one.
 * A package imported anywhere in `src` has a row here.
 */
export const OWNERS: Readonly<Record<string, readonly string[]>> = {
  '@assemblyscript/loader': ['src/core'],
  // the numeric core's module and parquet-wasm's: each compiled once and shared with the threads
  // (contracts name its type, so that a handle can travel)
  WebAssembly: ['src/core', 'src/data/table', 'src/contracts/ports.ts'],
  '@aws-sdk/client-s3': ['src/data/store'],
  '@smithy/node-http-handler': ['src/data/store'],
  'parquet-wasm': ['src/data/table'],
  'apache-arrow': ['src/data/table'],
  'node:fs': [
    'src/data',
    'src/engine/state',
    'src/engine/pool',
    'src/engine/worker',
    'src/testing',
    'src/tracking/plot',
    'src/cli',
  ],
  'node:sqlite': ['src/engine/state'],
  piscina: ['src/engine/pool', 'src/engine/worker'],
  'node:worker_threads': ['src/engine/pool', 'src/engine/worker'],
  croner: ['src/engine/plan'],
  // plots: the scales of axes, and the drawing of pictures
  'd3-scale': ['src/tracking/plot'],
  '@resvg/resvg-wasm': ['src/tracking/plot'],
  commander: ['src/cli'],
  'process.env': ['src/cli'],
  'process.exit': ['src/cli'],
  'node:process': ['src/cli'],
};

/** Folders that run in any JavaScript host, or are plain words: no Node built-in at all. */
const ANY_HOST = ['src/contracts', 'src/core', 'src/authoring', 'src/pipelines'];

/** Where a module whose name is computed may be loaded. The scheduler's thread is not among them: it runs no user code. */
const COMPUTED_IMPORTS = [
  'src/engine/worker', // pipelines, in threads that may be thrown away
  'src/cli/config.ts', // `ridgeline.config.ts`: settings as values
  'src/data/table/parquet-module.ts', // a second copy of parquet-wasm's glue, after a trap
];

/** A decision is a function of recorded state: time and chance come in through ports. */
const IMPURE = [
  'Date.now',
  'Math.random',
  'performance',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'process',
  'fetch',
];

export function checkImportTable(modules: readonly ParsedModule[]): Violation[] {
  return modules.flatMap((module) => [
    ...(folderOf(module.path) === undefined
      ? [`${module.path} is in no folder of the import table: move it, or add its folder on purpose`]
      : []),
    ...module.specifiers.flatMap((specifier) => checkArrow(module.path, specifier)),
    ...[...module.names].flatMap((name) => checkOwner(module.path, name)),
    ...(module.loadsComputed && !isIn(module.path, COMPUTED_IMPORTS)
      ? [`${module.path} imports a module by a computed name: only src/engine/worker loads user code; name the module`]
      : []),
    ...(isIn(module.path, ['src/engine/plan'])
      ? IMPURE.filter((name) => module.names.has(name)).map(
          (name) =>
            `${module.path} names ${name}: decisions are pure; pass the value in, or use a port of src/contracts`,
        )
      : []),
  ]);
}

function checkArrow(path: string, specifier: string): Violation[] {
  const from = folderOf(path);
  if (from === undefined) return [];
  if (specifier.startsWith('node:')) {
    if (isIn(path, ANY_HOST))
      return [`${path} imports ${specifier}: ${from} has no Node built-ins; use a port of src/contracts`];
    if (isIn(path, ['src/engine/plan']) && specifier !== 'node:crypto') {
      return [`${path} imports ${specifier}: decisions are pure; hashing is all they need of Node`];
    }
    return checkOwner(path, specifier);
  }
  const isRelative = specifier.startsWith('.');
  const target = isRelative ? posix.join(posix.dirname(path), specifier) : specifier;
  if (isRelative || packageOf(specifier) === 'ridgeline') {
    const to = isRelative ? folderOf(target) : packageOf(specifier);
    const allowed = MAY_IMPORT[from] ?? [];
    if (to === from || allowed.includes(to ?? '')) return [];
    return [
      `${path} imports ${target}: ${from} may import ${allowed.join(', ') || 'nothing'}. ` +
        'Move the code, pass the value in, or change the table in test/policy/rules/import-table.ts on purpose',
    ];
  }
  const owner = checkOwner(path, specifier);
  if (owner.length > 0 || ownersOf(specifier) !== undefined) return owner;
  return [
    `${path} imports ${specifier}, which nobody owns: give it one folder in OWNERS of test/policy/rules/import-table.ts`,
  ];
}

function checkOwner(path: string, name: string): Violation[] {
  const owners = ownersOf(name);
  if (owners === undefined || isIn(path, owners)) return [];
  return [`${path} names ${name}: only ${owners.join(', ')} may; ask that folder for what you need`];
}

function ownersOf(name: string): readonly string[] | undefined {
  return OWNERS[name] ?? OWNERS[packageOf(name)];
}

/** `@aws-sdk/client-s3/x` and `node:fs/promises` belong to `@aws-sdk/client-s3` and `node:fs`. */
function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

function folderOf(path: string): string | undefined {
  const folders = Object.keys(MAY_IMPORT).filter((folder) => isIn(path, [folder]));
  return folders.toSorted((a, b) => b.length - a.length)[0];
}

function isIn(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path === folder || path.startsWith(`${folder}/`));
}

/** Import cycles among files, each named once, as `a -> b -> a`. Types count: a cycle of types is still one idea in two files. */
export function findCycles(modules: readonly ParsedModule[]): Violation[] {
  const arrows = new Map(
    modules.map(({ path, specifiers }) => [
      path,
      specifiers.filter((s) => s.startsWith('.')).map((s) => posix.join(posix.dirname(path), s)),
    ]),
  );
  const done = new Set<string>();
  const cycles: Violation[] = [];
  const follow = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      cycles.push(`${[...trail.slice(start), path].join(' -> ')} is a cycle: put what they share in a file of its own`);
      return;
    }
    if (done.has(path)) return;
    for (const next of arrows.get(path) ?? []) follow(next, [...trail, path]);
    done.add(path);
  };
  for (const path of arrows.keys()) follow(path, []);
  return cycles;
}
