import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach } from 'vitest';
import { main } from '../../src/cli/program.ts';

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a command line as `npx ridgeline` would, in this process: the real program from its arguments to its exit code,
 * with streams that are read here. (A process costs 0.2 s; what only a process shows is tested with one.)
 */
export async function ridgeline(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const stdout = new Collector();
  const stderr = new Collector();
  let code = 0;
  const process = Object.assign(new EventEmitter(), {
    argv: ['node', 'ridgeline', ...args],
    cwd: () => cwd,
    env,
    exit: (given: number) => (code = given),
    stdin: undefined,
    stdout,
    stderr,
  });
  await main(process as unknown as NodeJS.Process);
  return { code, stdout: stdout.text, stderr: stderr.text };
}

/** A folder of its own for each test of a file, removed when the test has ended. */
export function temporaryFolder(): () => string {
  let folder: string | undefined;
  afterEach(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    folder = undefined;
  });
  return () => (folder ??= mkdtempSync(join(tmpdir(), 'ridgeline-cli-')));
}

class Collector extends Writable {
  #parts: Buffer[] = [];

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#parts.push(Buffer.from(chunk));
    done();
  }

  get text(): string {
    return Buffer.concat(this.#parts).toString();
  }
}
