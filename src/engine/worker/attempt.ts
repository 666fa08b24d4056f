import type { MessagePort } from 'node:worker_threads';
import type { Dag, TaskContext } from '../../contracts/context.ts';
import { RidgelineError } from '../../contracts/errors.ts';
import type { AttemptOutcome, AttemptRequest } from '../../contracts/executor.ts';
import { threadServices } from '../../contracts/ports.ts';
import type { Store } from '../../contracts/store.ts';
import type { FromTask, ToTask } from '../pool/messages.ts';
import { LinkedFanout } from './fanout.ts';
import { lazyTracking } from './lazy-tracking.ts';
import { runTask } from './run-task.ts';
import { readValue } from './value-read.ts';
import { log, setLogSink } from './thread-output.ts';
import { settings, threadStore } from './thread-store.ts';

/** Runs one attempt in this thread. */
export function runAttempt(dag: Dag, request: AttemptRequest, link: MessagePort): Promise<AttemptOutcome> {
  const onStart = (): void => link.postMessage({ type: 'started' } satisfies FromTask);
  return withContext(request, link, (context) =>
    runTask(dag, request, { store: context.store, scratchDir: settings.scratchDir, context, onStart }),
  );
}

/** Lends what a task's function is told to a body, its log, progress and fan-out going over the link. */
export async function withContext<T>(
  request: AttemptRequest,
  link: MessagePort,
  body: (context: TaskContext) => Promise<T>,
): Promise<T> {
  const store = await threadStore();
  const stop = new AbortController();
  const kernels = new LinkedFanout(link, settings.kernelThreads);
  link.on('message', (message: ToTask) => {
    if (message.type === 'abort') stop.abort(RidgelineError.fromInfo(message.error));
    else kernels.receive(message);
  });
  setLogSink((line) => link.postMessage({ type: 'log', line } satisfies FromTask));
  threadServices().kernels = kernels;
  try {
    return await body(createContext(request, store, stop.signal, kernels, link));
  } finally {
    setLogSink(undefined);
    delete threadServices().kernels;
    link.removeAllListeners('message');
  }
}

function createContext(
  request: AttemptRequest,
  store: Store,
  signal: AbortSignal,
  kernels: LinkedFanout,
  link: MessagePort,
): TaskContext {
  const { run, dag, task, mapIndex, attempt, params, pinned } = request;
  const progress = (step: string, done: number, total?: number): void =>
    link.postMessage({ type: 'progress', step, done, total } satisfies FromTask);
  return {
    run,
    dag,
    task,
    mapIndex,
    attempt,
    params,
    pinned,
    events: (request.events ?? []).map(({ dataset, version, value }) => ({
      dataset,
      version,
      read: () => readValue(value, store),
    })),
    signal,
    store,
    kernels,
    progress,
    createBucket: async (name) => {
      const { createBucketBeside } = await import('../../data/store/index.ts');
      return createBucketBeside(settings.storeUrl, name, settings.env);
    },
    tracking: lazyTracking(async () => {
      const [{ openTracking }, { homeOwner }] = await Promise.all([
        import('../../tracking/local-tracking.ts'),
        import('../../tracking/home-owner.ts'),
      ]);
      const experiment = settings.env['MLFLOW_EXPERIMENT_NAME'] || 'Default';
      return openTracking(store, { ...request, signal, owner: homeOwner(settings.home), experiment });
    }),
    log,
    sources: {
      policy: settings.source.policy,
      async fetch(file) {
        const { fetchSource } = await import('../../data/source/index.ts');
        const { policy, cacheDir, dataDir } = settings.source;
        const onProgress = (done: number, total: number | undefined): void =>
          progress(`download ${file.name}`, done, total);
        return fetchSource(file, { policy, cacheDir, ...(dataDir !== undefined && { dataDir }), signal, onProgress });
      },
    },
  };
}
