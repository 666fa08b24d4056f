import type { MessagePort } from 'node:worker_threads';
import { RidgelineError } from '../../contracts/errors.ts';
import type { KernelFanout } from '../../contracts/ports.ts';
import type { FromTask, ToTask } from '../pool/messages.ts';

/** Kernel threads as a task sees them: requests go over the link, and the task's thread is free while they run. */
export class LinkedFanout implements KernelFanout {
  readonly threads: number;
  readonly #link: MessagePort;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown[]>>();
  #lastId = 0;

  constructor(link: MessagePort, threads: number) {
    this.#link = link;
    this.threads = threads;
  }

  run<Job, Result>(phase: string, jobs: readonly Job[]): Promise<Result[]> {
    const id = (this.#lastId += 1);
    const answer = Promise.withResolvers<unknown[]>();
    this.#waiting.set(id, answer);
    this.#link.postMessage({ type: 'fanout', id, phase, jobs } satisfies FromTask);
    return answer.promise as Promise<Result[]>;
  }

  receive(message: Exclude<ToTask, { type: 'abort' }>): void {
    const answer = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.type === 'fanout.done') answer?.resolve([...message.results]);
    else answer?.reject(RidgelineError.fromInfo(message.error));
  }
}
