import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';
import { readTarMember } from '../../../src/data/source/index.ts';

const folder = await mkdtemp(join(tmpdir(), 'ridgeline-tar-'));
afterAll(() => rm(folder, { recursive: true }));

const deep = 'a-folder-with-a-long-name/'.repeat(5) + 'numbers.csv'; // above 100 bytes: name and prefix
const members: Record<string, string> = {
  'Some/first.txt': 'x'.repeat(512),
  'Some/empty': '',
  [deep]: '1,2,3\n'.repeat(1000),
};
for (const [name, body] of Object.entries(members)) {
  await mkdir(join(folder, name, '..'), { recursive: true });
  await writeFile(join(folder, name), body);
}
const archive = join(folder, 'archive.tgz');
execFileSync('tar', ['-C', folder, '--format=ustar', '-czf', archive, 'Some', ...Object.keys(members)]);

it.each(Object.keys(members))('reads %s out of an archive made by tar', async (name) => {
  expect(new TextDecoder().decode(await readTarMember(archive, name))).toBe(members[name]);
});

it('names the members there are when one is missing', async () => {
  await expect(readTarMember(archive, 'other')).rejects.toMatchObject({
    code: 'SOURCE_CONTENT',
    kind: 'content',
    message: expect.stringMatching(/expected a member other, got .*Some\/first\.txt/),
  });
});

it('refuses a cut, a flipped and a foreign archive', async () => {
  const tar = gunzipSync(await readFile(archive));
  const flipped = Buffer.from(tar);
  flipped[3]! ^= 1;
  const cases: [string, Uint8Array, string][] = [
    ['cut.tgz', (await readFile(archive)).subarray(0, 200), 'expected gzip'],
    ['short.tgz', gzipSync(tar.subarray(0, 2000)), 'ends at byte'],
    ['flipped.tgz', gzipSync(flipped), 'wrong checksum'],
    ['html.tgz', Buffer.from('<html>'), 'expected gzip'],
  ];
  for (const [name, body, message] of cases) {
    await writeFile(join(folder, name), body);
    await expect(readTarMember(join(folder, name), deep)).rejects.toMatchObject({
      kind: 'content',
      message: expect.stringContaining(message),
    });
  }
});
