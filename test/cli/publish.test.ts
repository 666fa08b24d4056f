import { writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tableFromColumns } from '../../src/data/table/index.ts';
import { openStore } from '../../src/data/store/index.ts';
import { scratchError } from '../../src/engine/scratch-error.ts';
import { writeValue } from '../../src/engine/worker/value-write.ts';
import { homesCsv } from './homes.ts';
import { ridgeline, scratch } from './ridgeline.ts';

it('a home that takes no file on its way to the store is said to be, with exit code 3', async () => {
  const cwd = scratch();
  const home = join(cwd, 'home');
  await mkdir(home);
  writeFileSync(join(home, 'tmp'), 'no folder');
  writeFileSync(join(cwd, 'homes.csv'), homesCsv());
  const { code, stdout, stderr } = await ridgeline(['dataset', 'publish', 'homes', 'homes.csv'], { cwd, home });
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  expect(stderr).toMatch(
    /^ridgeline: cannot write to \/.*\/home\/tmp: ENOTDIR: .*\n {2}make the folder writable, .*--home\n$/,
  );
});

it('a table that cannot be written before it is stored, too', async () => {
  const [folder, signal] = [scratch(), new AbortController().signal];
  const around = { store: await openStore(join(folder, 'store'), {}), subject: 'task', lineage: undefined, signal };
  const writing = writeValue(tableFromColumns({ x: Float64Array.of(1) }), {
    ...around,
    scratchDir: join(folder, 'none'),
  });
  await expect(writing).rejects.toMatchObject({ code: 'SCRATCH_NOT_WRITABLE', kind: 'store' });
});

const answer = (code: string, more: object): Error =>
  Object.assign(new Error(`${code}: reason, write`), { code, syscall: 'write', ...more });

it('a full disk is said to be one; what a task of its own met is left as it is', () => {
  expect(scratchError(answer('ENOSPC', {}), '/scratch')).toMatchObject({
    code: 'SCRATCH_FULL',
    kind: 'store',
    message: 'cannot write to /scratch: ENOSPC: reason',
    remedy: 'free some space, or choose another home with --home',
  });
  const own = answer('ENOENT', { path: '/data/prices.csv' });
  expect(scratchError(own, '/scratch')).toBe(own);
});
