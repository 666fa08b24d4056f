import { execFile } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { homesCsv } from './homes.ts';
import { MAIN, ridgeline, scratch, start, type Ended } from './ridgeline.ts';

async function inFolder(): Promise<{ folder: string; run: (...args: string[]) => Promise<Ended> }> {
  const folder = scratch();
  writeFileSync(join(folder, 'homes.csv'), homesCsv());
  mkdirSync(join(folder, 'models'));
  const run = (...args: string[]): Promise<Ended> => ridgeline(args, { cwd: folder, home: join(folder, 'home') });
  expect((await run('fit', 'homes.csv', '--target', 'price', '--out', 'm.json')).code).toBe(0);
  return { folder, run };
}

test('an output that cannot be is refused before any row is read, and what is there stays', async () => {
  const { folder, run } = await inFolder();
  writeFileSync(join(folder, 'broken.csv'), 'year,size,price\n1,2\n');
  const fit = (out: string): Promise<Ended> => run('fit', 'broken.csv', '--target', 'price', '--out', out);
  const predict = (out: string): Promise<Ended> => run('predict', 'm.json', 'broken.csv', '--out', out);
  for (const [ended, code, said] of [
    [fit('none/m.json'), 3, 'cannot write none/m.json: there is no such folder'],
    [predict('none/p.csv'), 3, 'cannot write none/p.csv: there is no such folder'],
    [predict('homes.csv/p.csv'), 3, 'there is no such folder'],
    [predict('models'), 3, 'cannot write models: it is a folder'],
    [fit('models'), 3, 'cannot write models: it is a folder'],
    [run('fit', 'homes.csv', '--target', 'price', '--out', 'homes.csv'), 2, 'homes.csv is the data itself'],
  ] as const) {
    const { stderr, ...rest } = await ended;
    expect(stderr).toContain(said);
    expect(rest).toMatchObject({ code, stdout: '' });
  }
  expect(readFileSync(join(folder, 'homes.csv'), 'utf8')).toBe(homesCsv());
  expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
});

test('an output onto what is read, the data or the model, by whatever name, is refused and both stay', async () => {
  const { folder, run } = await inFolder();
  const at = (name: string): string => join(folder, name);
  symlinkSync('homes.csv', at('data-link.csv'));
  symlinkSync('m.json', at('model-link.csv'));
  symlinkSync('homes.csv', at('data-link.svg'));
  const model = readFileSync(at('m.json'), 'utf8');
  for (const [args, what] of [
    [['predict', 'm.json', 'homes.csv', '--out', 'homes.csv'], 'homes.csv is the data'],
    [['predict', 'm.json', pathToFileURL(at('homes.csv')).href, '--out', 'homes.csv'], 'homes.csv is the data'],
    [['predict', 'm.json', 'data-link.csv', '--out', at('homes.csv')], `${at('homes.csv')} is the data`],
    [['predict', 'm.json', 'homes.csv', '--out', 'data-link.csv'], 'data-link.csv is the data'],
    [['predict', 'm.json', 'homes.csv', '--out', 'model-link.csv'], 'model-link.csv is the model'],
    [['plot', 'm.json', 'homes.csv', '--out', 'data-link.svg'], 'data-link.svg is the data'],
    [['export', 'm.json', '--format', 'onnx', '--out', 'model-link.csv'], 'model-link.csv is the model'],
  ] as const) {
    const { code, stdout, stderr } = await run(...args);
    expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: '' });
    expect(stderr).toBe(`ridgeline: --out: ${what} itself\n  choose another file\n`);
  }
  expect(readFileSync(at('homes.csv'), 'utf8')).toBe(homesCsv());
  expect(readFileSync(at('m.json'), 'utf8')).toBe(model);
});

test('an output over a file that is a link keeps the link', async () => {
  const { folder, run } = await inFolder();
  writeFileSync(join(folder, 'old.csv'), 'old');
  symlinkSync('old.csv', join(folder, 'link.csv'));
  expect((await run('predict', 'm.json', 'homes.csv', '--out', 'link.csv')).code).toBe(0);
  expect(lstatSync(join(folder, 'link.csv')).isSymbolicLink()).toBe(true);
  const [header, first] = readFileSync(join(folder, 'old.csv'), 'utf8').split('\n');
  expect(header).toBe('year,size,price,preds');
  expect(first!.startsWith(homesCsv().split('\n')[1]!)).toBe(true);
});

/** Ctrl-C as soon as somebody listens to it. */
const INTERRUPT = `data:text/javascript,const%20t=setInterval(()=>process.listenerCount('SIGINT')&&(clearInterval(t),process.emit('SIGINT')),1)`;

test('a fit that is interrupted ends without a model', async () => {
  const { folder, run } = await inFolder();
  const args = ['fit', 'homes.csv', '--target', 'price', '--out', 'new.json'];
  const env = { NODE_OPTIONS: `--import ${INTERRUPT}` };
  expect(await ridgeline(args, { cwd: folder, home: join(folder, 'home'), env })).toMatchObject({
    code: 130,
    stdout: '',
  });
  expect(existsSync(join(folder, 'new.json'))).toBe(false);
  expect((await run(...args)).code).toBe(0);
});

/** Says when signals are heard no more, so that they end the process: arithmetic of seconds follows. */
const SAY_UNHEARD = `data:text/javascript,import{writeSync}from'node:fs';const%20off=process.off;process.off=function(name,...rest){off.call(this,name,...rest);name==='SIGTERM'&&writeSync(2,'unheard');return%20this}`;

test('a fit in the midst of arithmetic is ended by Ctrl-C', async () => {
  const folder = scratch();
  const names = Array.from({ length: 600 }, (_, j) => `x${j}`);
  const row = (i: number): string => names.map((_, j) => Math.sin(i * 600 + j).toFixed(6)).join(',');
  const rows = Array.from({ length: 40 }, (_, i) => `${row(i)},${i}`);
  writeFileSync(join(folder, 'wide.csv'), [`${names.join(',')},y`, ...rows, ''].join('\n'));
  const env = { NODE_OPTIONS: `--import ${SAY_UNHEARD}` };
  const { child, ended } = start(['fit', 'wide.csv', '--target', 'y', '--out', 'm.json'], { cwd: folder, env });
  child.stderr!.once('data', () => child.kill('SIGINT'));
  expect(await ended).toMatchObject({ signal: 'SIGINT', stdout: '' });
  expect(existsSync(join(folder, 'm.json'))).toBe(false);
});

test.each([
  ['evaluate', 'SIGINT', ['m.json', 'many.csv']],
  ['plot', 'SIGINT', ['m.json', 'many.csv', '--out', 'p.svg']],
  ['plot', 'SIGTERM', ['m.json', 'many.csv', '--out', 'p.svg']],
] as const)('%s is ended by the first %s while it reads, and leaves nothing', async (command, signal, args) => {
  const { folder } = await inFolder();
  const [header, ...rows] = homesCsv().trimEnd().split('\n');
  writeFileSync(join(folder, 'many.csv'), `${header}\n${`${rows.join('\n')}\n`.repeat(5000)}`);
  const before = readdirSync(folder);
  const env = { NODE_OPTIONS: `--import ${SAY_UNHEARD}` };
  const { child, ended } = start([command, ...args], { cwd: folder, env });
  child.stderr!.once('data', () => child.kill(signal));
  expect(await ended).toMatchObject({ signal, stdout: '' });
  expect(readdirSync(folder)).toEqual(before);
});

test('a prediction whose terminal is closed leaves no part of a file', async () => {
  const { folder } = await inFolder();
  const [header, ...rows] = homesCsv().trimEnd().split('\n');
  writeFileSync(join(folder, 'many.csv'), `${header}\n${`${rows.join('\n')}\n`.repeat(20_000)}`);
  const before = readdirSync(folder);
  const { child, ended } = start(['predict', 'm.json', 'many.csv', '--out', 'p.csv'], { cwd: folder });
  while (!readdirSync(folder).some((name) => name.endsWith('.part'))) await sleep(1);
  for (let i = 0; i < 2; i += 1) child.kill('SIGHUP'); // the shell and the system may both send it
  expect(await ended).toMatchObject({ code: 130, stdout: '' });
  expect(readdirSync(folder)).toEqual(before);
});

test('standard output that takes nothing is an error; standard input that is a file is read, a pipe is refused', async () => {
  const { folder } = await inFolder();
  const shell = (command: string): Promise<Omit<Ended, 'signal'>> =>
    new Promise((resolve) => {
      const environment = { PATH: process.env['PATH'], NO_COLOR: '1' };
      execFile(
        'sh',
        ['-c', command, process.execPath, MAIN],
        { cwd: folder, env: environment },
        (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
      );
    });
  const full = { code: 3, stderr: expect.stringContaining('cannot write to standard output: ENOSPC') as string };
  expect(await shell('"$0" "$1" predict m.json homes.csv > /dev/full')).toMatchObject(full);
  expect(await shell('"$0" "$1" fit homes.csv --target price > /dev/full')).toMatchObject(full);
  const file = await shell('"$0" "$1" predict m.json - < homes.csv');
  expect(file).toEqual(await shell('"$0" "$1" predict m.json homes.csv'));
  const pipe = await shell('cat homes.csv | "$0" "$1" predict m.json -');
  expect(pipe).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('got a pipe') as string });
});
