import { RidgelineError } from '../../contracts/errors.ts';
import type { KernelFanout } from '../../contracts/ports.ts';
import type { CompiledModules, KernelAnswer, KernelCall, ThreadSettings } from './messages.ts';
import type { Threads } from './threads.ts';

/** Threads for numeric phases, as many as cores. The first is started by the first job. */
export class KernelThreads implements KernelFanout {
  readonly threads: number;
  readonly #modules: () => Promise<CompiledModules>;
  readonly #settings: ThreadSettings;
  #pool: Promise<Threads> | undefined;

  constructor(settings: ThreadSettings, modules: () => Promise<CompiledModules>) {
    this.threads = settings.kernelThreads;
    this.#settings = settings;
    this.#modules = modules;
  }

  async run<Job, Result>(phase: string, jobs: readonly Job[]): Promise<Result[]> {
    const [pool, modules] = await Promise.all([(this.#pool ??= this.#start()), this.#modules()]);
    return Promise.all(
      jobs.map(async (job) => {
        const call: KernelCall = { modules, phase, job };
        const answer = await pool.call<KernelAnswer>('runPhase', call);
        if (!answer.ok) throw RidgelineError.fromInfo(answer.error);
        return answer.result as Result;
      }),
    );
  }

  async close(): Promise<void> {
    await (await this.#pool)?.close();
  }

  /** The pool's code is loaded when it is needed: most commands are done without. */
  async #start(): Promise<Threads> {
    const { Threads } = await import('./threads.ts');
    return new Threads('kernel-thread', this.#settings, { maxThreads: this.threads });
  }
}
