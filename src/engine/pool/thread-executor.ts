import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Executor, LogLine, ModuleRef } from '../../contracts/executor.ts';
import type { ValueRef } from '../../contracts/log.ts';
import { areCurrent } from './file-stamp.ts';
import type { AdoptedFile, CompiledModules, ThreadSettings } from './messages.ts';
import { KernelThreads } from './kernel-threads.ts';
import { createMask, maskError, secretsOf } from './secrets.ts';
import { TaskThreads } from './task-threads.ts';

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

export interface ThreadExecutor extends Executor {
  /** Starts threads for a module while the caller still gets ready: its first attempts find them there. */
  warm(module: ModuleRef): void;
  /**
   * Stores a local file as a value that can be published, a table of `.csv` or `.parquet`, a model or other value of
   * `.json`, and runs the checks of its dataset on it (R2).
   *
   * @param onLog what a check says
   * @throws {RidgelineError} UNKNOWN_FORMAT, CHECK_FAILED; of kind `content` for a file that is not what its name says
   */
  adopt(file: AdoptedFile, onLog: (line: LogLine) => void): Promise<ValueRef>;
}

/** The executor that runs attempts in threads of this process. Starts no thread until it is asked to. */
export function createThreadExecutor(options: ThreadExecutorOptions): ThreadExecutor {
  const {
    threads,
    taskThreads = Math.max(2, availableParallelism()),
    taskHeapMb = 512,
    modules,
    hookTimeoutMs = 30_000,
    ...shared
  } = options;
  const secrets = secretsOf(options.env, options.secrets ?? []);
  const mask = createMask(secrets);
  const scratchDir = join(options.scratchDir, String(process.pid));
  const settings: ThreadSettings = { ...shared, secrets, scratchDir, kernelThreads: threads };
  let isReady = false;
  const makeReady = (): void => {
    if (!isReady) makeScratchDir(scratchDir);
    isReady = true;
  };
  let compiled: Promise<CompiledModules> | undefined;
  const shareModules = (): Promise<CompiledModules> => (compiled ??= modules());
  const kernels = new KernelThreads(settings, shareModules);
  const tasks = new TaskThreads(settings, taskThreads, shareModules, kernels, taskHeapMb);
  const close = async (): Promise<void> => {
    await Promise.all([tasks.close(), kernels.close()]);
    rmSync(scratchDir, { recursive: true, force: true });
  };
  let closing: Promise<void> | undefined;
  return {
    warm: (module) => tasks.warm(module),
    async describe(module) {
      const description = await tasks.describe(module);
      if (!description.ok) return { ...description, error: maskError(mask, description.error) };
      const names = options.projectHooks?.names ?? [];
      if (names.length === 0) return description;
      return { ...description, dags: description.dags.map((dag) => ({ ...dag, projectHooks: names })) };
    },
    exists: ({ url }) => existsSync(fileURLToPath(url)),
    isCurrent: ({ files }) => files === undefined || areCurrent(files),
    async run(request, hooks) {
      makeReady();
      const outcome = await tasks.run(request, {
        signal: hooks.signal,
        onLog: (line) => hooks.onLog({ ...line, message: mask(line.message) }),
        onProgress: (step, done, total) => hooks.onProgress(mask(step), done, total),
      });
      return outcome.state === 'failed' ? { ...outcome, error: maskError(mask, outcome.error) } : outcome;
    },
    async hook(request, onLog) {
      const error = await tasks.hook(request, hookTimeoutMs, (line) => onLog({ ...line, message: mask(line.message) }));
      return error && maskError(mask, error);
    },
    async adopt(file, onLog) {
      makeReady();
      return tasks.adopt(file, (line) => onLog({ ...line, message: mask(line.message) }));
    },
    async export(value, key) {
      makeReady();
      return tasks.export(value, key);
    },
    close: () => (closing ??= close()),
  };
}

/** A folder named after this process; those of processes that are gone are cleared away. */
function makeScratchDir(own: string): void {
  const parent = dirname(own);
  mkdirSync(own, { recursive: true });
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
