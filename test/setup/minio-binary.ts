import { execFile } from 'node:child_process';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { oneAtATime } from './one-at-a-time.ts';
import { isExecutable, pathsOf } from './programs.ts';
import { cacheDirectory } from './python.ts';

const run = promisify(execFile);

/** The last state of MinIO's community edition, which ships as source only. */
const VERSION = 'v0.0.0-20260212201848-7aac2a2c5b7c';

export type Binary = { readonly ok: true; readonly path: string } | { readonly ok: false; readonly reason: string };

/** `MINIO_BIN`, else `minio` on the PATH, else one built once by Go into the cache. */
export async function findMinioBinary(): Promise<Binary> {
  const given = process.env['MINIO_BIN'];
  if (given) {
    return (await isExecutable(given))
      ? { ok: true, path: given }
      : { ok: false, reason: `MINIO_BIN=${given} is no program` };
  }
  for (const path of pathsOf('minio')) if (await isExecutable(path)) return { ok: true, path };
  const cached = join(cacheDirectory(), `minio-${VERSION.slice(-12)}`, 'minio');
  if (await isExecutable(cached)) return { ok: true, path: cached };
  return oneAtATime(join(cacheDirectory(), 'minio'), async () =>
    (await isExecutable(cached)) ? { ok: true, path: cached } : build(cached),
  );
}

/** Built aside and renamed: a program under the final name is complete. */
async function build(path: string): Promise<Binary> {
  const command = `go install github.com/minio/minio@${VERSION}`;
  const how = `Install Go 1.24 or newer (it is then built once by: ${command}), or put minio on the PATH or name it by MINIO_BIN`;
  if (
    !(await run('go', ['version']).then(
      () => true,
      () => false,
    ))
  )
    return { ok: false, reason: how };
  process.stderr.write(`building MinIO for the tests into ${path} (once, about two minutes): ${command}\n`);
  const aside = `${path}.${process.pid}.partial`;
  try {
    await mkdir(aside, { recursive: true });
    const [program = '', ...args] = command.split(' ');
    await run(program, args, { env: { ...process.env, GOBIN: aside }, maxBuffer: 1 << 26 });
    await rename(join(aside, 'minio'), path);
    return { ok: true, path };
  } catch (error) {
    return { ok: false, reason: `MinIO could not be built (${(error as Error).message.split('\n')[0]}). ${how}` };
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}
