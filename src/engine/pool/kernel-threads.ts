import { RidgelineError } from '../../contracts/errors.ts';
import type { KernelFanout } from '../../contracts/ports.ts';
import type { Answer, CompiledModules, KernelCall, ThreadSettings } from './messages.ts';
import type { Threads } from './threads.ts';

/** Threads for numeric phases, as many as cores. The first is started by the first job. */
export class KernelThreads implements KernelFanout {
  readonly threads: number;
  readonly #modules: () => Promise<CompiledModules>;
  readonly #settings: ThreadSettings;
  readonly #stay: boolean;
  #pool: Promise<Threads> | undefined;
  #up = false;

  /** @param stay they do not go when there is nothing to do for a while */
  constructor(settings: ThreadSettings, modules: () => Promise<CompiledModules>, stay = false) {
    this.threads = settings.kernelThreads;
    this.#settings = settings;
    this.#modules = modules;
    this.#stay = stay;
  }

  get up(): boolean {
    return this.#up;
  }

  /** Starts all of them, so that the first job does not wait. */
  async start(): Promise<void> {
    const here = new Int32Array(new SharedArrayBuffer(4));
    const job = { here, threads: this.threads };
    await this.run(
      'meet',
      Array.from({ length: this.threads }, () => job),
    );
    this.#up = this.#stay;
  }

  async run<Job, Result>(phase: string, jobs: readonly Job[]): Promise<Result[]> {
    const [pool, modules] = await Promise.all([(this.#pool ??= this.#open()), this.#modules()]);
    const answers = await Promise.allSettled(
      jobs.map(async (job) => {
        const call: KernelCall = { modules, phase, job };
        const answer = await pool.call<Answer<Result>>('runPhase', call);
        if (!answer.ok) throw RidgelineError.fromInfo(answer.error);
        return answer.value;
      }),
    );
    return answers.map((answer) => {
      if (answer.status === 'rejected') throw answer.reason;
      return answer.value;
    });
  }

  async close(): Promise<void> {
    await (await this.#pool)?.close();
  }

  /** The pool's code is loaded when it is needed: most commands are done without. */
  async #open(): Promise<Threads> {
    const { Threads } = await import('./threads.ts');
    const minThreads = this.#stay ? this.threads : 0;
    return new Threads('kernel-thread', this.#settings, { maxThreads: this.threads, minThreads });
  }
}
