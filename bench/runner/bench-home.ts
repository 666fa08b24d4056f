import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compileCore } from '../../src/core/load.ts';
import { openCommitLog, openStore } from '../../src/data/store/index.ts';
import { openEngine, type Engine, type RunView } from '../../src/engine/index.ts';
import { createThreadExecutor } from '../../src/engine/pool/index.ts';

/** A scheduler at work in this process, on a folder store, with all its durability. */
export interface BenchHome {
  readonly dir: string;
  readonly engine: Engine;
  /** Tells the scheduler that this process has written something. */
  look(): void;
  /** The next run of this pipeline to finish from now on. @throws when it failed. */
  finished(dag: string): Promise<RunView>;
}

export async function withBenchHome<T>(module: URL, work: (home: BenchHome) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'ridgeline-bench-'));
  const storeUrl = pathToFileURL(join(dir, 'store')).href;
  const store = await openStore(storeUrl, {});
  const engine = await openEngine({ homeDir: join(dir, 'home'), store, log: openCommitLog(store) });
  const executor = createThreadExecutor({
    storeUrl,
    env: {},
    threads: 1,
    source: { policy: 'synthetic', dataDir: undefined, cacheDir: join(dir, 'cache') },
    home: dir,
    scratchDir: join(dir, 'tmp'),
    modules: async () => ({ core: await compileCore() }),
  });
  const waiting = new Map<string, (run: RunView) => void>();
  const stop = new AbortController();
  try {
    const runner = await engine.start({
      executor,
      modules: [{ name: 'bench', url: module.href }],
      signal: stop.signal,
      onEvent: (event) => {
        if (event.type === 'run.finished') waiting.get(event.run.dag)?.(event.run);
      },
    });
    const serving = runner.serve();
    const result = await work({
      dir,
      engine,
      look: () => runner.look(),
      finished: (dag) =>
        new Promise((resolve, reject) => {
          waiting.set(dag, (run) => {
            if (run.state === 'success') resolve(run);
            else reject(new Error(`${dag}: ${run.tasks.map((t) => t.error?.message).join(' ')}`));
          });
        }),
    });
    stop.abort();
    await serving.catch(() => {}); // it ends by being interrupted
    await runner.close();
    return result;
  } finally {
    engine.close();
    await executor.close();
    await store.close();
    await rm(dir, { recursive: true, force: true });
  }
}
