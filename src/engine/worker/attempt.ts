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
  const kernels = new LinkedFanout(link, settings.kernelThreads);
  threadServices().kernels = kernels;
  try {
    const work = (signal: AbortSignal): Promise<T> => body(createContext(request, store, signal, kernels, link));
    return await listening(link, work, (message) => kernels.receive(message));
  } finally {
    delete threadServices().kernels;
  }
}

/** Lends a signal to a body, for as long as it takes: what the link says goes there, what is logged over the link. */
export async function listening<T>(
  link: MessagePort,
  body: (signal: AbortSignal) => Promise<T>,
  receive: (message: Exclude<ToTask, { type: 'abort' }>) => void = () => {},
): Promise<T> {
  const stop = new AbortController();
  link.on('message', (message: ToTask) => {
    if (message.type === 'abort') stop.abort(RidgelineError.fromInfo(message.error));
    else receive(message);
  });
  setLogSink((line) => link.postMessage({ type: 'log', line } satisfies FromTask));
  try {
    return await body(stop.signal);
  } finally {
    setLogSink(undefined);
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
  const { module: _, inputs: _inputs, item: _item, timeoutMs: _timeoutMs, events = [], ...told } = request;
  const progress = (step: string, done: number, total?: number): void =>
    link.postMessage({ type: 'progress', step, done, total } satisfies FromTask);
  return {
    ...told,
    events: events.map(({ value, ...event }) => ({ ...event, read: () => readValue(value, store) })),
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
