import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { FittedModel } from '../../src/contracts/model.ts';
import { MODEL_BRAND } from '../../src/contracts/model.ts';
import type { Store } from '../../src/contracts/store.ts';
import type { Tracking } from '../../src/contracts/tracking.ts';
import { openStore } from '../../src/data/store/index.ts';
import { openTracking } from '../../src/tracking/index.ts';
import { exampleArtifact } from '../core/example-artifact.ts';

export const MODEL: FittedModel = { [MODEL_BRAND]: true, artifact: exampleArtifact() };
export const OWNER = 'home-of-the-tests';

const folder = await mkdtemp(join(tmpdir(), 'ridgeline-tracking-'));
afterAll(() => rm(folder, { recursive: true }));
let count = 0;

export async function freshStore(): Promise<Store> {
  return openStore(join(folder, `store-${count++}`), {});
}

/** Tracking of one attempt of a task. */
export function trackingOf(
  store: Store,
  run: string,
  change: { attempt?: number; signal?: AbortSignal } = {},
): Tracking {
  return openTracking(store, {
    run,
    dag: 'possum_train',
    task: 'train',
    mapIndex: -1,
    attempt: 1,
    pinned: { features: { version: 3, sha256: 'ab'.repeat(32) } },
    signal: new AbortController().signal,
    owner: OWNER,
    experiment: 'Default',
    ...change,
  });
}
