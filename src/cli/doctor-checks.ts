import { existsSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { RidgelineError } from '../contracts/errors.ts';
import { createCore } from '../core/index.ts';
import { fetchSource } from '../data/source/index.ts';
import { measureClockSkew, openStore, probeStore } from '../data/store/index.ts';
import { openDatabase } from '../engine/state/database.ts';
import type { CliContext } from './context.ts';
import { formatDuration } from './output.ts';

/** What a check found, for people; `warning` means that some things will not work, or not now. */
export interface Finding {
  readonly state: 'ok' | 'warning';
  readonly detail: string;
  readonly remedy?: string;
}

/** A check throws a `RidgelineError` when it fails; undefined means that it does not apply here. */
export type Check = readonly [name: string, find: (context: CliContext) => Promise<Finding | undefined>];

/** Servers refuse requests signed 15 minutes off; half of that is worth a word. */
const SKEW_WARNING_MS = 7.5 * 60_000;

export const CHECKS: readonly Check[] = [
  ['node', checkNode],
  ['core', checkCore],
  ['threads', checkThreads],
  ['home', checkHome],
  ['state database', checkState],
  ['store', checkStore],
  ['clock', checkClock],
  ['data sources', checkSources],
  ['mlflow', checkMlflow],
];

async function checkNode(): Promise<Finding> {
  return { state: 'ok', detail: `${process.version} on ${process.platform} ${process.arch}` };
}

/** Making it compiles it, SIMD included, and checks its ABI. */
async function checkCore(): Promise<Finding> {
  const core = await createCore();
  return { state: 'ok', detail: `version ${core.version}, WebAssembly with SIMD` };
}

async function checkThreads({ threads }: CliContext): Promise<Finding> {
  const cores = availableParallelism();
  const detail = `${threads} kernel threads on ${cores} cores`;
  if (threads <= cores) return { state: 'ok', detail };
  return { state: 'warning', detail, remedy: `more threads than cores only wait for each other: --threads ${cores}` };
}

async function checkHome({ home }: CliContext): Promise<Finding> {
  let folder = home;
  while (!existsSync(folder)) folder = dirname(folder);
  try {
    // eslint-disable-next-line no-bitwise -- access flags
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new RidgelineError('HOME_NOT_WRITABLE', 'store', `home: ${folder} cannot be written to`, {
      remedy: 'give this user the right to write there, or choose another folder with --home',
      cause,
    });
  }
  return { state: 'ok', detail: folder === home ? home : `${home} (made at the first run)` };
}

async function checkState({ home }: CliContext): Promise<Finding> {
  const path = join(home, 'state.db');
  if (!existsSync(path)) return { state: 'ok', detail: 'none yet (made at the first run, from the log of the store)' };
  openDatabase(home, Math.random).close();
  return { state: 'ok', detail: path };
}

async function checkStore({ storeUrl, env }: CliContext): Promise<Finding> {
  const store = await openStore(storeUrl, env);
  try {
    const begin = performance.now();
    await probeStore(store);
    const elapsed = formatDuration(performance.now() - begin);
    return { state: 'ok', detail: `${store.url}: racing creators, ranges, listing and deleting right, in ${elapsed}` };
  } finally {
    await store.close();
  }
}

async function checkClock({ storeUrl, env }: CliContext): Promise<Finding | undefined> {
  const skewMs = await measureClockSkew(storeUrl, env);
  if (skewMs === undefined) return undefined;
  const detail = `the store is ${(Math.abs(skewMs) / 1000).toFixed(1)} s ${skewMs < 0 ? 'behind' : 'ahead'} (to within 1 s)`;
  if (Math.abs(skewMs) < SKEW_WARNING_MS) return { state: 'ok', detail };
  return {
    state: 'warning',
    detail,
    remedy: 'set the clock of this machine: servers refuse what is signed 15 min off',
  };
}

async function checkSources({ dataDir, home }: CliContext): Promise<Finding> {
  const { ARCHIVE } = await import('../pipelines/housing/california.ts');
  const options = { policy: 'file', cacheDir: join(home, 'cache'), ...(dataDir !== undefined && { dataDir }) } as const;
  try {
    const { path } = await fetchSource(ARCHIVE, options);
    return { state: 'ok', detail: `${path}, checksum right` };
  } catch (error) {
    if (!RidgelineError.is(error) || error.code !== 'SOURCE_UNAVAILABLE') throw error;
    return { state: 'ok', detail: `${ARCHIVE.name} not here yet: downloaded from ${ARCHIVE.url} at the first run` };
  }
}

async function checkMlflow({ env }: CliContext): Promise<Finding | undefined> {
  const { createMlflowClient } = await import('../tracking/index.ts');
  const client = createMlflowClient(env);
  return client && { state: 'ok', detail: `version ${await client.version()} at ${client.server}` };
}
