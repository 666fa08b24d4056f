import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Commit, CommitLog } from '../../../src/contracts/log.ts';
import type { Store } from '../../../src/contracts/store.ts';
import { openCommitLog, openStore } from '../../../src/data/store/index.ts';
import { backends } from './backends.ts';
import { draft } from './draft.ts';

const NOTHING = { id: 0, versions: {} };
const PUBLISHER = fileURLToPath(new URL('publisher.ts', import.meta.url));

async function read(log: CommitLog, after = 0): Promise<Commit[]> {
  const commits: Commit[] = [];
  for await (const commit of log.tail(after)) commits.push(commit);
  return commits;
}

function key(id: number): string {
  return `_log/${String(id).padStart(20, '0')}.json`;
}

for (const backend of await backends()) {
  describe.skipIf(!backend.available)(`the commit log on ${backend.name}`, () => {
    let url: string;
    let store: Store;
    let log: CommitLog;
    beforeEach(async () => {
      url = await backend.fresh();
      store = await openStore(url, backend.env);
      log = openCommitLog(store);
      return () => store.close();
    });

    it('R4 numbers commits from 1 and reads them back in order, after any of them', async () => {
      expect(await read(log)).toEqual([]);
      const first = await log.append(draft('r1', ['a', 'b']), NOTHING);
      expect(first).toMatchObject({ fresh: true, skipped: [], commit: { format: 'ridgeline.commit/1', id: 1 } });
      expect(await store.head(key(1))).toBeDefined();
      await log.append(draft('r2', ['b']), { id: 1, versions: { a: 1, b: 1 } });
      const commits = await read(log);
      expect(commits.map(({ id, versions }) => [id, ...versions.map((v) => `${v.dataset}${v.version}`)])).toEqual([
        [1, 'a1', 'b1'],
        [2, 'b2'],
      ]);
      expect(await read(log, 1)).toEqual(commits.slice(1));
      expect(await read(log, 2)).toEqual([]);
    });

    it('R12 R17 gives the next versions to a home that has not read what others committed', async () => {
      for (let i = 0; i < 5; i++) await log.append(draft(`other-${i}`, ['a', 'b']), NOTHING);
      const { commit, fresh, skipped } = await log.append(draft('mine', ['b', 'c']), { id: 2, versions: { b: 2 } });
      expect(fresh).toBe(true);
      expect(skipped.map(({ id }) => id)).toEqual([3, 4, 5]);
      expect(commit.id).toBe(6);
      expect(commit.versions.map(({ dataset, version }) => [dataset, version])).toEqual([
        ['b', 6],
        ['c', 1],
      ]);
    });

    it('R11 answers the commit that is there when the same run publishes again, whichever attempt', async () => {
      await log.append(draft('r0', ['a']), NOTHING);
      const { commit } = await log.append(draft('r1', ['a']), NOTHING);
      const again = draft('r1', ['a']);
      const retried = { ...again, origin: { ...again.origin, attempt: 2 } as typeof again.origin };
      const second = await log.append(retried, NOTHING);
      expect(second.fresh).toBe(false);
      expect(second.commit).toEqual(commit);
      expect(second.skipped.map(({ id }) => id)).toEqual([1]);
      expect(await read(log)).toHaveLength(2);
    });

    it('R11 takes an external event of one idempotency key once, also when sent at the same time', async () => {
      const external = { ...draft('', ['a']), origin: { type: 'external', idempotencyKey: 'k' } as const };
      const answers = await Promise.all(Array.from({ length: 5 }, () => log.append(external, NOTHING)));
      expect(answers.filter(({ fresh }) => fresh)).toHaveLength(1);
      expect(new Set(answers.map(({ commit }) => commit.id))).toEqual(new Set([1]));
      expect(await read(log)).toHaveLength(1);
    });

    it('R12 gives 30 racing publishers distinct versions without gaps', async () => {
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, i) => openCommitLog(store).append(draft(`r${i}`, ['a']), NOTHING)),
      );
      const oneTo30 = Array.from({ length: 30 }, (_, i) => i + 1);
      expect(answers.map(({ commit }) => commit.versions[0]!.version).toSorted((a, b) => a - b)).toEqual(oneTo30);
      expect((await read(log)).map(({ versions }) => versions[0]!.version)).toEqual(oneTo30);
    });

    it('R12 R17 does so across processes', async () => {
      const run = promisify(execFile);
      const outputs = await Promise.all(
        [0, 1, 2].map((i) =>
          run(process.execPath, [PUBLISHER, url, `p${i}`, '10'], { env: { ...process.env, ...backend.env } }),
        ),
      );
      const got = outputs.flatMap(({ stdout }) =>
        stdout
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as [number, number]),
      );
      expect(got.toSorted(([a], [b]) => a - b)).toEqual(Array.from({ length: 30 }, (_, i) => [i + 1, i + 1]));
    });

    it('R1 shows nothing of objects whose commit was never made', async () => {
      await store.put('objects/abc.parquet', new Uint8Array(100));
      expect(await read(log)).toEqual([]);
      expect((await log.append(draft('r1', ['a']), NOTHING)).commit.versions[0]!.version).toBe(1);
    });

    it('reads a long tail while others append to it', async () => {
      let versions = 0;
      const append = async (): Promise<void> => {
        await log.append(draft(`r${versions}`, ['a']), { id: versions, versions: { a: versions } });
        versions++;
      };
      for (let i = 0; i < 70; i++) await append();
      const ids: number[] = [];
      for await (const { id } of log.tail(0)) {
        ids.push(id);
        if (id % 10 === 0 && versions < 80) await append();
      }
      expect(ids.length).toBeGreaterThanOrEqual(70);
      for (const { id } of await read(log, ids.length)) ids.push(id);
      expect(ids).toEqual(Array.from({ length: versions }, (_, i) => i + 1));
    });

    const damaged = [
      ['no JSON', 'not json', 'LOG_CORRUPT', 'must be JSON'],
      ['half an entry', '{"format":"ridgeline.commit/1","id":', 'LOG_CORRUPT', 'must be JSON'],
      ['JSON of something else', '[]', 'LOG_CORRUPT', 'must be an object'],
      ['another format', '{"format":"delta"}', 'LOG_CORRUPT', 'must have format ridgeline.commit/1, got "delta"'],
      ['a later format', '{"format":"ridgeline.commit/2","id":2}', 'LOG_NEWER', 'format ridgeline.commit/2'],
      ['another id', '{"format":"ridgeline.commit/1","id":3}', 'LOG_CORRUPT', 'must have id 2, got 3'],
      [
        'no versions',
        '{"format":"ridgeline.commit/1","id":2,"home":"h","at":"","origin":{"type":"external","idempotencyKey":"k"}}',
        'LOG_CORRUPT',
        'must have versions',
      ],
    ] as const;
    it.each(damaged)('says which entry is %s', async (_, body, code, message) => {
      await log.append(draft('r1', ['a']), NOTHING);
      await store.put(key(2), new TextEncoder().encode(body));
      const error = { code, message: expect.stringContaining(message) };
      await expect(read(log)).rejects.toMatchObject(error);
      await expect(read(log)).rejects.toThrow(key(2));
      await expect(log.append(draft('r2', ['a']), { id: 1, versions: { a: 1 } })).rejects.toMatchObject(error);
    });

    it('says when an entry was removed, and when one repeats a version', async () => {
      for (let i = 0; i < 4; i++) await log.append(draft(`r${i}`, ['a']), NOTHING);
      const third = await store.get(key(3));
      await store.delete(key(3));
      await expect(read(log)).rejects.toMatchObject({
        code: 'LOG_CORRUPT',
        message: expect.stringContaining('is missing'),
      });
      const repeated = {
        ...(JSON.parse(new TextDecoder().decode(third)) as Commit),
        versions: draft('x', ['a']).versions,
      };
      const body = JSON.stringify({ ...repeated, versions: repeated.versions.map((v) => ({ ...v, version: 1 })) });
      await store.put(key(3), new TextEncoder().encode(body));
      await expect(log.append(draft('new', ['a']), NOTHING)).rejects.toThrow('must publish a version 3, got version 1');
    });

    it('writes nothing it could not read back', async () => {
      await expect(log.append(draft('r1', ['a', 'a']), NOTHING)).rejects.toThrow('must publish a once');
      expect(await store.head(key(1))).toBeUndefined();
    });
  });
}
