import { randomBytes } from 'node:crypto';
import { writeFile, mkdtemp, rm, access } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../../../src/contracts/store.ts';
import { openStore } from '../../../src/data/store/index.ts';
import { MemoryStore } from '../../../src/data/store/memory-store.ts';
import { backends } from './backends.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (body: Uint8Array): string => new TextDecoder().decode(body);

async function keys(store: Store, prefix: string, startAfter?: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of store.list(prefix, startAfter === undefined ? {} : { startAfter })) found.push(key);
  return found;
}

const kinds = [
  ...(await backends()).map(({ name, available, env, fresh }) => ({
    name,
    available,
    openFresh: async () => openStore(await fresh(), env),
  })),
  { name: 'memory', available: true, openFresh: async () => new MemoryStore() },
];

for (const { name, available, openFresh } of kinds) {
  describe.skipIf(!available)(`a store on ${name}`, () => {
    let store: Store;
    let scratch: string;
    beforeAll(async () => {
      scratch = await mkdtemp(join(tmpdir(), 'ridgeline-scratch-'));
      store = await openFresh();
    });
    afterAll(async () => {
      await store.close();
      await rm(scratch, { recursive: true });
    });

    it('has nothing in it before the first write', async () => {
      const empty = await openFresh();
      expect(await keys(empty, '')).toEqual([]);
      expect(await empty.head('data/a')).toBeUndefined();
      await empty.delete('data/a');
      await expect(empty.get('data/a')).rejects.toMatchObject({ code: 'STORE_NOT_FOUND', kind: 'store' });
      await empty.close();
    });

    it('names itself by its URL', () => {
      expect(store.url).toMatch(/^(file:\/\/\/|s3:\/\/test-|memory:$)/);
    });

    it('reads back what was put, whole and by ranges', async () => {
      await store.put('data/abc.txt', bytes('0123456789'));
      expect(text(await store.get('data/abc.txt'))).toBe('0123456789');
      expect(await store.head('data/abc.txt')).toEqual({ key: 'data/abc.txt', sizeBytes: 10 });
      const source = await store.open('data/abc.txt');
      expect(source.byteLength).toBe(10);
      expect(text(await source.slice(2, 5))).toBe('234');
      expect(text(await source.slice(7))).toBe('789');
      expect(text(await source.slice(8, 99))).toBe('89');
      expect(text(await source.slice(4, 4))).toBe('');
    });

    it('holds empty objects', async () => {
      await store.put('empty', new Uint8Array(0));
      expect(await store.head('empty')).toEqual({ key: 'empty', sizeBytes: 0 });
      expect(await store.get('empty')).toHaveLength(0);
      expect(await (await store.open('empty')).slice(0)).toHaveLength(0);
    });

    it('replaces an object whole, and refuses to mix old and new in ranged reads', async () => {
      await store.put('replaced', bytes('old old old'));
      const source = await store.open('replaced');
      expect(text(await source.slice(0, 3))).toBe('old');
      await store.put('replaced', bytes('new new new'));
      expect(text(await store.get('replaced'))).toBe('new new new');
      await expect(source.slice(4, 7)).rejects.toMatchObject({ code: 'STORE_CHANGED' });
    });

    it('creates a key once', async () => {
      expect(await store.create('once', bytes('first'))).toBe(true);
      expect(await store.create('once', bytes('second'))).toBe(false);
      expect(await store.create('once', bytes('first'))).toBe(false);
      expect(text(await store.get('once'))).toBe('first');
    });

    it('lets one of 20 racing creators win, with its own bytes', async () => {
      const won = await Promise.all(
        Array.from({ length: 20 }, async (_, i) =>
          (await store.create('race', bytes(`writer ${i}`))) ? i : undefined,
        ),
      );
      const winners = won.filter((i) => i !== undefined);
      expect(winners).toHaveLength(1);
      expect(text(await store.get('race'))).toBe(`writer ${winners[0]}`);
    });

    it('deletes, also what is not there', async () => {
      await store.put('gone', bytes('x'));
      await store.delete('gone');
      await store.delete('gone');
      expect(await store.head('gone')).toBeUndefined();
      await expect(store.open('gone')).rejects.toMatchObject({ code: 'STORE_NOT_FOUND' });
      expect(await store.create('gone', bytes('again'))).toBe(true);
    });

    it('lists keys in UTF-8 byte order, by any prefix, after any key', async () => {
      const names = ['l/a-b', 'l/a/b', 'l/a0', 'l/b/c/d', 'l/\u{ff5e}', 'l/\u{1f600}', 'l/é', 'l/B'];
      for (const name of names) await store.put(name, bytes(name));
      const sorted = names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      expect(await keys(store, 'l/')).toEqual(sorted);
      expect(await keys(store, 'l/a')).toEqual(sorted.filter((name) => name.startsWith('l/a')));
      expect(await keys(store, 'l/none')).toEqual([]);
      for (const after of ['l/', 'l/a', 'l/a/', 'l/b', 'l/b/c/d', 'l/\u{1f600}']) {
        const rest = sorted.filter((name) => Buffer.compare(Buffer.from(name), Buffer.from(after)) > 0);
        expect(await keys(store, 'l/', after), `after ${after}`).toEqual(rest);
      }
    });

    it("stores a file that stays the caller's", async () => {
      const path = join(scratch, 'mine');
      await writeFile(path, 'contents');
      await store.put('from/file', { path, sizeBytes: 8 });
      await writeFile(path, 'CONTENTS', { flag: 'r+' });
      expect(text(await store.get('from/file'))).toBe('contents');
    });

    it('stores a temporary file of 40 MB, and has it by ranges', async () => {
      const path = join(scratch, 'spool');
      const body = randomBytes(40 * 1024 * 1024);
      await writeFile(path, body);
      await store.put('from/spool', { path, sizeBytes: body.length, temporary: true });
      const source = await store.open('from/spool');
      expect(source.byteLength).toBe(body.length);
      const part = await source.slice(17_000_000, 34_000_000);
      expect(Buffer.compare(part, body.subarray(17_000_000, 34_000_000))).toBe(0);
    });

    const refused = [
      ['', 'empty'],
      ['/etc/passwd', 'empty parts'],
      ['../outside', '".."'],
      ['a/../../outside', '".."'],
      ['a/./b', '"."'],
      ['a//b', 'empty parts'],
      ['a/', 'empty parts'],
      ['a\\b', 'backslashes'],
      ['a\nb', 'control characters'],
      ['a\0b', 'control characters'],
      ['\ud800', 'well-formed'],
      ['x'.repeat(256), '255 bytes'],
      ['x/'.repeat(600) + 'x', '1024 bytes'],
      ['.tmp/x', '.tmp'],
    ] as const;
    it.each(refused)('refuses the key %.20j: %s', async (key, why) => {
      const error = { code: 'STORE_KEY', kind: 'usage', message: expect.stringContaining(why) };
      await expect(store.put(key, bytes('x'))).rejects.toMatchObject(error);
      await expect(store.create(key, bytes('x'))).rejects.toMatchObject(error);
      await expect(store.get(key)).rejects.toMatchObject(error);
      await expect(store.delete(key)).rejects.toMatchObject(error);
    });

    it('takes names with blanks, quotes, percent signs and any script', async () => {
      for (const key of ['a b/c', `it's "q"`, '50%25+?&#', 'größe/数据', 'a=b;c,d', '...', '-rf']) {
        await store.put(key, bytes(key));
        expect(text(await store.get(key))).toBe(key);
      }
      expect(await keys(store, 'größe/')).toEqual(['größe/数据']);
    });
  });
}

it('takes a temporary file away on a folder store', async () => {
  const scratch = await mkdtemp(join(tmpdir(), 'ridgeline-scratch-'));
  const store = await openStore(join(scratch, 'store'), {});
  await writeFile(join(scratch, 'spool'), 'contents');
  await store.put('x', { path: join(scratch, 'spool'), sizeBytes: 8, temporary: true });
  await expect(access(join(scratch, 'spool'))).rejects.toThrow('ENOENT');
  expect(text(await store.get('x'))).toBe('contents');
  await rm(scratch, { recursive: true });
});
