import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MAIN, ridgeline, scratch } from './ridgeline.ts';

describe('the command line', () => {
  it('lists its commands, with examples and exit codes, on standard output', async () => {
    const { code, stdout, stderr } = await ridgeline(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const word of ['run ', 'list ', 'dataset ', 'fit ', 'Examples:', 'Exit codes: 0 ok'])
      expect(stdout).toContain(word);
  });

  it('explains each command with an example', async () => {
    for (const command of ['run', 'list', 'show', 'logs', 'dataset']) {
      const { code, stdout } = await ridgeline([command, '--help']);
      expect(code).toBe(0);
      expect(stdout).toContain('Examples:');
      expect(stdout).toContain('--store <url>');
    }
  });

  it('loads no command to list them: --help knows nothing of hashes, state or threads', () => {
    const script = `process.argv.push('x', '--help');
      process.on('exit', () => process.stdout.write(process.moduleLoadList.join()));
      await import(${JSON.stringify(MAIN)});`;
    const printed = execFileSync(process.execPath, ['--input-type=module', '-e', script]).toString();
    expect(printed).toContain('Usage: ridgeline');
    expect(printed).toContain('NativeModule fs');
    for (const name of ['crypto', 'sqlite', 'zlib', 'http'])
      expect(printed).not.toMatch(new RegExp(`NativeModule ${name}\\b`));
  });

  it('prints its version', async () => {
    expect((await ridgeline(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each([
    [['frobnicate'], /unknown command 'frobnicate'\n {2}ridgeline --help/],
    [['rum'], /Did you mean run\?/],
    [['run'], /missing required argument 'name'/],
    [['run', 'housing', '--source', 'thin-air'], /Allowed choices are auto, download, file, synthetic/],
    [['run', 'housing', '--threads', '0'], /--threads: expected a whole number from 1 to 1024, got "0"/],
    [['fit', 'https://x.example/homes.csv', '--target', 'price'], /got the address of a page\n {2}download it first/],
    [['dataset', 'prices'], /expected a command before "prices"\n {2}ridgeline dataset show prices/],
    [['list', '--home', ''], /--home: expected a word, got an empty one/],
    [['fit', 'x.csv', '--target', 'y', '--features', ''], /--features: expected a word, got an empty one/],
    [['run', 'housing', '--param', 'x'], /--param: expected name=value, got "x"/],
    [['list', '--nonsense'], /unknown option '--nonsense'/],
    [['run', 'nothing_like_it'], /nothing_like_it.*\n {2}.*housing/],
    [['show', 'no-such-run'], /no-such-run/],
    [['dataset', 'show', 'no_such_dataset'], /no_such_dataset/],
    [['list', '--store', 'ftp://somewhere'], /expected file: or s3:, got ftp:/],
  ])('refuses %j with one line and exit code 2', async (args, message) => {
    const { code, stdout, stderr } = await ridgeline(args, { home: join(scratch(), 'home') });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  it('takes a flag before the environment before the default', async () => {
    const folder = scratch();
    const options = { cwd: folder, env: { RIDGELINE_HOME: join(folder, 'a'), RIDGELINE_STORE: join(folder, 's') } };
    const { stdout } = await ridgeline(['doctor', '--json', '--home', join(folder, 'b')], options);
    expect(stdout).toContain(join(folder, 's'));
    expect(stdout).toContain(join(folder, 'b'));
    expect(stdout).not.toContain(join(folder, 'a'));
  });

  it('says that the folder it is called in was deleted; what needs none goes on', () => {
    const said = 'ridgeline: the current folder is not there any more\n  go to another with cd, ';
    expect(runInDeletedFolder('list')).toMatch(new RegExp(`^${said}.*\n3\n$`));
    expect(runInDeletedFolder('init project')).toMatch(new RegExp(`^${said}.*\n3\n$`));
    expect(runInDeletedFolder('--help')).toMatch(/^Usage: [^]*\n0\n$/);
  });

  it('ends quietly when the reader of its output has gone', async () => {
    const script = `${process.execPath} ${MAIN} --help | true; echo $\{PIPESTATUS[0]}`;
    expect(execFileSync('bash', ['-c', script], { stdio: 'pipe' }).toString()).toMatch(/^0\n$/);
  });
});

function runInDeletedFolder(command: string): string {
  const script = `mkdir gone; cd gone; rmdir ../gone; ${process.execPath} ${MAIN} ${command} 2>&1; echo $?`;
  return execFileSync('bash', ['-c', script], { cwd: scratch() }).toString();
}

describe('an older Node', () => {
  it('is told in one line what is needed, by a file that it can parse', async () => {
    // The file as an old Node sees it: everything before the version check has run, nothing after it.
    const script = `Object.defineProperty(process.versions, 'node', { value: '18.20.0' });
      await import(${JSON.stringify(MAIN)});`;
    const run = (): string =>
      execFileSync(process.execPath, ['--input-type=module', '-e', script], { stdio: 'pipe' }).toString();
    expect(run).toThrow(/ridgeline needs Node 24 or newer, this is 18\.20\.0 [^\n]*\n$/);
  });
});
