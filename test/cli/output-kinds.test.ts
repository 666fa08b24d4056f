import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ridgeline, temporaryFolder, type Ended } from './command-line.ts';
import { homesCsv } from './homes.ts';

const folder = temporaryFolder();
const run = (...args: string[]): Promise<Ended> => ridgeline(args, folder());
const FIT = ['fit', 'homes.csv', '--target', 'price', '--out'];

async function fitted(): Promise<void> {
  writeFileSync(join(folder(), 'homes.csv'), homesCsv());
  expect((await run(...FIT, 'm.json')).code).toBe(0);
}

/** A device of the test's own: root could replace /dev/null. Who may not make one may not replace that either. */
function device(path: string): string {
  try {
    execFileSync('mknod', [path, 'c', '1', '3'], { stdio: 'ignore' });
    return path;
  } catch {
    return '/dev/null';
  }
}

test('an output that is a pipe, a socket, a device or a link to one is refused and stays what it is', async () => {
  await fitted();
  const at = (name: string): string => join(folder(), name);
  // One name with every extension that a command may ask for.
  for (const name of ['pipe.csv', 'pipe.svg', 'price.json']) execFileSync('mkfifo', [at(name)]);
  symlinkSync('pipe.csv', at('link.csv'));
  symlinkSync(device(at('null')), at('null.csv'));
  const server = createServer().listen(at('socket.csv'));
  const before = readdirSync(folder());
  const dash = 'use --out - for standard output';
  for (const [args, is, remedy] of [
    [['predict', 'm.json', 'homes.csv', '--out', 'pipe.csv'], 'pipe.csv is a pipe', dash],
    [['predict', 'm.json', 'homes.csv', '--out', 'link.csv'], 'link.csv is a pipe', dash],
    [['predict', 'm.json', 'homes.csv', '--out', 'socket.csv'], 'socket.csv is a socket', dash],
    [['predict', 'm.json', 'homes.csv', '--out', 'null.csv'], 'null.csv is a device', dash],
    [['predict', 'm.json', 'homes.csv', '--out', '/dev/fd/987'], '/dev/fd/987 is a descriptor that is not open', dash],
    [['predict', 'none.json', 'none.csv', '--out', 'pipe.csv'], 'pipe.csv is a pipe', dash],
    [['plot', 'm.json', '--out', 'pipe.svg'], 'pipe.svg is a pipe', dash],
    [['export', 'm.json', '--format', 'onnx', '--out', 'null.csv'], 'null.csv is a device', dash],
    [[...FIT, 'null.csv'], 'null.csv is a device', dash],
    [[...FIT, 'null.csv', '--keep-state'], 'null.csv is a device', 'give a file'],
    [['fit', 'homes.csv', '--target', 'size,price', '--out', '{target}.json'], 'price.json is a pipe', 'give a file'],
    [['fit', 'homes.csv', '--update', 'm.json', '--out', 'link.csv'], 'link.csv is a pipe', 'give a file'],
  ] as const) {
    const { code, stdout, stderr } = await run(...args);
    expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: '' });
    expect(stderr).toContain(`--out: expected a file, ${is}`);
    expect(stderr).toContain(remedy);
  }
  expect(readdirSync(folder())).toEqual(before);
  for (const name of ['pipe.csv', 'pipe.svg', 'price.json']) expect(lstatSync(at(name)).isFIFO()).toBe(true);
  expect(lstatSync(at('socket.csv')).isSocket()).toBe(true);
  expect(lstatSync(readlinkSync(at('null.csv'))).isCharacterDevice()).toBe(true);
  expect(readlinkSync(at('link.csv'))).toBe('pipe.csv');
  await new Promise((resolve) => server.close(resolve));
});

test('an output that is a link to a file is written through it', async () => {
  await fitted();
  mkdirSync(join(folder(), 'models'));
  writeFileSync(join(folder(), 'models/m.json'), 'old');
  symlinkSync('models/m.json', join(folder(), 'current.json'));
  expect((await run(...FIT, 'current.json')).code).toBe(0);
  expect(readlinkSync(join(folder(), 'current.json'))).toBe('models/m.json');
  expect(readFileSync(join(folder(), 'models/m.json'), 'utf8')).toBe(readFileSync(join(folder(), 'm.json'), 'utf8'));
});

test('an output of a long name is written; one longer than the system has is said to be', async () => {
  await fitted();
  const name = `${'n'.repeat(226)}.csv`;
  expect((await run('predict', 'm.json', 'homes.csv', '--out', name)).code).toBe(0);
  expect(readdirSync(folder()).toSorted()).toEqual(['homes.csv', 'm.json', name]);
  const { code, stderr } = await run('predict', 'm.json', 'homes.csv', '--out', `${'n'.repeat(300)}.csv`);
  expect(code).toBe(3);
  expect(stderr).toContain('the name is too long');
  // The statistics beside a model have a longer name than it: known before a row is read.
  writeFileSync(join(folder(), 'bad.csv'), homesCsv().replace(/\n[^,]+/, '\nx'));
  const model = `${'n'.repeat(245)}.json`;
  const kept = await run('fit', 'bad.csv', '--target', 'price', '--keep-state', '--out', model);
  expect(kept.code).toBe(3);
  expect(kept.stderr).toContain('.state: the name is too long');
});

test('files of several targets are checked by the name of each, also where one has a slash', async () => {
  writeFileSync(join(folder(), 'homes.csv'), homesCsv().replace('price', 'd/q'));
  mkdirSync(join(folder(), 'z/d'), { recursive: true });
  const { code, stderr } = await run('fit', 'homes.csv', '--target', 'year,d/q', '--out', 'z/{target}.json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(readdirSync(join(folder(), 'z'), { recursive: true }).toSorted()).toEqual(['d', 'd/q.json', 'year.json']);
  const refused = await run('fit', 'homes.csv', '--target', 'year,d/q', '--out', 'none/{target}.json');
  expect(refused.stderr).toContain('cannot write none/year.json: there is no such folder');
});

test("a target's name is no pattern where it becomes part of a file's", async () => {
  writeFileSync(
    join(folder(), 'homes.csv'),
    homesCsv().replace('price', () => '$&$1'),
  );
  expect((await run('fit', 'homes.csv', '--target', '$&$1', '--out', 'of-{target}.json')).code).toBe(0);
  expect(readdirSync(folder()).toSorted()).toEqual(['homes.csv', 'of-$&$1.json']);
});
