import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type { TransferListItem, Worker } from 'node:worker_threads';

/** Idle threads go after this long: a bare thread holds about 40 MB. */
const IDLE_TIMEOUT_MS = 10_000;

/**
 * A thread that has more than its limit in use at two looks is ended. V8's own limit stands this far above: at it, Node
 * lets a thread go 16 MB beyond, and one array or table that is larger aborts the whole process.
 */
const LEEWAY_MB = 512;
const LOOK_MS = 200;
/** What survives one collection of the young heap must fit into those 16 MB too. */
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
  /** How long a call waits for a thread that is there before one more is started, default 0. */
  readonly patienceMs?: number;
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
  readonly #waiting = new Set<() => void>();
  readonly #patienceMs: number;
  readonly #heapMb: number | undefined;
  #running = 0;
  #looking: NodeJS.Timeout | undefined;

  /** @param script a file of `engine/worker`, without its extension */
  constructor(
    script: string,
    workerData: unknown,
    { maxThreads, minThreads = 0, patienceMs = 0, heapMb }: ThreadsOptions,
  ) {
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
        ...(heapMb !== undefined && { maxOldGenerationSizeMb: heapMb + LEEWAY_MB }),
      },
      ...(extension === '.ts' && { execArgv: ['--conditions=source'] }),
    });
    this.#patienceMs = patienceMs;
    this.#heapMb = heapMb;
    // Of a thread between two calls: what a task left behind has failed, and nobody waits for it.
    this.#pool.on('error', () => {});
  }

  /** Calls an exported function of the script; rejects when the thread died under it. */
  async call<Answer>(name: string, message: unknown, options: CallOptions = {}): Promise<Answer> {
    if (this.#running > 0) await this.#turn();
    this.#running += 1;
    if (this.#heapMb !== undefined) this.#looking ??= watchHeaps(this.#pool, this.#heapMb);
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
      if (this.#running === 0) {
        clearInterval(this.#looking);
        this.#looking = undefined;
      }
      const [next] = this.#waiting;
      if (next !== undefined && this.#waiting.delete(next)) next();
    }
  }

  /** Resolves when a thread is free, or when one more is to be started for the call. */
  async #turn(): Promise<void> {
    let isPatient = this.#patienceMs > 0;
    let place: (() => void) | undefined;
    const timer = setTimeout(() => {
      isPatient = false;
      if (place !== undefined && this.#waiting.delete(place)) place();
    }, this.#patienceMs);
    while (this.#running >= (isPatient ? this.#pool.threads.length : this.#pool.maxThreads)) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.add((place = resolve));
      await promise;
    }
    clearTimeout(timer);
  }

  /** Kills what still runs. */
  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}

/** Ends threads with too much heap in use, as Node does at V8's limit. One that is deep in WebAssembly answers later. */
function watchHeaps(pool: Piscina, heapMb: number): NodeJS.Timeout {
  const asked = new WeakSet<Worker>();
  const over = new WeakSet<Worker>();
  const look = async (worker: Worker): Promise<void> => {
    if (asked.has(worker)) return;
    asked.add(worker);
    const { used_heap_size: used } = await worker.getHeapStatistics();
    asked.delete(worker);
    if (used <= heapMb * 2 ** 20) over.delete(worker);
    else if (over.has(worker)) worker.emit('error', Object.assign(new Error(), { code: 'ERR_WORKER_OUT_OF_MEMORY' }));
    else over.add(worker);
  };
  // One that has just ended has no heap to look at.
  return setInterval(() => pool.threads.forEach((worker) => void look(worker).catch(() => {})), LOOK_MS).unref();
}
