import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { RidgelineError, toErrorInfo } from '../../contracts/errors.ts';
import type { ErrorInfo } from '../../contracts/errors.ts';
import type {
  AttemptHooks,
  AttemptOutcome,
  AttemptRequest,
  Exported,
  HookRequest,
  LogLine,
  ModuleDescription,
  ModuleRef,
} from '../../contracts/executor.ts';
import type { ValueRef } from '../../contracts/log.ts';
import type { KernelFanout } from '../../contracts/ports.ts';
import type { AdoptedFile, Answer, CompiledModules, FromTask, ThreadSettings, ToTask } from './messages.ts';
import { Threads } from './threads.ts';

/** A task that was told to stop has this long to do so; then its thread is killed. */
const GRACE_MS = 1_000;
/** Most calls are done sooner than one more thread has started and loaded the same code: 0.1 s of CPU time, and 40 MB. */
const PATIENCE_MS = 100;
/** A module that has not been read by then never will: it waits or loops while being imported. */
const DESCRIBE_TIMEOUT_MS = 30_000;

/** Threads that load pipelines' modules and run their tasks. */
export class TaskThreads {
  readonly #threads: Threads;
  /** Of its own, so that a hook takes no task's place. */
  readonly #hookThread: Threads;
  readonly #heapMb: number;
  readonly #modules: () => Promise<CompiledModules>;
  readonly #kernels: KernelFanout;
  readonly #describing = new Map<string, Promise<ModuleDescription>>();
  #first: Promise<unknown> | undefined;

  constructor(
    settings: ThreadSettings,
    maxThreads: number,
    modules: () => Promise<CompiledModules>,
    kernels: KernelFanout,
    heapMb: number,
  ) {
    this.#heapMb = heapMb;
    // The first one boots while its caller still gets ready, and stays: the next event waits for no thread.
    this.#threads = new Threads('task-thread', settings, {
      maxThreads,
      minThreads: 1,
      patienceMs: PATIENCE_MS,
      heapMb,
    });
    this.#hookThread = new Threads('task-thread', settings, { maxThreads: 1, heapMb });
    this.#modules = modules;
    this.#kernels = kernels;
  }

  /**
   * Reads a module's DAGs in a task thread, which keeps it loaded for the attempts that follow. Who asks while it is being
   * read gets the same answer.
   */
  describe(module: ModuleRef): Promise<ModuleDescription> {
    const asked = this.#describing.get(module.url);
    if (asked !== undefined) return asked;
    // The others wait for the first one's thread: what they import in common is then there.
    const begun = this.#first === undefined ? this.#describe(module) : this.#first.then(() => this.#describe(module));
    this.#first ??= begun;
    const answer = begun.finally(() => this.#describing.delete(module.url));
    this.#describing.set(module.url, answer);
    return answer;
  }

  /** Starts what a run is going to need, while the caller still gets ready. */
  warm(module: ModuleRef): void {
    void this.#modules();
    void this.describe(module);
  }

  async #describe(module: ModuleRef): Promise<ModuleDescription> {
    try {
      return await this.#linked<ModuleDescription>('describe', { module }, (link) => {
        link.stopAfter(DESCRIBE_TIMEOUT_MS, {
          code: 'MODULE_TIMEOUT',
          kind: 'usage',
          message: `module "${module.name}": importing it took longer than ${DESCRIBE_TIMEOUT_MS / 1000} s`,
          remedy: 'a pipeline module only describes: move work into tasks',
        });
        return () => undefined;
      });
    } catch (error) {
      return { ok: false, module, error: toErrorInfo(error) };
    }
  }

  async run(request: AttemptRequest, hooks: AttemptHooks): Promise<AttemptOutcome> {
    const modules = await this.#modules();
    try {
      return await this.#linked<AttemptOutcome>('attempt', { request, modules }, (link) => {
        const cancel = (): void => link.stop(toErrorInfo(hooks.signal.reason));
        if (hooks.signal.aborted) cancel();
        else hooks.signal.addEventListener('abort', cancel, { once: true, signal: link.ended });
        return (message) => {
          if (message.type === 'log') hooks.onLog(message.line);
          else if (message.type === 'progress') hooks.onProgress(message.step, message.done, message.total);
          else if (message.type === 'fanout') void this.#fanOut(message, link);
          else if (message.type === 'started' && request.timeoutMs !== undefined)
            link.stopAfter(request.timeoutMs, timedOut(request));
        };
      });
    } catch (error) {
      const info = explain(error, request, this.#heapMb);
      return { state: 'failed', error: info, retryable: info.kind === 'run' || info.kind === 'store' };
    }
  }

  /** Calls a hook; what went wrong with it. */
  async hook(request: HookRequest, timeoutMs: number, onLog: (line: LogLine) => void): Promise<ErrorInfo | undefined> {
    try {
      const connect = (link: Link): Listener => {
        const stopAfter = (ms: number): void =>
          link.stopAfter(ms, { code: 'HOOK_TIMEOUT', kind: 'run', message: `it took longer than ${ms} ms` });
        stopAfter(DESCRIBE_TIMEOUT_MS);
        return (message) => {
          if (message.type === 'log') onLog(message.line);
          if (message.type === 'started') stopAfter(timeoutMs);
        };
      };
      return await this.#linked<ErrorInfo | undefined>('callHook', { request }, connect, this.#hookThread);
    } catch (error) {
      return toErrorInfo(error);
    }
  }

  /** Stores a file that came from outside, once the checks of its dataset let it pass. */
  async adopt(file: AdoptedFile, onLog: (line: LogLine) => void): Promise<ValueRef> {
    const call = { ...file, modules: await this.#modules() };
    const connect =
      (link: Link): Listener =>
      (message) => {
        if (message.type === 'log') onLog(message.line);
        else if (message.type === 'fanout') void this.#fanOut(message, link);
      };
    return orThrow(await this.#linked<Answer<ValueRef>>('adoptFile', call, connect));
  }

  async export(value: ValueRef, key: string): Promise<Exported> {
    const call = { value, key, modules: await this.#modules() };
    return orThrow(await this.#threads.call<Answer<Exported>>('exportValue', call));
  }

  async close(): Promise<void> {
    await Promise.all([this.#threads.close(), this.#hookThread.close()]);
  }

  /** One call with a link beside it. Rejects with the error it was stopped with, or with what killed the thread. */
  async #linked<Answer>(
    name: string,
    message: object,
    connect: (link: Link) => Listener,
    threads = this.#threads,
  ): Promise<Answer> {
    for (;;) {
      const { port1: near, port2: far } = new MessageChannel();
      const [kill, over] = [new AbortController(), new AbortController()];
      let stale = false;
      let stopped: ErrorInfo | undefined;
      let timer: NodeJS.Timeout | undefined;
      let grace: NodeJS.Timeout | undefined;
      const link: Link = {
        ended: over.signal,
        post: (reply) => near.postMessage(reply),
        stop: (error) => {
          if (stopped !== undefined) return;
          stopped = error;
          near.postMessage({ type: 'abort', error } satisfies ToTask);
          grace = setTimeout(() => kill.abort(), GRACE_MS);
        },
        stopAfter: (ms, error) => {
          clearTimeout(timer);
          timer = setTimeout(() => link.stop(error), ms);
        },
      };
      const listen = connect(link);
      const receive = (received: FromTask): void => {
        if (received.type !== 'stale') return listen(received);
        stale = true;
        kill.abort();
      };
      near.on('message', receive);
      try {
        const call = { ...message, link: far };
        const answer = await threads.call<Answer>(name, call, { transfer: [far], signal: kill.signal });
        if (stopped !== undefined) throw RidgelineError.fromInfo(stopped);
        return answer;
      } catch (error) {
        if (stopped !== undefined) throw RidgelineError.fromInfo(stopped);
        if (!stale) throw error;
      } finally {
        // The answer came by another port than the last lines of the log.
        drain(near, receive);
        near.close();
        clearTimeout(timer);
        clearTimeout(grace);
        over.abort();
      }
    }
  }

  async #fanOut({ id, phase, jobs }: Extract<FromTask, { type: 'fanout' }>, link: Link): Promise<void> {
    try {
      link.post({ type: 'fanout.done', id, results: await this.#kernels.run(phase, jobs) });
    } catch (error) {
      link.post({ type: 'fanout.failed', id, error: toErrorInfo(error) });
    }
  }
}

/** The scheduler's end of a running call. */
interface Link {
  /** Aborted when the call is over. */
  readonly ended: AbortSignal;
  post(message: ToTask): void;
  /** Tells the task to stop, and kills its thread if it does not. */
  stop(error: ErrorInfo): void;
  /** Does so unless the call is over by then, or another time was set. */
  stopAfter(ms: number, error: ErrorInfo): void;
}

type Listener = (message: FromTask) => void;

function orThrow<T>(answer: Answer<T>): T {
  if (!answer.ok) throw RidgelineError.fromInfo(answer.error);
  return answer.value;
}

function drain(port: MessagePort, receive: (message: FromTask) => void): void {
  for (let left = receiveMessageOnPort(port); left !== undefined; left = receiveMessageOnPort(port))
    receive(left.message as FromTask);
}

function timedOut({ task, timeoutMs }: AttemptRequest): ErrorInfo {
  return {
    code: 'TASK_TIMEOUT',
    kind: 'run',
    message: `task "${task}": expected to end within ${timeoutMs} ms, it was stopped then`,
    remedy: 'raise timeoutMs, or let the task heed context.signal',
  };
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
