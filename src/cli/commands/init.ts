import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { RidgelineError } from '../../contracts/errors.ts';
import type { CliContext } from '../context.ts';
import { projectFiles } from '../init/project-files.ts';
import { printJson, shellWord } from '../output.ts';
import { packageVersion } from '../package-version.ts';

export function register(command: Command, context: CliContext): void {
  command
    .argument('[dir]', 'folder of the project, made when missing', '.')
    .option('--dry-run', 'say what would be written, and write nothing')
    .addHelpText('after', '\nExamples:\n  ridgeline init my-pipelines\n  ridgeline init --dry-run\n')
    .action((dir: string, { dryRun = false }: { dryRun?: boolean }) => init(dir, dryRun, context));
}

/** Writes a project with one working, tested pipeline. A package.json that is there stays; any other file of ours refuses. */
async function init(dir: string, dryRun: boolean, context: CliContext): Promise<void> {
  const root = resolve(context.cwd, dir);
  const files = Object.entries(projectFiles(packageName(root), packageVersion()));
  const there = files.filter(([path]) => existsSync(join(root, path))).map(([path]) => path);
  const inTheWay = there.filter((path) => path !== 'package.json');
  if (inTheWay.length > 0) {
    throw new RidgelineError('FILES_EXIST', 'usage', `init: ${root} already has ${inTheWay.join(', ')}`, {
      remedy: 'name a new folder: ridgeline init my-pipelines',
    });
  }
  const fresh = files.filter(([path]) => !there.includes(path));
  if (!dryRun) {
    for (const [path, text] of fresh) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text, { flag: 'wx' });
    }
  }

  const shown = relative(context.cwd, root) || '.';
  if (context.json) return printJson(context, { dir: root, written: fresh.map(([path]) => path), dryRun });
  const lines = [
    `${dryRun ? 'Would write' : 'Wrote'} into ${shown}`,
    ...fresh.map(([path]) => `  ${path}`),
    ...hints(join(root, 'package.json'), there),
    '',
    'Next',
    ...(shown === '.' ? [] : [`  cd ${shellWord(shown)}`]),
    '  npm install              ridgeline itself',
    '  npm test                 the test of the pipeline, without the runner',
    '  npx ridgeline run rents  the pipeline, end to end',
  ];
  context.stdout.write(`${lines.join('\n')}\n`);
}

/** npm's rule: lower case, no blanks. */
function packageName(root: string): string {
  const name = basename(root)
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+/, '');
  return name === '' || name === 'ridgeline' ? 'my-pipelines' : name;
}

function hints(path: string, there: readonly string[]): string[] {
  if (!there.includes('package.json')) return [];
  const { type } = JSON.parse(readFileSync(path, 'utf8')) as { type?: string };
  return ['package.json is kept as it is', ...(type === 'module' ? [] : ['  add to it: "type": "module"'])];
}
