import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { minio } from '../setup/minio.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const server = await minio();
const scratch = await mkdtemp(join(tmpdir(), 'ridgeline-doctor-'));
afterAll(() => rm(scratch, { recursive: true }));

interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function doctor(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const { PATH = '' } = process.env;
  return new Promise((resolve) => {
    const command = ['--conditions=source', MAIN, 'doctor', ...args];
    execFile(
      process.execPath,
      command,
      { env: { PATH, HOME: scratch, ...env }, cwd: scratch },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

function checksOf({ stdout }: Answer): Record<string, { state: string; detail: string; remedy?: string }> {
  const { checks } = JSON.parse(stdout) as { checks: { name: string; state: string; detail: string }[] };
  return Object.fromEntries(checks.map(({ name, ...rest }) => [name, rest]));
}

describe('ridgeline doctor', () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(scratch, 'home-'));
  });

  it('finds everything right on a new folder, and leaves no object behind', async () => {
    const answer = await doctor(['--home', home]);
    expect(answer.code).toBe(0);
    expect(answer.stdout.split('\n').filter(Boolean)).toSatisfy((lines: string[]) =>
      lines.every((line) => line.startsWith('ok ')),
    );
    for (const name of ['node', 'core', 'threads', 'home', 'state database', 'store', 'data sources'])
      expect(answer.stdout).toContain(` ${name} `);
    expect(await readdir(join(home, 'store'))).toEqual(['.tmp']);
    expect(await readdir(home)).toEqual(['store']);
  });

  it('ends with the code of the first check that fails', async () => {
    await writeFile(join(home, 'file'), '');
    const answer = await doctor(['--home', home, '--store', join(home, 'file'), '--json']);
    expect(answer.code).toBe(3);
    expect(JSON.parse(answer.stdout)).toMatchObject({ ok: false });
    expect(checksOf(answer)['store']).toMatchObject({ state: 'failed', remedy: expect.any(String) });
    expect(checksOf(answer)['node']).toMatchObject({ state: 'ok' });
  });

  it('says when the state database is none, and leaves it as it is', async () => {
    await writeFile(join(home, 'state.db'), 'not a database, but long enough to look at '.repeat(50));
    const answer = await doctor(['--home', home, '--json']);
    expect(answer.code).toBe(2);
    expect(checksOf(answer)['state database']).toMatchObject({
      state: 'failed',
      detail: expect.stringContaining('state.db'),
    });
  });

  it('says when a data file is not what it must be', async () => {
    await mkdir(join(home, 'cache'));
    await writeFile(join(home, 'cache', 'cal_housing.tgz'), 'wrong');
    const answer = await doctor(['--home', home, '--json']);
    expect(answer.code).toBe(4);
    expect(checksOf(answer)['data sources']).toMatchObject({
      detail: expect.stringContaining('must have SHA-256 aaa5c9a6'),
    });
  });

  it('names a server that does not answer', async () => {
    const env = { AWS_ENDPOINT_URL: 'http://127.0.0.1:9', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
    const answer = await doctor(['--home', home, '--store', 's3://bucket', '--json'], env);
    expect(answer.code).toBe(3);
    expect(checksOf(answer)['store']?.detail).toContain('http://127.0.0.1:9: no answer (ECONNREFUSED)');
  });

  it.skipIf(!server)("makes a bucket when told to, tries it, and reads the server's clock", async () => {
    const store = ['--home', home, '--store', `s3://doctor-${Date.now()}/prefix`, '--json'];
    const before = await doctor(store, server!.env);
    expect(before.code).toBe(3);
    expect(checksOf(before)['store']?.remedy).toContain('--create-bucket');
    const after = await doctor([...store, '--create-bucket'], server!.env);
    expect(after).toMatchObject({ code: 0, stderr: expect.stringContaining(' made') });
    expect(checksOf(after)['store']?.detail).toContain('racing creators');
    expect(checksOf(after)['clock']?.detail).toMatch(/^the store is [01]\.\d s (ahead|behind)/);
    expect((await doctor([...store, '--create-bucket'], server!.env)).stderr).toContain('is there already');
  });
});
