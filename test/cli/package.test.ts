import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { RunJson } from '../../src/cli/run-json.ts';
import { skipOrFail } from '../setup/skip.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };

interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly dependencies?: object }>>;
}

interface Packed {
  readonly filename: string;
  readonly integrity: string;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

const folder = mkdtempSync(join(tmpdir(), 'ridgeline-package-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function npm(args: readonly string[], cwd: string): string {
  const options = ['--offline', '--no-audit', '--no-fund', '--no-update-notifier', '--ignore-scripts'];
  return execFileSync('npm', [...args, ...options], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/**
 * An empty project with the packed tarball installed by npm: our own lock says which versions, npm's cache (filled by
 * `npm ci`) has them, so nothing is asked of the network. Undefined where the cache does not have them.
 */
function install(tarball: Packed): boolean | undefined {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as Lock;
  const shipped = Object.entries(lock.packages).filter(([path, { dev }]) => path !== '' && dev !== true);
  const dependencies = { ridgeline: `file:${tarball.filename}` };
  const project = { name: 'empty', version: '1.0.0', private: true, type: 'module', dependencies };
  const ridgeline = {
    version: manifest.version,
    resolved: dependencies.ridgeline,
    integrity: tarball.integrity,
    dependencies: lock.packages['']!.dependencies,
    bin: { ridgeline: 'dist/cli/main.js' },
  };
  const packages = { '': project, 'node_modules/ridgeline': ridgeline, ...Object.fromEntries(shipped) };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(project));
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ lockfileVersion: 3, requires: true, packages }));
  try {
    npm(['ci'], folder);
    return true;
  } catch (error) {
    const reason = String((error as { stderr?: string }).stderr ?? error);
    if (!reason.includes('ENOTCACHED')) throw error;
    return skipOrFail('the tests of the installed tarball', "npm's cache lacks a package: npm ci fills it");
  }
}

/** A Node older than we need, if this machine has one on its path. */
function olderNode(): string | undefined {
  const found = (process.env['PATH'] ?? '').split(delimiter).map((place) => join(place, 'node'));
  return found.find(
    (node) => existsSync(node) && /^v(1\d|2[0-3])\./.test(execFileSync(node, ['--version'], { encoding: 'utf8' })),
  );
}

const packed = Object.values(
  JSON.parse(npm(['pack', '--json', '--pack-destination', folder], ROOT)) as Record<string, Packed>,
)[0]!;
const isInstalled = install(packed) === true;
const older = olderNode();

describe('the tarball', () => {
  it('carries compiled code, types, the core with its header and conformance vectors, licence and README, and nothing else', () => {
    const strange = packed.files
      .map(({ path }) => path)
      .filter(
        (path) =>
          !/^(dist\/.*\.(js|d\.ts)|build\/ridgeline\.(scalar\.|shared\.)?wasm|assembly\/(conformance\.json|ridgeline\.h)|LICENSE|README\.md|package\.json)$/.test(
            path,
          ),
      );
    expect(strange).toEqual([]);
    expect(packed.unpackedSize).toBeLessThan(1_500_000);
  });
});

describe.skipIf(!isInstalled)('installed into an empty project', () => {
  it('npx ridgeline run housing works', () => {
    const args = ['--offline', '--', 'ridgeline', 'run', 'housing', '--source', 'synthetic', '--json'];
    // The project has no Node of its own: npx takes the one on the path, which is ours.
    const env = { ...process.env, PATH: `${join(process.execPath, '..')}${delimiter}${process.env['PATH']}` };
    const { status, stdout, stderr } = spawnSync('npx', args, { cwd: folder, env, encoding: 'utf8' });
    expect({ status, stderr: stderr.replaceAll(/^npm warn.*\n/gm, '') }).toEqual({ status: 0, stderr: '' });
    expect((JSON.parse(stdout) as RunJson).outputs.map(({ rows }) => rows)).toEqual([20_640, 20_640]);
    expect(existsSync(join(folder, '.ridgeline', 'store', 'data', 'housing_pred.csv'))).toBe(true);
  });

  it('has types that compile strictly, and refuses what they forbid', () => {
    const good = `import { dag, dataset, RidgeCV, StandardScaler, tableFromColumns } from 'ridgeline';
      import { createCore } from 'ridgeline/core';
      export const scaled = await new StandardScaler({ columns: ['a'] }).fit(tableFromColumns({ a: new Float64Array(3) }));
      export const model = new RidgeCV({ features: ['a'], target: 'b' });
      export const alphas: Float64Array = (await createCore()).logspace(-3, 1, 30);
      export const one = dag('one', ({ task }) => task('t', { outlet: dataset('d') }, () => scaled.transform(tableFromColumns({}))));`;
    writeFileSync(join(folder, 'good.ts'), good);
    writeFileSync(join(folder, 'bad.ts'), `${good}\nexport const wrong: string = model;`);
    const tsc = (file: string) =>
      spawnSync(
        process.execPath,
        [
          join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'),
          ...'--noEmit --strict --exactOptionalPropertyTypes --target es2024 --module nodenext'.split(' '),
          file,
        ],
        { cwd: folder, encoding: 'utf8' },
      );
    // (Arrow's own types need those of Node, which our lock places elsewhere than an install without it.)
    const ours = /^(good\.ts|bad\.ts|node_modules\/ridgeline\/).*/gm;
    expect(tsc('good.ts').stdout.match(ours)).toBe(null);
    expect(tsc('bad.ts').stdout.match(ours)).toEqual([expect.stringMatching(/^bad\.ts\(\d+,\d+\): error TS2322/)]);
  });

  it.skipIf(older === undefined)('ridgeline/core loads and computes in an older Node', () => {
    const script = `import { createCore } from 'ridgeline/core';
      const core = await createCore();
      console.log(core.logspace(-3, 1, 30).at(-1));`;
    const { stdout, stderr } = spawnSync(older!, ['--input-type=module', '-e', script], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect({ stdout, stderr }).toEqual({ stdout: '10\n', stderr: '' });
  });

  it.skipIf(older === undefined)('under an older Node the command line says in one line what it needs', () => {
    const { status, stdout, stderr } = spawnSync(
      older!,
      [join('node_modules', '.bin', 'ridgeline'), 'run', 'housing'],
      {
        cwd: folder,
        encoding: 'utf8',
      },
    );
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^ridgeline needs Node 24 or newer, this is \d+\.\d+\.\d+ .*\n$/);
  });
});
