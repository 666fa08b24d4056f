import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type { TransferListItem } from 'node:worker_threads';

/** Idle threads go after this long: a bare thread holds about 40 MB. */
const IDLE_TIMEOUT_MS = 10_000;

/**
 * Node lets a thread that meets its heap limit go 16 MB beyond while it is ended. What survives one collection of the
 * young heap must fit in there, or V8 aborts the whole process; at the default of 48 MB two runs in five did.
 */
const YOUNG_HEAP_MB = 16;

export interface CallOptions {
  readonly transfer?: readonly TransferListItem[];
  /** Aborting kills the thread the call runs on. */
  readonly signal?: AbortSignal;
}

export interface ThreadsOptions {
  readonly maxThreads: number;
  /** Threads that are started at once and stay when idle, default 0. */
  readonly minThreads?: number;
  /** JavaScript heap of a thread, MB; default: V8's own limit. */
  readonly heapMb?: number | undefined;
}

/**
 * A Piscina pool that hands a thread one call at a time.
 *
 * Calls wait here and not in Piscina: with `minThreads: 0`, its own queue is stranded when an abort kills the last thread.
 */
export class Threads {
  readonly #pool: Piscina;
  readonly #filename: string;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /** @param script a file of `engine/worker`, without its extension */
  constructor(script: string, workerData: unknown, { maxThreads, minThreads = 0, heapMb }: ThreadsOptions) {
    // Run from `.ts` sources or from compiled `.js`: a worker's path is nothing that the compiler rewrites.
    const extension = extname(import.meta.url);
    this.#filename = fileURLToPath(new URL(`../worker/${script}${extension}`, import.meta.url));
    this.#pool = new Piscina({
      minThreads,
      maxThreads,
      idleTimeout: IDLE_TIMEOUT_MS,
      // A thread's event loop lives on between calls: what a task left behind ends instead of freezing.
      atomics: 'disabled',
      recordTiming: false,
      workerData,
      resourceLimits: {
        maxYoungGenerationSizeMb: YOUNG_HEAP_MB,
        ...(heapMb !== undefined && { maxOldGenerationSizeMb: heapMb }),
      },
      ...(extension === '.ts' && { execArgv: ['--conditions=source'] }),
    });
  }

  /** Calls an exported function of the script; rejects when the thread died under it. */
  async call<Answer>(name: string, message: unknown, options: CallOptions = {}): Promise<Answer> {
    while (this.#running >= this.#pool.maxThreads) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running += 1;
    try {
      options.signal?.throwIfAborted();
      return (await this.#pool.run(message, {
        name,
        filename: this.#filename,
        transferList: options.transfer as never,
        signal: options.signal ?? null,
      })) as Answer;
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }

  /** Kills what still runs. */
  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}
