/**
 * Builds the targets of asconfig.json into build/, when something they are made of has changed.
 *
 * A target is written aside and renamed, so that a reader never meets half a module. The key of what was built (a hash of
 * sources, configuration and compiler version) is kept in build/.key; quiet when it still holds.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const config = JSON.parse(readFileSync(`${root}asconfig.json`, 'utf8'));
const outFiles = Object.values(config.targets).map((target) => `${root}${target.outFile}`);

if (readText(`${root}build/.key`) !== inputKey() || !outFiles.every(exists)) await build();

async function build() {
  const { default: asc } = await import('assemblyscript/asc');
  const aside = `${root}build/.aside-${process.pid}`;
  const key = inputKey();
  mkdirSync(aside, { recursive: true });
  try {
    for (const [target, { outFile }] of Object.entries(config.targets)) {
      const built = `${aside}/${target}.wasm`;
      // asc takes paths relative to baseDir; --outFile on the command line wins over the target's own.
      const { error, stderr } = await asc.main(
        ['assembly/index.ts', '--baseDir', root, '--config', 'asconfig.json', '--target', target, '--outFile', built],
      );
      if (error) {
        process.stderr.write(stderr.toString());
        throw new Error(`assembly: target "${target}" does not compile: ${error.message}`);
      }
      renameSync(built, `${root}${outFile}`);
      process.stdout.write(`${outFile} ${statSync(`${root}${outFile}`).size} bytes\n`);
    }
    writeFileSync(`${aside}/key`, key);
    renameSync(`${aside}/key`, `${root}build/.key`);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

function inputKey() {
  const hash = createHash('sha256');
  const sources = readdirSync(`${root}assembly`, { recursive: true }).filter((name) => name.endsWith('.ts'));
  const compiler = `${root}node_modules/assemblyscript/package.json`;
  for (const path of [...sources.toSorted().map((name) => `${root}assembly/${name}`), `${root}asconfig.json`, compiler]) {
    hash.update(`${path.slice(root.length)}\0`).update(readFileSync(path)).update('\0');
  }
  return hash.digest('hex');
}

function readText(path) {
  return exists(path) ? readFileSync(path, 'utf8') : undefined;
}

function exists(path) {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
