import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { fileError } from '../../../src/data/store/file-errors.ts';
import { openStore } from '../../../src/data/store/index.ts';

const folder = await mkdtemp(join(tmpdir(), 'ridgeline-folder-'));
afterAll(() => rm(folder, { recursive: true }));
const BODY = new Uint8Array(3);

describe('a folder store says what is wrong', () => {
  it.each(['http://example.org/x', 'gs://bucket', 's3://', 's3://user:secret@bucket/x', 'file://host/folder'])(
    'with the URL %s, without repeating a password',
    async (url) => {
      const thrown: unknown = await openStore(url, {}).catch((error: unknown) => error);
      expect(thrown).toMatchObject({ code: 'STORE_URL', kind: 'usage', remedy: expect.any(String) });
      expect(String(thrown)).not.toContain('secret');
    },
  );

  it('when the folder is a file', async () => {
    await writeFile(join(folder, 'file'), 'x');
    const store = await openStore(join(folder, 'file'), {});
    await expect(store.put('a', BODY)).rejects.toMatchObject({ kind: 'store', code: 'STORE_NOT_A_FOLDER' });
  });

  it('when a key would be an object and a folder', async () => {
    const store = await openStore(join(folder, 'both'), {});
    await store.put('a', BODY);
    expect(await store.head('a/b')).toBeUndefined();
    await expect(store.put('a/b', BODY)).rejects.toMatchObject({
      code: 'STORE_KEY',
      remedy: expect.stringContaining('both'),
    });
    await store.put('c/d', BODY);
    await expect(store.put('c', BODY)).rejects.toMatchObject({ code: 'STORE_KEY' });
    expect(await readdir(join(folder, 'both', '.tmp'))).toEqual([]);
  });

  it('when a symbolic link leads out of it, and does not follow', async () => {
    const root = join(folder, 'linked');
    await mkdir(join(folder, 'outside'));
    await mkdir(root);
    await writeFile(join(folder, 'outside', 'secret'), 'x');
    await symlink(join(folder, 'outside'), join(root, 'door'));
    await symlink(join(folder, 'outside', 'secret'), join(root, 'window'));
    const store = await openStore(root, {});
    const out = { code: 'STORE_KEY', message: expect.stringContaining('symbolic link') };
    await expect(store.put('door/x', BODY)).rejects.toMatchObject(out);
    await expect(store.put('door/deep/x', BODY)).rejects.toMatchObject(out);
    await expect(store.get('door/secret')).rejects.toMatchObject(out);
    await expect(store.delete('door/secret')).rejects.toMatchObject(out);
    await expect(store.get('window')).rejects.toMatchObject({ code: 'STORE_KEY' });
    expect(await store.head('window')).toBeUndefined();
    expect(await readdir(join(folder, 'outside'))).toEqual(['secret']);
    await store.put('window', BODY); // replaces the link, not what it names
    expect(await store.get('window')).toEqual(BODY);
  });

  it('when it may not write', async () => {
    const root = join(folder, 'read-only');
    await mkdir(root);
    await chmod(folder, 0o755);
    await chmod(root, 0o555);
    const module = new URL('../../../src/data/store/index.ts', import.meta.url).href;
    // Root may write anywhere: the attempt is made as another user.
    const script = `
      if (process.getuid() === 0) process.setuid(65534);
      const store = await (await import(${JSON.stringify(module)})).openStore(${JSON.stringify(root)}, {});
      await store.put('a', new Uint8Array(1)).catch((e) => console.log(JSON.stringify({ ...e, message: e.message })));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
    expect(JSON.parse(stdout)).toMatchObject({
      code: 'STORE_DENIED',
      kind: 'store',
      remedy: expect.stringContaining('--store'),
    });
    expect(stdout).toContain('read-only: EACCES: permission denied');
  });

  it.runIf(process.platform === 'linux')('when the file system makes no folders', async () => {
    const store = await openStore('/proc/a/store', {});
    await expect(store.put('a', BODY)).rejects.toMatchObject({ code: 'STORE_READ_ONLY', kind: 'store' });
  });

  it.each([
    ['ENOSPC', 'STORE_FULL'],
    ['EDQUOT', 'STORE_FULL'],
    ['EROFS', 'STORE_READ_ONLY'],
    ['EPERM', 'STORE_DENIED'],
    ['EIO', 'STORE_UNREACHABLE'],
  ])('when the file system answers %s', (code, expected) => {
    const error = Object.assign(new Error(`${code}: reason, write '/x'`), { code });
    const said = fileError(error, 'write data/x', '/store');
    expect(said).toMatchObject({ code: expected, kind: 'store', remedy: expect.any(String) });
    expect(said.message).toBe(`store: cannot write data/x in /store: ${code}: reason`);
  });

  it('clears away what a killed process left a day ago', async () => {
    const root = join(folder, 'swept');
    await mkdir(join(root, '.tmp'), { recursive: true });
    await writeFile(join(root, '.tmp', 'old'), 'half');
    await writeFile(join(root, '.tmp', 'recent'), 'half');
    await utimes(join(root, '.tmp', 'old'), 0, 0);
    const store = await openStore(root, {});
    await store.put('a', BODY);
    expect(await readdir(join(root, '.tmp'))).toEqual(['recent']);
  });
});
