import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { openCommitLog, openStore } from '../../../src/data/store/index.ts';
import { draft } from './draft.ts';

const PUBLISHER = fileURLToPath(new URL('publisher.ts', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'ridgeline-crash-'));
afterAll(() => rm(folder, { recursive: true }));

it('R1 leaves no half-written commit under its name when publishers are killed, and the log goes on', async () => {
  const url = join(folder, 'store');
  for (let round = 0; round < 5; round++) {
    const publisher = spawn(process.execPath, [PUBLISHER, url, `killed-${round}`, '100000'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(publisher.stdout, 'data');
    await sleep(7 * round);
    publisher.kill('SIGKILL');
    await once(publisher, 'exit');
  }
  const store = await openStore(url, {});
  const log = openCommitLog(store);
  const versions: number[] = [];
  for await (const commit of log.tail(0)) versions.push(commit.versions[0]!.version);
  expect(versions.length).toBeGreaterThanOrEqual(5);
  expect(versions).toEqual(versions.map((_, i) => i + 1));
  for (const name of await readdir(join(url, '_log'))) JSON.parse(await readFile(join(url, '_log', name), 'utf8'));
  const { commit } = await log.append(draft('after', ['shared']), { id: 0, versions: {} });
  expect(commit.versions[0]!.version).toBe(versions.length + 1);
});
