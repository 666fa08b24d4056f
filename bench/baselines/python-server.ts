import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What one run of a method gave. */
export interface PythonRun {
  /** Of the arithmetic alone, taken inside the process. */
  readonly ms: number;
  readonly alpha: number;
  readonly score: number;
  /** Sum of the absolute predictions. */
  readonly checksum: number;
  readonly peakRssBytes: number;
}

/**
 * scikit-learn's two ways for dense data (`eigen` is what `auto` does), the same algorithm as ours in blocked numpy, and
 * scikit-learn's search over 5 folds.
 */
export type Method = 'auto' | 'svd' | 'blocked' | 'cv5';

const SCRIPT = fileURLToPath(new URL('server.py', import.meta.url));

/** A Python process that stays warm between requests. */
export class PythonServer implements AsyncDisposable {
  readonly #process;
  readonly #lines;

  constructor(python: string, threads: number) {
    const count = String(threads);
    this.#process = spawn(python, [SCRIPT, count], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, OMP_NUM_THREADS: count, OPENBLAS_NUM_THREADS: count },
    });
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  async load(path: string, rows: number, columns: number): Promise<void> {
    await this.#ask({ op: 'load', path, rows, columns });
  }

  /** Does the job `repeats` times; `ms` is that of one. */
  async run(method: Method, repeats = 1): Promise<PythonRun> {
    return (await this.#ask({ op: 'run', method, repeats })) as PythonRun;
  }

  async #ask(request: object): Promise<unknown> {
    this.#process.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`the Python baseline ended while answering ${JSON.stringify(request)}`);
    return JSON.parse(value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.stdin.end();
    if (this.#process.exitCode === null) await once(this.#process, 'exit');
  }
}
