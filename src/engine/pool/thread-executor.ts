import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RidgelineError, toErrorInfo, type ErrorInfo } from '../../contracts/errors.ts';
import type {
  AttemptHooks,
  AttemptOutcome,
  AttemptRequest,
  Executor,
  Exported,
  HookRequest,
  LogLine,
  ModuleDescription,
  ModuleRef,
} from '../../contracts/executor.ts';
import type { ValueRef } from '../../contracts/log.ts';
import { scratchError } from '../scratch-error.ts';
import { areCurrent } from './file-stamp.ts';
import { KernelThreads } from './kernel-threads.ts';
import { callLinked, type LinkOptions } from './linked-call.ts';
import type { AdoptedFile, Answer, CompiledModules, ThreadSettings } from './messages.ts';
import { createMask, maskError, secretsOf } from './secrets.ts';
import { Threads } from './threads.ts';

/** Most calls are done sooner than one more thread has started and loaded the same code: 0.1 s of CPU time, and 40 MB. */
const PATIENCE_MS = 100;
/** A module that has not been read by then never will: it waits or loops while being imported. */
const DESCRIBE_TIMEOUT_MS = 30_000;

export interface ThreadExecutorOptions extends Omit<ThreadSettings, 'kernelThreads' | 'scratchDir' | 'secrets'> {
  /** Kernel threads, >= 1. */
  readonly threads: number;
  /** Attempts at once, >= 1; default: as many as cores, at least 2. */
  readonly taskThreads?: number;
  /** JavaScript heap of a task's thread, MB, default 512. WebAssembly memory and typed arrays are beside it. */
  readonly taskHeapMb?: number;
  /** Environment variables whose values are masked, beside those whose names say that they are secret. */
  readonly secrets?: readonly string[];
  /** How long a call of a hook may take, default 30,000. */
  readonly hookTimeoutMs?: number;
  /** A folder of this home for files on their way to the store; each process has its own in it. */
  readonly scratchDir: string;
  /** Compiled beside the calling thread, and asked for once the first attempt needs it. */
  readonly modules: () => Promise<CompiledModules>;
}

export type ThreadExecutor = ReturnType<typeof createThreadExecutor>;

/** The executor that runs attempts in threads of this process: they load pipelines' modules and run their tasks. */
export function createThreadExecutor(options: ThreadExecutorOptions) {
  const {
    threads,
    taskThreads = Math.max(2, availableParallelism()),
    taskHeapMb: heapMb = 512,
    modules,
    hookTimeoutMs = 30_000,
    ...shared
  } = options;
  const secrets = secretsOf(options.env, options.secrets ?? []);
  const mask = createMask(secrets);
  const scratchDir = join(options.scratchDir, String(process.pid));
  const settings: ThreadSettings = { ...shared, secrets, scratchDir, kernelThreads: threads };

  let compiled: Promise<CompiledModules> | undefined;
  const shareModules = (): Promise<CompiledModules> => (compiled ??= modules());
  const kernels = new KernelThreads(settings, shareModules);
  // The first one boots while its caller still gets ready, and stays: the next event waits for no thread.
  const taskPool = { maxThreads: taskThreads, minThreads: 1, patienceMs: PATIENCE_MS, heapMb };
  const tasks = new Threads('task-thread', settings, taskPool);
  // Of its own, so that a hook takes no task's place.
  const hookThread = new Threads('task-thread', settings, { maxThreads: 1, heapMb });

  let isReady = false;
  /** For whatever computes or writes files. */
  const makeReady = (): Promise<CompiledModules> => {
    if (!isReady) makeScratchDir(scratchDir);
    isReady = true;
    return shareModules();
  };
  const call = <T>(name: string, message: object, how: LinkOptions, on = tasks): Promise<T> => {
    const { onLog } = how;
    const masked = onLog && { onLog: (line: LogLine) => onLog({ ...line, message: mask(line.message) }) };
    return callLinked<T>(on, kernels, name, message, { ...how, ...masked });
  };

  const describing = new Map<string, Promise<ModuleDescription>>();
  let first: Promise<unknown> | undefined;

  async function read(module: ModuleRef): Promise<ModuleDescription> {
    const error: ErrorInfo = {
      code: 'MODULE_TIMEOUT',
      kind: 'usage',
      message: `module "${module.name}": importing it took longer than ${DESCRIBE_TIMEOUT_MS / 1000} s`,
      remedy: 'a pipeline module only describes: move work into tasks',
    };
    const limit = { ms: DESCRIBE_TIMEOUT_MS, error };
    const description = await call<ModuleDescription>('describe', { module }, { limit }).catch(
      (thrown: unknown) => ({ ok: false, module, error: toErrorInfo(thrown) }) as const,
    );
    if (!description.ok) return { ...description, error: maskError(mask, description.error) };
    const projectHooks = options.projectHooks?.names ?? [];
    if (projectHooks.length === 0) return description;
    return { ...description, dags: description.dags.map((dag) => ({ ...dag, projectHooks })) };
  }

  /** Who asks while a module is being read gets the same answer. */
  function describe(module: ModuleRef): Promise<ModuleDescription> {
    const asked = describing.get(module.url);
    if (asked !== undefined) return asked;
    // The others wait for the first one's thread: what they import in common is then there.
    const begun = first === undefined ? read(module) : first.then(() => read(module));
    first ??= begun;
    const answer = begun.finally(() => describing.delete(module.url));
    describing.set(module.url, answer);
    return answer;
  }

  async function attempt(request: AttemptRequest, { onProgress, ...hooks }: AttemptHooks): Promise<AttemptOutcome> {
    const compiled = await makeReady();
    const how: LinkOptions = {
      ...hooks,
      onProgress: (step, done, total) => onProgress(mask(step), done, total),
      runLimit: timeLimit(request),
    };
    try {
      return await call<AttemptOutcome>('attempt', { request, modules: compiled }, how);
    } catch (thrown) {
      const error = explain(thrown, request, heapMb);
      return { state: 'failed', error, retryable: error.kind === 'run' || error.kind === 'store' };
    }
  }

  const close = async (): Promise<void> => {
    await Promise.all([tasks.close(), hookThread.close(), kernels.close()]);
    rmSync(scratchDir, { recursive: true, force: true });
  };
  let closing: Promise<void> | undefined;
  return {
    /** Starts what a run is going to need while the caller still gets ready: its first attempts find it there. */
    warm(module: ModuleRef): void {
      void shareModules();
      void describe(module);
    },
    /** In a task thread, which keeps the module loaded for the attempts that follow. */
    describe,
    exists: ({ url }: ModuleRef): boolean => existsSync(fileURLToPath(url)),
    isCurrent: ({ files }: ModuleDescription): boolean => files === undefined || areCurrent(files),
    async run(request: AttemptRequest, hooks: AttemptHooks): Promise<AttemptOutcome> {
      const outcome = await attempt(request, hooks);
      return outcome.state === 'failed' ? { ...outcome, error: maskError(mask, outcome.error) } : outcome;
    },
    async hook(request: HookRequest, onLog: (line: LogLine) => void): Promise<ErrorInfo | undefined> {
      const [limit, runLimit] = [DESCRIBE_TIMEOUT_MS, hookTimeoutMs].map((ms) => ({
        ms,
        error: { code: 'HOOK_TIMEOUT', kind: 'run', message: `it took longer than ${ms} ms` } as const,
      }));
      const called = call<ErrorInfo | undefined>('callHook', { request }, { limit, runLimit, onLog }, hookThread);
      const error = await called.catch(toErrorInfo);
      return error && maskError(mask, error);
    },
    /**
     * Stores a local file as a value that can be published, a table of `.csv` or `.parquet`, a model or other value of
     * `.json`, and runs the checks of its dataset on it (R2).
     *
     * @param onLog what a check says
     * @throws {RidgelineError} UNKNOWN_FORMAT, CHECK_FAILED; of kind `content` for a file that is not what its name says
     */
    async adopt(file: AdoptedFile, onLog: (line: LogLine) => void): Promise<ValueRef> {
      const message = { ...file, modules: await makeReady() };
      return orThrow(await call<Answer<ValueRef>>('adoptFile', message, { onLog }));
    },
    async export(value: ValueRef, key: string): Promise<Exported> {
      return orThrow(await tasks.call<Answer<Exported>>('exportValue', { value, key, modules: await makeReady() }));
    },
    close: (): Promise<void> => (closing ??= close()),
  } satisfies Executor & Record<string, unknown>;
}

function orThrow<T>(answer: Answer<T>): T {
  if (!answer.ok) throw RidgelineError.fromInfo(answer.error);
  return answer.value;
}

function timeLimit({ task, timeoutMs: ms }: AttemptRequest): LinkOptions['runLimit'] {
  if (ms === undefined) return undefined;
  const message = `task "${task}": expected to end within ${ms} ms, it was stopped then`;
  const remedy = 'raise timeoutMs, or let the task heed context.signal';
  return { ms, error: { code: 'TASK_TIMEOUT', kind: 'run', message, remedy } };
}

/** What killed a thread, in words. */
function explain(error: unknown, { task }: AttemptRequest, heapMb: number): ErrorInfo {
  if (RidgelineError.is(error)) return toErrorInfo(error);
  const { code, message } = error as { code?: string; message?: string };
  if (code === 'ERR_WORKER_OUT_OF_MEMORY')
    return {
      code: 'OUT_OF_MEMORY',
      kind: 'run',
      message: `task "${task}": its thread had more than ${heapMb} MB of JavaScript heap in use`,
      remedy:
        'work through the batches of a table instead of collecting its rows, or raise taskHeapMb in ridgeline.config.ts',
    };
  return { code: 'THREAD_DIED', kind: 'run', message: `task "${task}": its thread ended under it: ${message}` };
}

/** A folder named after this process; those of processes that are gone are cleared away. */
function makeScratchDir(own: string): void {
  const parent = dirname(own);
  try {
    mkdirSync(own, { recursive: true });
  } catch (error) {
    throw scratchError(error, parent);
  }
  for (const name of readdirSync(parent)) {
    if (/^\d+$/.test(name) && !isAlive(Number(name))) rmSync(join(parent, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
