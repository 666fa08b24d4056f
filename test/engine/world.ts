import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { onTestFinished } from 'vitest';
import type { Dag } from '../../src/contracts/context.ts';
import type { CommitLog } from '../../src/contracts/log.ts';
import type { Store } from '../../src/contracts/store.ts';
import { openCommitLog, openStore } from '../../src/data/store/index.ts';
import { openEngine } from '../../src/engine/index.ts';
import type { Engine, EngineEvent, Runner, RunReport, StartOptions } from '../../src/engine/index.ts';
import { inProcess } from './in-process.ts';

/** One store in a folder of its own, gone after the test. */
export interface World {
  readonly dir: string;
  readonly store: Store;
  readonly log: CommitLog;
  home(name?: string): Promise<Engine>;
  /** Opens a home, runs `name` over these pipelines as module `m`, and closes it again. */
  run(dags: readonly Dag[], name: string, options?: RunOptions): Promise<RunReport & { events: EngineEvent[] }>;
}

export interface RunOptions extends Partial<StartOptions> {
  readonly home?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly log?: CommitLog;
  readonly onRunner?: (runner: Runner, engine: Engine) => void;
}

export async function world(): Promise<World> {
  const dir = mkdtempSync(join(tmpdir(), 'ridgeline-engine-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const store = await openStore(pathToFileURL(join(dir, 'store')).href, {});
  const log = openCommitLog(store);
  const it: World = {
    dir,
    store,
    log,
    home: (name = 'home') => openEngine({ homeDir: join(dir, name), store, log: openCommitLog(store) }),
    async run(dags, name, { home = 'home', params, log: otherLog, onRunner, ...start } = {}) {
      const engine = await openEngine({ homeDir: join(dir, home), store, log: otherLog ?? log });
      const events: EngineEvent[] = [];
      try {
        const runner = await engine.start({
          executor: inProcess(store, () => dags),
          modules: [{ name: 'm', url: 'memory:m' }],
          patienceMs: 1000,
          ...start,
          onEvent: (event) => {
            events.push(event);
            start.onEvent?.(event);
          },
        });
        onRunner?.(runner, engine);
        try {
          return { ...(await runner.run(name, params && { params })), events };
        } finally {
          await runner.close();
        }
      } finally {
        engine.close();
      }
    },
  };
  return it;
}

export async function readJson(store: Store, key: string): Promise<unknown> {
  return JSON.parse(new TextDecoder().decode(await store.get(key)));
}
