import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { RidgelineError, toErrorInfo, type ErrorInfo } from '../../contracts/errors.ts';
import type { AttemptHooks } from '../../contracts/executor.ts';
import type { KernelFanout } from '../../contracts/ports.ts';
import type { FromTask, ToTask } from './messages.ts';
import type { Threads } from './threads.ts';

/** A task that was told to stop has this long to do so; then its thread is killed. */
const GRACE_MS = 1_000;

/** How long something may take, and what it is stopped with. */
export interface Limit {
  readonly ms: number;
  readonly error: ErrorInfo;
}

export interface LinkOptions extends Partial<AttemptHooks> {
  /** Of the whole call, until user code starts. */
  readonly limit?: Limit | undefined;
  /** Of user code. */
  readonly runLimit?: Limit | undefined;
}

/**
 * Calls a task thread with a link beside it, for what goes to and fro meanwhile: lines of its log, progress, ranges for
 * kernel threads, a word to stop. Where the thread holds an older state of the module's files, calls a fresh one.
 *
 * @throws what the call was stopped with, or what killed the thread.
 */
export async function callLinked<Answer>(
  threads: Threads,
  kernels: KernelFanout,
  name: string,
  message: object,
  { signal, limit, runLimit, onLog, onProgress }: LinkOptions,
): Promise<Answer> {
  for (;;) {
    const { port1: near, port2: far } = new MessageChannel();
    const post = (reply: ToTask): void => near.postMessage(reply);
    const [kill, over] = [new AbortController(), new AbortController()];
    let stale = false;
    let stopped: ErrorInfo | undefined;
    let timer: NodeJS.Timeout | undefined;
    let grace: NodeJS.Timeout | undefined;
    const stop = (error: ErrorInfo): void => {
      if (stopped !== undefined) return;
      stopped = error;
      post({ type: 'abort', error });
      grace = setTimeout(() => kill.abort(), GRACE_MS);
    };
    const stopAfter = (by: Limit | undefined): void => {
      if (by === undefined) return;
      clearTimeout(timer);
      timer = setTimeout(() => stop(by.error), by.ms);
    };
    const receive = (received: FromTask): void => {
      if (received.type === 'log') onLog?.(received.line);
      else if (received.type === 'progress') onProgress?.(received.step, received.done, received.total);
      else if (received.type === 'started') stopAfter(runLimit);
      else if (received.type === 'fanout') {
        const { id, phase, jobs } = received;
        kernels
          .run(phase, jobs)
          .then((results) => post({ type: 'fanout.done', id, results }))
          .catch((error: unknown) => post({ type: 'fanout.failed', id, error: toErrorInfo(error) }));
      } else {
        stale = true;
        kill.abort();
      }
    };
    stopAfter(limit);
    const cancel = (): void => stop(toErrorInfo(signal!.reason));
    if (signal?.aborted) cancel();
    else signal?.addEventListener('abort', cancel, { once: true, signal: over.signal });
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
      for (let left = receiveMessageOnPort(near); left !== undefined; left = receiveMessageOnPort(near))
        receive(left.message as FromTask);
      near.close();
      clearTimeout(timer);
      clearTimeout(grace);
      over.abort();
    }
  }
}
